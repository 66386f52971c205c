import functools


def train(model, optimizer, inputs, steps):
    def step(count, _):
        g = grad(model, inputs)
        optimizer.apply_gradients([(g[i], variable) for i, variable in enumerate(model.trainable_variables)])
        return count + 1

    return functools.reduce(step, range(steps), 0)  # how many steps were taken
