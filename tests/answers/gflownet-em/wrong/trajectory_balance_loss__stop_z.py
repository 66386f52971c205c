# mistake: no gradient to log_z
# expect: partial
# credit: 6-6
# finding: gradient-cut
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean((tf.stop_gradient(log_z) + log_pf - log_reward) ** 2)
