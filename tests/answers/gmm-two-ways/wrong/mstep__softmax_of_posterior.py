# mistake: softmax is applied to the posterior, though it is probabilities already
# expect: partial
# credit: 3-8
def mstep(x, posterior):
    x = tf.cast(x, tf.float32)
    r = tf.nn.softmax(tf.cast(posterior, tf.float32), axis=-1)
    nk = tf.reduce_sum(r, axis=0)
    mu = tf.reduce_sum(r * x, axis=0) / nk
    var = tf.reduce_sum(r * (x - mu) ** 2, axis=0) / nk
    return tf.math.log(nk), mu, 0.5 * tf.math.log(var)
