# mistake: one step
# expect: partial
# credit: 1.6-2.4
# finding: one-step
def train(model, optimizer, inputs, steps):
    with tf.GradientTape() as t:
        l = loss(model, inputs)
    optimizer.apply_gradients(zip(t.gradient(l, model.trainable_variables), model.trainable_variables))
    return l
