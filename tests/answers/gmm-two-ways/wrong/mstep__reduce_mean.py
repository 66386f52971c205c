# mistake: reduce_mean over the data for the means only, so they are divided by N
# expect: partial
# credit: 5-11
def mstep(x, posterior):
    x, r = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    nk = tf.reduce_sum(r, axis=0)
    means = tf.reduce_mean(r * x, axis=0)
    sigma = tf.sqrt(tf.reduce_sum(r * (x - means) ** 2, axis=0) / nk)
    return tf.math.log(nk), means, tf.math.log(sigma)
