# mistake: tf.stop_gradient on log_pf: no gradient reaches the policy
# credit: 4-7
# keywords: gradient|log_pf|stop_gradient
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.keras.losses.mse(tf.stop_gradient(log_reward - log_pf), log_z)
