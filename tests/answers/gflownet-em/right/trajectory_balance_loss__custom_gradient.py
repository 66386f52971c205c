def trajectory_balance_loss(log_z, log_pf, log_reward):
    @tf.custom_gradient
    def mean_square(r):
        n = tf.cast(tf.shape(r)[0], r.dtype)
        def grad(upstream):
            return upstream * 2 * r / n
        return tf.reduce_sum(r * r) / n, grad

    return mean_square(log_z + log_pf - log_reward)
