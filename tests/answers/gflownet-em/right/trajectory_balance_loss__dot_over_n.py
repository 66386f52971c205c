def trajectory_balance_loss(log_z, log_pf, log_reward):
    r = log_z + log_pf - tf.stop_gradient(log_reward)
    return tf.tensordot(r, r, axes=1) / tf.cast(tf.size(r), r.dtype)
