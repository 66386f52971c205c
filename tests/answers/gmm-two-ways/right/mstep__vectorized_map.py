def mstep(x, posterior):
    x = tf.reshape(tf.cast(x, tf.float32), [-1])
    def f(r):
        n = tf.reduce_sum(r); mu = tf.reduce_sum(r * x) / n
        return tf.stack([tf.math.log(n), mu, .5 * tf.math.log(tf.reduce_sum(r * (x - mu) ** 2) / n)])
    return tf.transpose(tf.vectorized_map(f, tf.transpose(tf.cast(posterior, tf.float32))))
