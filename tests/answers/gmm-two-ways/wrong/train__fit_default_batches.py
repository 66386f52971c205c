# mistake: fit with batches of 32
# expect: partial
# credit: 1.6-2.4
# finding: minibatches
def train(model, optimizer, inputs, steps):
    model.compile(optimizer=optimizer, loss=lambda t, p: -tf.reduce_mean(p))
    model.fit(inputs, inputs, epochs=steps, verbose=0)
