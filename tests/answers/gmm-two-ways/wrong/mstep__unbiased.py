# mistake: the variance is divided by N_k - 1
# expect: partial
# credit: 9-14
def mstep(x, posterior):
    x, r = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    nk = tf.reduce_sum(r, axis=0)
    mu = tf.reduce_sum(r * x, axis=0) / nk
    var = tf.reduce_sum(r * tf.square(x - mu), axis=0) / (nk - 1.0)
    return tf.math.log(nk), mu, 0.5 * tf.math.log(var)
