# mistake: halved
# expect: partial
# credit: 6-6
# finding: halved
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return 0.5 * tf.reduce_mean((log_z + log_pf - log_reward) ** 2)
