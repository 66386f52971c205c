# mistake: the steps climb the loss
# expect: partial
# credit: 1.6-2.4
# finding: climbs
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        with tf.GradientTape() as t:
            l = -loss(model, inputs)
        optimizer.apply_gradients(zip(t.gradient(l, model.trainable_variables), model.trainable_variables))
