# mistake: absolute values instead of squares
# credit: 4-4
# keywords: absolute|abs|square
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean(tf.abs(log_z + log_pf - log_reward))
