# mistake: absolute value instead of the negative, wrong where densities are above 1
# expect: partial
# credit: 0.8-3
def loss(model, inputs):
    return tf.reduce_mean(tf.abs(model(inputs)))
