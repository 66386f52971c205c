def mstep(x, posterior):
    x = tf.reshape(tf.cast(x, tf.float32), [-1])
    def one(r):
        r = r / tf.reduce_sum(r)
        m = tf.tensordot(r, x, 1)
        return m, tf.math.log(tf.math.sqrt(tf.tensordot(r, (x - m) ** 2, 1) + 1e-12))
    R = tf.transpose(tf.cast(posterior, tf.float32))
    m, s = tf.map_fn(one, R, fn_output_signature=(tf.float32, tf.float32))
    pi = tf.reduce_mean(R, 1)
    return tf.math.log(pi) - tf.reduce_mean(tf.math.log(pi)), m, s
