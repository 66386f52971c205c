# mistake: the return stands inside the loop, so one update is done
# expect: partial
# credit: 0.8-2.4
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        with tf.GradientTape() as tape:
            value = loss(model, inputs)
        grads = tape.gradient(value, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        return value
