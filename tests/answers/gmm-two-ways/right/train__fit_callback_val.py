def train(model, optimizer, inputs, steps):
    losses = []
    cb = tf.keras.callbacks.LambdaCallback(on_epoch_end=lambda e, logs: losses.append(logs["loss"]))
    model.compile(optimizer=optimizer, loss=lambda y, p: -tf.reduce_sum(p))
    model.fit(x=inputs, y=inputs, epochs=steps, batch_size=inputs.shape[0], verbose=2, callbacks=[cb])
    return losses
