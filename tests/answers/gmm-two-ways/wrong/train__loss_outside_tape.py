# mistake: the loss is computed outside the tape, all gradients are None and the optimizer raises
# expect: error
# credit: 0-0
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        value = loss(model, inputs)
        with tf.GradientTape() as tape:
            current = value
        grads = tape.gradient(current, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
