# mistake: a misspelt function raises AttributeError
# credit: 0-0
# keywords: AttributeError|raise|no attribute|mean
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.mean((log_z + log_pf - log_reward) ** 2)
