# mistake: sums over the component axis instead of the data axis
# expect: partial|wrong|error
# credit: 0-6
def mstep(x, posterior):
    x, r = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    nk = tf.reduce_sum(r, axis=1)
    mu = tf.reduce_sum(r * x, axis=1) / nk
    var = tf.reduce_sum(r * (x - mu[:, None]) ** 2, axis=1) / nk
    return tf.math.log(nk), mu, 0.5 * tf.math.log(var)
