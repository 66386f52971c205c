# mistake: the residual is that of Z P - R itself instead of their logarithms
# credit: 3-4
# keywords: log|exp
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean((tf.exp(log_z + log_pf) - tf.exp(log_reward)) ** 2)
