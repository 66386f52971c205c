# mistake: returns the log variance instead of log sigma
# expect: partial
# credit: 9-13.5
def mstep(x, posterior):
    x, r = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    nk = tf.reduce_sum(r, axis=0)
    mu = tf.reduce_sum(r * x, axis=0) / nk
    var = tf.reduce_sum(r * tf.square(x - mu), axis=0) / nk
    return tf.math.log(nk / tf.reduce_sum(nk)), mu, tf.math.log(var)
