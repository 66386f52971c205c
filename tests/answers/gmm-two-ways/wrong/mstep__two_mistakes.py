# mistake: two mistakes: log variance instead of log sigma, and weights not logs
# expect: partial
# credit: 3-12
def mstep(x, posterior):
    x, r = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    nk = tf.reduce_sum(r, axis=0)
    mu = tf.reduce_sum(r * x, axis=0) / nk
    var = tf.reduce_sum(r * (x - mu) ** 2, axis=0) / nk
    return nk / tf.reduce_sum(nk), mu, tf.math.log(var)
