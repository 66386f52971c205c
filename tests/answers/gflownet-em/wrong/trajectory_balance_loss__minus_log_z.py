# mistake: log_z is on the wrong side, log P - log R - log Z
# credit: 4-6
# keywords: sign|log_z|log Z|side|minus|add
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean((log_pf - (log_reward + log_z)) ** 2)
