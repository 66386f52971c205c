# mistake: only the means are updated
# expect: partial
# credit: 1.6-2.4
# finding: weights-left-out
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        with tf.GradientTape() as t:
            l = loss(model, inputs)
        optimizer.apply_gradients([(t.gradient(l, model.means), model.means)])
