# mistake: the sign is missing, loss is the mean log-likelihood
# expect: partial
# credit: 1-2.4
def loss(model, inputs):
    return tf.reduce_mean(model(inputs))
