# mistake: the residual is not squared
# credit: 4-4
# keywords: square
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean(log_z + log_pf - log_reward)
