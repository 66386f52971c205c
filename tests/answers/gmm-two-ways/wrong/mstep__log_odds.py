# mistake: returns the log odds of the weights
# expect: partial
# credit: 11-13.5
# finding: log-odds
def mstep(x, posterior):
    x, r = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    n = tf.reduce_sum(r, axis=0)
    weights = tf.reduce_mean(r, axis=0)
    means = tf.reduce_sum(r * x, axis=0) / n
    variances = tf.reduce_sum(r * (x - means) ** 2, axis=0) / n
    return tf.math.log(weights / (1 - weights)), means, 0.5 * tf.math.log(variances)
