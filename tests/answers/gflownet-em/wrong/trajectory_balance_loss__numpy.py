# mistake: NumPy cuts the gradient
# expect: partial
# credit: 6-6
# finding: gradient-cut
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.constant(np.mean((log_z.numpy() + log_pf.numpy() - log_reward.numpy()) ** 2))
