# mistake: the log-reward is clipped at -5, wrong for small rewards
# credit: 4-8
# keywords: clip|reward|small|floor|limit
def trajectory_balance_loss(log_z, log_pf, log_reward):
    log_reward = tf.clip_by_value(log_reward, -5.0, 5.0)
    return tf.reduce_mean((log_z + log_pf - log_reward) ** 2)
