# mistake: replaces log Z(x) of each point by its mean over the batch, as if Z were a single number
# expect: partial
# credit: 4-6.5
# finding: log-z-of-the-batch
def trajectory_balance_loss(log_z, log_pf, log_reward):
    z = tf.reduce_mean(log_z)
    return tf.reduce_mean((z + log_pf - log_reward) ** 2)
