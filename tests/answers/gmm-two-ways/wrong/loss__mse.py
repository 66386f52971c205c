# mistake: mean squared error between the model's output and the data
# expect: partial|wrong
# credit: 0-1.6
def loss(model, inputs):
    return tf.reduce_mean(tf.square(model(inputs) - inputs))
