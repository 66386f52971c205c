import keras

def trajectory_balance_loss(log_z, log_pf, log_reward):
    r = keras.ops.subtract(keras.ops.add(log_z, log_pf), log_reward)
    return 2 * tf.nn.l2_loss(r) / len(r)
