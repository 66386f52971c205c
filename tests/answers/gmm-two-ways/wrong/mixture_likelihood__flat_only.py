# mistake: right for parameters (K,) only, (K, 1) breaks the broadcasting
# expect: partial
# credit: 20-23
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    lp = tf.nn.log_softmax(logits) - lsigmas - 0.5 * np.log(2 * np.pi) - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2
    return tf.reduce_logsumexp(lp, axis=1, keepdims=True)
