# mistake: off by one, steps + 1 updates
# expect: partial
# credit: 1.6-3
def train(model, optimizer, inputs, steps):
    i = 0
    while i <= steps:
        with tf.GradientTape() as tape:
            value = loss(model, inputs)
        optimizer.apply_gradients(zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
        i += 1
