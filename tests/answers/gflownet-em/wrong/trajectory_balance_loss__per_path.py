# mistake: returns the squared residual of each path, without the mean
# credit: 4-8
# keywords: mean|one number|shape|each|average
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.square(log_z + log_pf - log_reward)
