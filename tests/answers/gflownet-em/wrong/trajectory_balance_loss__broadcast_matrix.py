# mistake: a column and a row broadcast to an N by N matrix, so residuals of different points are mixed
# credit: 2-5
# keywords: broadcast|shape|axis|axes|matrix|mix|(N, 1)
def trajectory_balance_loss(log_z, log_pf, log_reward):
    log_z = tf.reshape(log_z, (-1, 1))
    return tf.reduce_mean((log_z + log_pf - log_reward) ** 2)
