# mistake: a new optimizer from the same config at every step, so Adam's moments are lost
# expect: partial
# credit: 0.8-3
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        opt = type(optimizer).from_config(optimizer.get_config())
        with tf.GradientTape() as tape:
            value = loss(model, inputs)
        opt.apply_gradients(zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
