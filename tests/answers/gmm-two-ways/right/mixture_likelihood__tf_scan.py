def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    rows = tf.concat([tf.reshape(logits, (-1, 1)), tf.reshape(means, (-1, 1)), tf.reshape(lsigmas, (-1, 1))], 1)
    def f(acc, row):
        lp = row[0] - row[2] - 0.5 * ((x - row[1]) / tf.exp(row[2])) ** 2
        return tf.reduce_logsumexp(tf.stack([acc, lp]), axis=0)
    out = tf.scan(f, rows, initializer=tf.fill(tf.shape(x), -1e30))
    return out[-1] - tf.reduce_logsumexp(logits) - tf.math.log(tf.sqrt(2 * np.pi))
