# mistake: model.predict returns NumPy, so the gradient is lost
# expect: partial
# credit: 0.8-3
def loss(model, inputs):
    return -tf.reduce_mean(model.predict(inputs, verbose=0))
