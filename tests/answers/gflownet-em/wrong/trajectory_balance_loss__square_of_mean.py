# mistake: the mean residual is squared, instead of the mean of the squares
# credit: 4-6
# keywords: square|cancel|mean|average|first
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean(log_z + log_pf - log_reward) ** 2
