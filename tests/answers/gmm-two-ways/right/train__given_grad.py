def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        g = grad(model, inputs)
        g = g[1] if isinstance(g, tuple) else g
        optimizer.apply_gradients(zip(g, model.trainable_variables))
