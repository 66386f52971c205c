# mistake: an additional factor 1/2
# credit: 6-8
# keywords: half|1/2|½|0.5|factor
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return 0.5 * tf.reduce_mean((log_z + log_pf - log_reward) ** 2)
