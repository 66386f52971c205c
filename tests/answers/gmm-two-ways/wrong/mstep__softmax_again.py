# mistake: softmax of probabilities
# expect: partial
# credit: 6-7.5
# finding: softmax-of-probabilities
def mstep(x, posterior):
    x = tf.cast(x, tf.float32); r = tf.nn.softmax(tf.cast(posterior, tf.float32)); n = tf.reduce_sum(r, 0); mu = tf.reduce_sum(r * x, 0) / n
    return tf.math.log(n), mu, .5 * tf.math.log(tf.reduce_sum(r * (x - mu) ** 2, 0) / n)
