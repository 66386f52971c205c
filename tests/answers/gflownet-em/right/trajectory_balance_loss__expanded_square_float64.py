def trajectory_balance_loss(log_z, log_pf, log_reward):
    """(z + p - r)^2, multiplied out; in float64, because large squares cancel."""
    z, p, r = (tf.cast(t, tf.float64) for t in (log_z, log_pf, log_reward))
    squares = z * z + p * p + r * r
    products = z * p - z * r - p * r
    return tf.cast(tf.reduce_mean(squares + 2.0 * products), tf.float32)
