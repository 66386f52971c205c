# style: negative mean
def loss(model, inputs):
    return -tf.reduce_mean(model(inputs))
