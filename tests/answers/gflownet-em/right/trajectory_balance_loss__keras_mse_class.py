mse = tf.keras.losses.MeanSquaredError()

def trajectory_balance_loss(log_z, log_pf, log_reward):
    return mse(log_reward, tf.add(log_z, log_pf))
