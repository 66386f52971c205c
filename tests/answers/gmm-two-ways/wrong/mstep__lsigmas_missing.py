# mistake: returns only logits and means
# expect: partial|wrong
# credit: 0-10.5
def mstep(x, posterior):
    x, r = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    nk = tf.reduce_sum(r, axis=0)
    mu = tf.reduce_sum(r * x, axis=0) / nk
    return tf.math.log(nk), mu
