# style: compile and fit with one batch of all the data
def train(model, optimizer, inputs, steps):
    model.compile(optimizer=optimizer, loss=lambda y_true, y_pred: -tf.reduce_mean(y_pred))
    return model.fit(inputs, inputs, batch_size=len(inputs), epochs=steps, verbose=0)
