def trajectory_balance_loss(log_z, log_pf, log_reward):
    residual = log_z + log_pf - log_reward
    return tf.reduce_sum(tf.square(residual))
