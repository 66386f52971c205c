def train(model, optimizer, inputs, steps):
    ds = tf.data.Dataset.from_tensors((inputs, inputs)).repeat(steps)
    model.compile(optimizer=optimizer, loss=lambda t, p: -p)
    model.fit(ds, epochs=1, steps_per_epoch=steps, verbose=0)
