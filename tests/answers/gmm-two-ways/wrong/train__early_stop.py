# mistake: stops when the loss hardly falls
# expect: partial
# credit: 1.6-2.4
# finding: stops-early|one-step|off-by-one|not-trained
def train(model, optimizer, inputs, steps):
    last = np.inf
    for _ in range(steps):
        with tf.GradientTape() as t:
            l = loss(model, inputs)
        if last - float(l) < .1: break
        last = float(l)
        optimizer.apply_gradients(zip(t.gradient(l, model.trainable_variables), model.trainable_variables))
