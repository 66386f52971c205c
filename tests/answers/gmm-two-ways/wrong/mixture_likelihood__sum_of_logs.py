# mistake: reduce_sum of the log joint instead of logsumexp
# expect: partial
# credit: 6-13
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    lp = tf.nn.log_softmax(logits) - lsigmas - 0.5 * np.log(2 * np.pi) - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2
    return tf.reduce_sum(lp, axis=1, keepdims=True)
