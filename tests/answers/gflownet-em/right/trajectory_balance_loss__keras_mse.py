# style: keras loss object
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.keras.losses.MeanSquaredError()(log_reward, log_z + log_pf)
