# mistake: returns (N,) because keepdims is missing
# expect: partial
# credit: 22-23.5
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    lp = tf.nn.log_softmax(logits) - lsigmas - 0.5 * np.log(2 * np.pi) - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2
    return tf.reduce_logsumexp(lp, axis=1)
