# mistake: absolute value
# expect: partial
# credit: 4-4
# finding: absolute
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean(tf.abs(log_z + log_pf - log_reward))
