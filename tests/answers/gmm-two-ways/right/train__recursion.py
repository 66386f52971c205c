def train(model, optimizer, inputs, steps):
    if steps <= 0:
        return model
    with tf.GradientTape() as t:
        value = loss(model, inputs)
    gs = t.gradient(value, model.trainable_weights)
    optimizer.apply_gradients(zip(gs, model.trainable_weights))
    return train(model, optimizer, inputs, steps - 1)
