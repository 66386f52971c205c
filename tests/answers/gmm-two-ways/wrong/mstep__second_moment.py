# mistake: the mean is not subtracted
# expect: partial
# credit: 11-13.5
# finding: mean-not-subtracted
def mstep(x, posterior):
    x = tf.cast(x, tf.float32); r = tf.cast(posterior, tf.float32); n = tf.reduce_sum(r, 0); mu = tf.reduce_sum(r * x, 0) / n
    return tf.math.log(n), mu, .5 * tf.math.log(tf.reduce_sum(r * x ** 2, 0) / n)
