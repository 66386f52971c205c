# mistake: float64 and float32 tensors are mixed, which raises
# credit: 0-0
# keywords: float64|float32|double|dtype|raise
def data_log_likelihood(x, means):
    mu = tf.constant(means, tf.float32)[:, None] + tf.constant(OFFSETS)
    sigma2 = tf.constant(STD**2, dtype=tf.float64)
    e = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * sigma2) - tf.math.log(2 * np.pi * sigma2)
    return tf.reduce_mean(tf.reduce_logsumexp(e, axis=[1, 2]) - np.log(4 * len(means)))
