# mistake: takes the log of the model's output, which is a log-likelihood already
# alone
# expect: partial|wrong
# credit: 0-2.4
def loss(model, inputs):
    likelihood = model(inputs)
    return -tf.reduce_mean(tf.math.log(likelihood))
