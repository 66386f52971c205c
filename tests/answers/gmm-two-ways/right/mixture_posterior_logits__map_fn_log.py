def mixture_posterior_logits(x, logits, means, lsigmas):
    l, m, s = [tf.squeeze(tf.reshape(v, (-1, 1)), 1) for v in (logits, means, lsigmas)]
    def row(v):
        return tf.nn.log_softmax(tf.math.log(tf.nn.softmax(l)) - tf.math.log(tf.sqrt(2 * np.pi) * tf.exp(s)) - (v - m) ** 2 / (2. * tf.exp(s) ** 2))
    return tf.map_fn(row, tf.cast(x, tf.float32))
