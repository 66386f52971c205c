# mistake: computed in NumPy, no gradient reaches log_z and log_pf
# credit: 4-6
# keywords: gradient|NumPy|numpy|TensorFlow
def trajectory_balance_loss(log_z, log_pf, log_reward):
    r = np.asarray(log_z) + np.asarray(log_pf) - np.asarray(log_reward)
    return tf.constant(np.mean(r ** 2))
