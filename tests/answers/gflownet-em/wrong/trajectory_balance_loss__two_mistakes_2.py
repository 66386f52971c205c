# mistake: log_reward has the wrong sign, and the mean is squared instead of averaging squares
# credit: 2-3
# keywords: sign|reward|square|cancel|mean
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.square(tf.reduce_mean(log_z + log_pf + log_reward))
