# mistake: broadcast to (N, N)
# expect: partial
# credit: 4-4
# finding: outer-difference
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean(((log_z + log_pf)[:, None] - log_reward) ** 2)
