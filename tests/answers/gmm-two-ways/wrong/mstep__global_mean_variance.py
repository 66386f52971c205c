# mistake: variances are taken around the mean of all data instead of each component's mean
# expect: partial
# credit: 8-13.5
def mstep(x, posterior):
    x, r = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    nk = tf.reduce_sum(r, axis=0)
    mu = tf.reduce_sum(r * x, axis=0) / nk
    sd = tf.sqrt(tf.reduce_sum(r * (x - tf.reduce_mean(x)) ** 2, axis=0) / nk)
    return tf.math.log(nk), mu, tf.math.log(sd)
