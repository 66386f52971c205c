# mistake: uses a name that is not defined
# expect: error
# credit: 0-0
def loss(model, inputs):
    return -tf.reduce_mean(log_likelihood(model, inputs))
