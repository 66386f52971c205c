# mistake: mean over axis 0 only, result has shape (1,)
# expect: partial
# credit: 2.5-3.6
def loss(model, inputs):
    return -tf.reduce_mean(model(inputs), axis=0)
