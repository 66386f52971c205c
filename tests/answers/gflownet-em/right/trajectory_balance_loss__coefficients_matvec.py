def trajectory_balance_loss(log_z, log_pf, log_reward):
    terms = tf.stack([tf.cast(t, tf.float32) for t in (log_z, log_pf, log_reward)], axis=-1)  # (N, 3)
    residual = tf.linalg.matvec(terms, tf.constant([1.0, 1.0, -1.0]))
    return tf.einsum("n,n->", residual, residual) / tf.cast(tf.size(residual), tf.float32)
