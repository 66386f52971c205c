# mistake: trains a fresh copy of the model, the given one stays as it was
# expect: partial|wrong
# credit: 0-2.4
def train(model, optimizer, inputs, steps):
    model = type(model)(model.means.shape[0])
    model(inputs)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            value = loss(model, inputs)
        optimizer.apply_gradients(zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
    return model
