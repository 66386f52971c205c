# mistake: a new optimizer at each step
# expect: partial
# credit: 1.6-2.4
# finding: new-optimizer-each-step
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        opt = optimizer.__class__.from_config(optimizer.get_config())
        with tf.GradientTape() as t:
            l = loss(model, inputs)
        opt.apply_gradients(zip(t.gradient(l, model.trainable_variables), model.trainable_variables))
