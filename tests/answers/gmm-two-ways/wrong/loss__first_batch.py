# mistake: only the first 32 points enter the loss
# expect: partial|wrong
# credit: 0-2.4
def loss(model, inputs):
    batch = inputs[:32]
    return -tf.reduce_mean(model(batch))
