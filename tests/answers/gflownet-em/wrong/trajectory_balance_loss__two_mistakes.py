# mistake: sign and absolute value
# expect: partial
# credit: 2-2
# finding: policy-sign
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean(tf.abs(log_z - log_pf - log_reward))
