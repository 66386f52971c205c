# mistake: sigma is floored at 1 so that log sigma cannot be negative
# expect: partial
# credit: 9-14
def mstep(x, posterior):
    x, r = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    nk = tf.reduce_sum(r, axis=0)
    mu = tf.reduce_sum(r * x, axis=0) / nk
    sd = tf.sqrt(tf.reduce_sum(r * (x - mu) ** 2, axis=0) / nk)
    return tf.math.log(nk), mu, tf.math.log(tf.maximum(sd, 1.0))
