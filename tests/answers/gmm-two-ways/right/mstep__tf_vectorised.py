# style: TF vectorised with broadcasting
def mstep(x, posterior):
    x = tf.cast(x, tf.float32)
    posterior = tf.cast(posterior, tf.float32)
    n_k = tf.reduce_sum(posterior, axis=0)
    means = tf.reduce_sum(posterior * x, axis=0) / n_k
    var = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / n_k
    return tf.math.log(n_k), means, 0.5 * tf.math.log(var)
