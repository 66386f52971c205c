# mistake: the logarithm of log_reward is taken once more, NaN for negative values
# credit: 0-4
# keywords: log|NaN|finite|already|twice
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean((log_z + log_pf - tf.math.log(log_reward)) ** 2)
