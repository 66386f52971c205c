# mistake: Huber's loss, linear for large residuals, instead of squares
# credit: 2-6
# keywords: Huber|square|large|linear
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.keras.losses.Huber()(log_reward, log_z + log_pf)
