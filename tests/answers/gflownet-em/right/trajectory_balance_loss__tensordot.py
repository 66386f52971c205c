# style: inner product over N
def trajectory_balance_loss(log_z, log_pf, log_reward):
    d = tf.reshape(log_reward - log_z - log_pf, [-1])
    return tf.tensordot(d, d, 1) / tf.cast(tf.size(d), d.dtype)
