def train(model, optimizer, inputs, steps):
    """The optimizer counts its own steps: go on until it has counted `steps` more."""
    last = int(optimizer.iterations.numpy()) + steps
    while int(optimizer.iterations.numpy()) < last:
        pairs = list(zip(grad(model, inputs), model.trainable_variables))
        optimizer.apply_gradients(pairs)
