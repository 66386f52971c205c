# mistake: takes half of the steps
# expect: partial
# credit: 0.8-2.4
# finding: stops-early
def train(model, optimizer, inputs, steps):
    for _ in range(steps // 2):
        with tf.GradientTape() as tape:
            value = loss(model, inputs)
        optimizer.apply_gradients(
            zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
