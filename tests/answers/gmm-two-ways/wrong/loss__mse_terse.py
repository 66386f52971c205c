# mistake: log-likelihoods are squared
# expect: partial
# credit: 0.8-1.6
# finding: squared
def loss(model, inputs):
    return tf.reduce_mean(tf.square(model(inputs)))
