# mistake: log(p + 1e-8)
# expect: partial
# credit: 17.5-23
# finding: unstable-in-the-tails
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l = tf.reshape(logits, [-1]); m = tf.reshape(means, [-1]); s = tf.exp(tf.reshape(lsigmas, [-1]))
    p = tf.exp(-(x - m) ** 2 / (2 * s ** 2)) / (s * tf.sqrt(2 * np.pi))
    return tf.math.log(tf.reduce_sum(tf.nn.softmax(l) * p, axis=1, keepdims=True) + 1e-8)
