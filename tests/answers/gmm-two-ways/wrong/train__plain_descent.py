# mistake: hand-written gradient descent, the optimizer is never used
# expect: partial
# credit: 0.8-3
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        with tf.GradientTape() as tape:
            value = loss(model, inputs)
        for v, g in zip(model.trainable_variables, tape.gradient(value, model.trainable_variables)):
            v.assign_sub(0.01 * g)
