# mistake: logarithm of the mean density
# expect: partial
# credit: 1.6-1.6
# finding: log-of-mean
def loss(model, inputs):
    return -tf.math.log(tf.reduce_mean(tf.exp(model(inputs))))
