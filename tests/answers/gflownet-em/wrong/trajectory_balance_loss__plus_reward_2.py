# mistake: the log-reward is added instead of subtracted
# credit: 4-6
# keywords: sign|reward|subtract|minus|add
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean(tf.square(log_z + log_pf + log_reward))
