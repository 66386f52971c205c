# mistake: means, logits, lsigmas
# expect: partial
# credit: 6-12
# finding: wrong-order
def mstep(x, posterior):
    x = tf.cast(x, tf.float32); r = tf.cast(posterior, tf.float32); n = tf.reduce_sum(r, 0); mu = tf.reduce_sum(r * x, 0) / n
    return mu, tf.math.log(n), .5 * tf.math.log(tf.reduce_sum(r * (x - mu) ** 2, 0) / n)
