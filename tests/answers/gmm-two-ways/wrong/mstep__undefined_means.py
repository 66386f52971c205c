# mistake: the variance uses a name that is not defined
# expect: error
# credit: 0-0
def mstep(x, posterior):
    x, r = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    nk = tf.reduce_sum(r, axis=0)
    new_mu = tf.reduce_sum(r * x, axis=0) / nk
    var = tf.reduce_sum(r * (x - mu_old) ** 2, axis=0) / nk
    return tf.math.log(nk), new_mu, 0.5 * tf.math.log(var)
