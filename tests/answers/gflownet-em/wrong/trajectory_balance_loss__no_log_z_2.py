# mistake: log_z is left out
# credit: 4-6
# keywords: log_z|log Z|left out|missing|normalis|normaliz
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean((log_pf - log_reward) ** 2)
