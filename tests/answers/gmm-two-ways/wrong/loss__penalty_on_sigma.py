# mistake: adds the squared log sigmas to the loss
# expect: partial
# credit: 1.6-2.4
# finding: regulariser-added
def loss(model, inputs):
    return -tf.reduce_sum(model(inputs)) + tf.reduce_sum(model.lsigmas ** 2)
