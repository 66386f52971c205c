def loss(model, inputs):
    return tf.negative(tf.reduce_sum(model(inputs, training=True)))
