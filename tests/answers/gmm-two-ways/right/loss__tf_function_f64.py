@tf.function
def loss(model, inputs):
    return tf.cast(tf.reduce_mean(-tf.cast(model(inputs, training=True), tf.float64)), tf.float32)
