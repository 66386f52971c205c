# mistake: the second moment is not centred
# expect: partial
# credit: 9-13.5
def mstep(x, posterior):
    x, r = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    nk = tf.reduce_sum(r, axis=0)
    mu = tf.reduce_sum(r * x, axis=0) / nk
    ex2 = tf.reduce_sum(r * x * x, axis=0) / nk
    return tf.math.log(nk), mu, 0.5 * tf.math.log(ex2)
