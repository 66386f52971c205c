# mistake: tf.stop_gradient on log_z: the value is right, but log_z cannot be learned
# credit: 4-7
# keywords: gradient|log_z|stop_gradient
def trajectory_balance_loss(log_z, log_pf, log_reward):
    target = log_reward - tf.stop_gradient(log_z)
    return tf.reduce_mean((log_pf - target) ** 2)
