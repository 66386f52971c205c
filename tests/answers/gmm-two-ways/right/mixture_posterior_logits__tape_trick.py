def mixture_posterior_logits(x, logits, means, lsigmas):
    l, m, s = [tf.reshape(tf.convert_to_tensor(p), (1, -1)) for p in (logits, means, lsigmas)]
    x = tf.cast(x, tf.float32)
    q = tf.stack([x ** 0 * (l - s), -tf.square(x - m) / (2 * tf.square(tf.exp(s)))], axis=0)
    return tf.add_n(tf.unstack(q))
