def make_loss(reduce=tf.reduce_mean, power=2):
    def loss(log_z, log_pf, log_reward):
        residual = tf.add_n([log_z, log_pf, tf.negative(log_reward)])
        return reduce(tf.pow(residual, power))

    return loss


trajectory_balance_loss = make_loss()
