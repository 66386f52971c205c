def trajectory_balance_loss(log_z, log_pf, log_reward):
    # E r^2 = (E r)^2 + Var r
    mean, variance = tf.nn.moments(log_z + log_pf - log_reward, axes=[0])
    return mean ** 2 + variance
