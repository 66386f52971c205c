# mistake: one gradient for all steps
# expect: partial
# credit: 1.6-2.4
# finding: stale-gradient
def train(model, optimizer, inputs, steps):
    with tf.GradientTape() as t:
        l = loss(model, inputs)
    g = t.gradient(l, model.trainable_variables)
    for _ in range(steps):
        optimizer.apply_gradients(zip(g, model.trainable_variables))
