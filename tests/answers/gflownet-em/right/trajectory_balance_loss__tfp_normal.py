import tensorflow_probability as tfp

def trajectory_balance_loss(log_z, log_pf, log_reward):
    # minus twice the log-density of a standard normal is the square plus log 2 pi
    r = log_z + log_pf - log_reward
    normal = tfp.distributions.Normal(0.0, 1.0)
    return tf.reduce_mean(-2 * normal.log_prob(r)) - tf.math.log(2 * np.pi)
