@tf.function
def trajectory_balance_loss(log_z, log_pf, log_reward):
    left = tf.cast(log_z, tf.float64) + tf.cast(log_pf, tf.float64)
    return tf.reduce_mean(tf.math.squared_difference(left, tf.cast(log_reward, tf.float64)))
