# mistake: only the means are updated
# expect: partial
# credit: 0.8-2.4
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        with tf.GradientTape() as tape:
            value = loss(model, inputs)
        grads = tape.gradient(value, [model.means])
        optimizer.apply_gradients(zip(grads, [model.means]))
