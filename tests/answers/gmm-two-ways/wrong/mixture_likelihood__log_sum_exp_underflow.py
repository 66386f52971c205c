# mistake: log(sum(w * exp(...))) without logsumexp, so tails underflow to -inf
# expect: partial
# credit: 15-22.5
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    w = tf.nn.softmax(tf.reshape(logits, (1, -1)))
    mu, s = tf.reshape(means, (1, -1)), tf.exp(tf.reshape(lsigmas, (1, -1)))
    p = tf.exp(-0.5 * ((x - mu) / s) ** 2) / (s * np.sqrt(2 * np.pi))
    return tf.math.log(tf.reduce_sum(w * p, axis=1, keepdims=True))
