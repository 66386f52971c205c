# mistake: the variance of the residual (VarGrad): a common shift of log_z has no effect
# credit: 4-4
# keywords: variance|mean|square|shift|log_z|log Z
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.math.reduce_variance(log_z + log_pf - log_reward)
