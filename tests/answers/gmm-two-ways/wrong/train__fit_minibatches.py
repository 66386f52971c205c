# mistake: fit with the default batch size of 32, so each epoch does many updates on parts of the data
# expect: partial
# credit: 0.8-3
def train(model, optimizer, inputs, steps):
    model.compile(optimizer=optimizer, loss=lambda y, log_p: -tf.reduce_mean(log_p))
    model.fit(inputs, inputs, epochs=steps, verbose=0)
