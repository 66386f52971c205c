# mistake: probabilities
# expect: partial
# credit: 4-4
# finding: exponentiated
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean((tf.exp(log_z + log_pf) - tf.exp(log_reward)) ** 2)
