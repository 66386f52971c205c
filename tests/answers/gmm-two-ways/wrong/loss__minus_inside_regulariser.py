# mistake: a penalty on the weights is added
# expect: partial
# credit: 1.6-2.4
# finding: regulariser-added
def loss(model, inputs):
    return -tf.reduce_mean(model(inputs)) + 0.01 * tf.add_n([tf.nn.l2_loss(v) for v in model.trainable_variables])
