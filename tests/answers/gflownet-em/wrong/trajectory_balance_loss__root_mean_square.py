# mistake: the square root of the mean square is returned
# credit: 4-6
# keywords: root|sqrt|norm|square
def trajectory_balance_loss(log_z, log_pf, log_reward):
    r = log_z + log_pf - log_reward
    return tf.sqrt(tf.reduce_mean(r ** 2))
