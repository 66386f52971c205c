# style: model.call on a cast tensor
def loss(model, inputs):
    """Negative log likelihood of the data under the model."""
    x = tf.cast(inputs, tf.float32)
    return tf.negative(tf.reduce_mean(model.call(x)))
