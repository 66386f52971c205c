# mistake: optimizer.minimize does not exist in Keras 3, so it raises
# expect: error
# credit: 0-0
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        optimizer.minimize(lambda: loss(model, inputs), model.trainable_variables)
