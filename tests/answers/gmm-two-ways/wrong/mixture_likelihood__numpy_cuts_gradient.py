# mistake: NumPy computes sigma, so its gradient is cut
# expect: partial
# credit: 6-18
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means = tf.reshape(logits, [1, -1]), tf.reshape(means, [1, -1])
    sigmas = np.exp(np.array(lsigmas)).reshape(1, -1)
    lp = -0.5 * np.log(2 * np.pi) - np.log(sigmas) - 0.5 * ((x - means) / sigmas) ** 2
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + lp, axis=1, keepdims=True)
