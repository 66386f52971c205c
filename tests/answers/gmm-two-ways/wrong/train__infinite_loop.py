# mistake: the step counter is never incremented
# expect: timeout
# credit: 0-0
def train(model, optimizer, inputs, steps):
    step = 0
    while step < steps:
        with tf.GradientTape() as tape:
            value = loss(model, inputs)
        optimizer.apply_gradients(zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
