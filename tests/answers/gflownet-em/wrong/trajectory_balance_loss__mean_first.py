# mistake: square of the mean
# expect: partial
# credit: 4-4
# finding: squared-after-the-mean
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean(log_z + log_pf - log_reward) ** 2
