def train(model, optimizer, inputs, steps):
    model.compile(optimizer=optimizer, loss=lambda y_true, y_pred: -tf.reduce_mean(y_pred))
    return model.fit(inputs, np.zeros((len(inputs), 1), np.float32), batch_size=len(inputs), epochs=steps, shuffle=False, verbose=0)
