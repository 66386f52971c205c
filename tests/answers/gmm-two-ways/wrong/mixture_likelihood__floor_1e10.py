# mistake: adds 1e-10 before the log instead of logsumexp
# expect: partial
# credit: 15-22.5
def mixture_likelihood(x, logits, means, lsigmas):
    logits, means, lsigmas = (tf.reshape(p, [-1]) for p in (logits, means, lsigmas))
    x = tf.cast(x, tf.float32)
    prob = tf.nn.softmax(logits) * tf.exp(-tf.square(x - means) / (2 * tf.exp(2 * lsigmas))) / (tf.exp(lsigmas) * tf.sqrt(2 * np.pi))
    return tf.math.log(tf.reduce_sum(prob, axis=-1, keepdims=True) + 1e-10)
