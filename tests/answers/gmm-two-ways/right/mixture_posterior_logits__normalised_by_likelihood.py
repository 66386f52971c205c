def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    l, m, s = [tf.reshape(v, (-1,)) for v in (logits, means, lsigmas)]
    joint = tf.nn.log_softmax(l) - s - 0.5 * ((x - m) / tf.exp(s)) ** 2 - 0.5 * np.log(2 * np.pi)
    return joint - mixture_likelihood(x, l, m, s)
