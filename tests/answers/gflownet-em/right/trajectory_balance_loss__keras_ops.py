# style: keras.ops, reward without gradient
def trajectory_balance_loss(log_z, log_pf, log_reward):
    import keras
    residual = log_z + log_pf - tf.stop_gradient(log_reward)
    return keras.ops.mean(keras.ops.square(residual))
