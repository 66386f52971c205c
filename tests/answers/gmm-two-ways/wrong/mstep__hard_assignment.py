# mistake: each point goes to its likeliest component only
# expect: partial
# credit: 6-7.5
# finding: hard-assignment
def mstep(x, posterior):
    x = tf.cast(x, tf.float32); r = tf.one_hot(tf.argmax(posterior, 1), posterior.shape[1]); n = tf.reduce_sum(r, 0) + 1e-6; mu = tf.reduce_sum(r * x, 0) / n
    return tf.math.log(n), mu, .5 * tf.math.log(tf.reduce_sum(r * (x - mu) ** 2, 0) / n + 1e-6)
