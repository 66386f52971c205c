# mistake: averages the densities exp(log p) instead of the log-likelihood
# expect: partial
# credit: 0.8-2.4
def loss(model, inputs):
    return -tf.reduce_mean(tf.exp(model(inputs)))
