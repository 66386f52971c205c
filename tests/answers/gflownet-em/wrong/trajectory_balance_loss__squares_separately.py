# mistake: takes the difference of the squares of both sides instead of the square of their difference
# expect: partial
# credit: 2-4
# finding: squared-separately
def trajectory_balance_loss(log_z, log_pf, log_reward):
    left = tf.square(log_z + log_pf)
    right = tf.square(log_reward)
    return tf.reduce_mean(left - right)
