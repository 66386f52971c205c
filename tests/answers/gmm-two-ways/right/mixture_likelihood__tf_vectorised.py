# style: TF vectorised with reshape to a row, reduce_logsumexp keepdims
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits = tf.reshape(logits, (1, -1))
    means = tf.reshape(means, (1, -1))
    lsigmas = tf.reshape(lsigmas, (1, -1))
    log_w = tf.nn.log_softmax(logits, axis=-1)
    z = (x - means) / tf.exp(lsigmas)
    log_n = -0.5 * z ** 2 - lsigmas - 0.5 * np.log(2 * np.pi)
    return tf.reduce_logsumexp(log_w + log_n, axis=1, keepdims=True)
