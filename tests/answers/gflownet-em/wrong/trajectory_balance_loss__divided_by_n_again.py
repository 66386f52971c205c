# mistake: the mean is divided by the batch size once more
# credit: 4-8
# keywords: divide|batch|twice|again|mean|N
def trajectory_balance_loss(log_z, log_pf, log_reward):
    n = tf.cast(tf.shape(log_z)[0], tf.float32)
    return tf.reduce_mean((log_z + log_pf - log_reward) ** 2) / n
