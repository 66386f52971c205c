# style: E[x^2] - mu^2 in float64 through matmul, (K, 1) columns
def mstep(x, posterior):
    x = tf.cast(x, tf.float64)
    r = tf.cast(posterior, tf.float64)
    total = tf.reshape(tf.reduce_sum(r, axis=0), (-1, 1))
    ex = tf.matmul(r, x, transpose_a=True) / total
    ex2 = tf.matmul(r, x * x, transpose_a=True) / total
    logits = tf.math.log(total) - tf.math.log(tf.reduce_sum(total))
    return [tf.cast(t, tf.float32) for t in (logits, ex, 0.5 * tf.math.log(ex2 - ex ** 2))]
