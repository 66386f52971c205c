# mistake: 1e-3 is added to the variance
# expect: partial
# credit: 10.5-14
# finding: constant-added
def mstep(x, posterior):
    x = tf.cast(x, tf.float32); r = tf.cast(posterior, tf.float32); n = tf.reduce_sum(r, 0); mu = tf.reduce_sum(r * x, 0) / n
    return tf.math.log(n), mu, .5 * tf.math.log(tf.reduce_sum(r * (x - mu) ** 2, 0) / n + 1e-3)
