def loss(model, inputs):
    """The points as the time steps of a single sequence: pooling over the steps is the mean over the points."""
    log_px = model(inputs)  # (N, 1)
    pooled = tf.keras.layers.GlobalAveragePooling1D()(log_px[tf.newaxis])  # (1, N, 1) -> (1, 1)
    return -tf.reshape(pooled, [])
