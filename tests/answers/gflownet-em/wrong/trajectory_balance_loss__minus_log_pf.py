# mistake: log_pf is subtracted instead of added
# credit: 4-6
# keywords: sign|log_pf|log P|subtract|minus|add
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean(tf.square(log_z - log_pf - log_reward))
