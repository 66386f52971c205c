# mistake: the logarithm is taken twice
# expect: partial
# credit: 1.6-1.6
# finding: log-of-log
# alone
def loss(model, inputs):
    return -tf.reduce_mean(tf.math.log(model(inputs)))
