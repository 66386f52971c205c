# mistake: prints the results and returns nothing
# expect: wrong|error
# credit: 0-0
def mstep(x, posterior):
    x, r = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    nk = tf.reduce_sum(r, axis=0)
    mu = tf.reduce_sum(r * x, axis=0) / nk
    var = tf.reduce_sum(r * (x - mu) ** 2, axis=0) / nk
    print(tf.math.log(nk), mu, 0.5 * tf.math.log(var))
