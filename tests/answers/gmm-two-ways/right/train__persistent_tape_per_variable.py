def train(model, optimizer, inputs, steps, verbose=False):
    """Without grad: a persistent tape, asked for one variable at a time. Returns the loss before each step."""
    history = []
    for step in range(steps):
        with tf.GradientTape(persistent=True) as tape:
            value = loss(model, inputs)
        pairs = [(tape.gradient(value, variable), variable) for variable in model.trainable_variables]
        del tape
        optimizer.apply_gradients(pairs)
        history.append(float(value))
        if verbose:
            print(step, history[-1])
    return history
