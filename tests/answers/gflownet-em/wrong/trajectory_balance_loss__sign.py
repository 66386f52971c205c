# mistake: log_pf subtracted
# expect: partial
# credit: 6-6
# finding: policy-sign
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean((log_z - log_pf - log_reward) ** 2)
