# style: tf.nn.weighted_moments with a tiny guard
def mstep(x, posterior):
    eps = 1e-12
    mean, variance = tf.nn.weighted_moments(tf.cast(x, tf.float32), axes=[0], frequency_weights=tf.cast(posterior, tf.float32))
    pi = tf.reduce_mean(tf.cast(posterior, tf.float32), axis=0)
    return tf.math.log(pi + eps), mean, tf.math.log(tf.sqrt(variance) + eps)
