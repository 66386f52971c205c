# style: negative sum
def loss(model, inputs):
    log_p = model(inputs)
    nll = -1 * tf.math.reduce_sum(log_p)
    return nll
