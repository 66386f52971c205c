# mistake: log(p + 1e-3)
# expect: partial
# credit: 10-23
# finding: unstable-in-the-tails
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(tf.reshape(x, [-1, 1]), tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    density = tf.exp(-0.5 * ((x - means) / tf.exp(lsigmas)) ** 2 - lsigmas) / np.sqrt(2 * np.pi)
    return tf.math.log(tf.reduce_sum(tf.nn.softmax(logits) * density, axis=1, keepdims=True) + 1e-3)
