# mistake: trains on the first half of the data, and keeps the other for validation
# expect: partial
# credit: 1.6-2.4
# finding: not-all-inputs
def train(model, optimizer, inputs, steps):
    part = inputs[: len(inputs) // 2]
    for _ in range(steps):
        with tf.GradientTape() as tape:
            value = loss(model, part)
        optimizer.apply_gradients(
            zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
