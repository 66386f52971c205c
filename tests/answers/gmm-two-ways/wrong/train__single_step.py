# mistake: no loop, a single update
# expect: partial
# credit: 0.8-2.4
def train(model, optimizer, inputs, steps):
    with tf.GradientTape() as tape:
        value = loss(model, inputs)
    grads = tape.gradient(value, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
