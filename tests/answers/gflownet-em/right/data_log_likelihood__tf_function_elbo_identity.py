@tf.function
def _log_p(x, mu):
    # log p(x) = E_q log p(x, z) + H(q) with q the posterior
    a = -tf.reduce_sum(tf.math.squared_difference(x[:, None], mu[None]), -1) / (2 * STD**2)
    log_q = tf.nn.log_softmax(a)
    q = tf.exp(log_q)
    return tf.reduce_sum(q * (a - log_q), axis=1)

def data_log_likelihood(x, means):
    mu = tf.reshape(tf.constant(means)[:, None, :] + OFFSETS, (-1, 2))
    constant = tf.math.log(tf.cast(len(mu), tf.float32) * 2 * np.pi * STD**2)
    return tf.reduce_mean(_log_p(tf.constant(x), mu)) - constant
