# mistake: log_z left out
# expect: partial
# credit: 6-6
# finding: log-z-missing
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean((log_pf - log_reward) ** 2)
