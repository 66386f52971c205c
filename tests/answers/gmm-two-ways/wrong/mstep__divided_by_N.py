# mistake: means and variances are divided by N
# expect: partial
# credit: 6-9
# finding: divided-by-n
def mstep(x, posterior):
    x = tf.cast(x, tf.float32); r = tf.cast(posterior, tf.float32); mu = tf.reduce_mean(r * x, 0)
    return tf.math.log(tf.reduce_mean(r, 0)), mu, .5 * tf.math.log(tf.reduce_mean(r * (x - mu) ** 2, 0))
