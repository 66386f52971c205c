class TrajectoryBalance(tf.keras.losses.Loss):
    """Keras takes the mean over the batch."""

    def call(self, y_true, y_pred):
        return tf.math.squared_difference(y_pred, y_true)


def trajectory_balance_loss(log_z, log_pf, log_reward):
    return TrajectoryBalance()(log_reward, tf.add(log_z, log_pf))
