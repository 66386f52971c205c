# mistake: one step too many
# expect: partial
# credit: 2.4-2.8
# finding: off-by-one
def train(model, optimizer, inputs, steps):
    for _ in range(steps + 1):
        with tf.GradientTape() as t:
            l = loss(model, inputs)
        optimizer.apply_gradients(zip(t.gradient(l, model.trainable_variables), model.trainable_variables))
