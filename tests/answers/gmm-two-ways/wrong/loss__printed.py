# mistake: prints the loss and returns nothing
# expect: wrong|error
# credit: 0-1
def loss(model, inputs):
    print(-tf.reduce_mean(model(inputs)))
