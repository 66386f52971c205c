# mistake: off by one, steps - 1 updates
# expect: partial
# credit: 1.6-3
def train(model, optimizer, inputs, steps):
    for i in range(1, steps):
        with tf.GradientTape() as tape:
            value = loss(model, inputs)
        grads = tape.gradient(value, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
