# mistake: means and variances are divided by N instead of N_k
# expect: partial
# credit: 5-11
def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    n = tf.cast(tf.shape(x)[0], tf.float32)
    nk = tf.reduce_sum(posterior, axis=0)
    means = tf.reduce_sum(posterior * x, axis=0) / n
    var = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / n
    return tf.math.log(nk / n), means, tf.math.log(tf.sqrt(var))
