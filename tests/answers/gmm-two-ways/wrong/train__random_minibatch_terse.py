# mistake: half of the data in each step, at random
# expect: partial
# credit: 1.6-2.4
# finding: not-all-inputs
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        batch = tf.random.shuffle(inputs)[: len(inputs) // 2]
        with tf.GradientTape() as t:
            l = loss(model, batch)
        optimizer.apply_gradients(zip(t.gradient(l, model.trainable_variables), model.trainable_variables))
