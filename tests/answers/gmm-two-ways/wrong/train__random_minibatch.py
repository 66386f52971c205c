# mistake: each step uses 32 random points instead of all inputs
# expect: partial
# credit: 0.8-3
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        idx = np.random.choice(len(inputs), 32)
        batch = tf.gather(inputs, idx)
        with tf.GradientTape() as tape:
            value = loss(model, batch)
        optimizer.apply_gradients(zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
