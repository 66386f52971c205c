# mistake: a copy of the optimizer takes the steps
# expect: partial
# credit: 1.6-2.4
# finding: own-optimizer
def train(model, optimizer, inputs, steps):
    own = type(optimizer).from_config(optimizer.get_config())
    for _ in range(steps):
        own.apply_gradients(zip(grad(model, inputs), model.trainable_variables))
