from collections import deque


def train(model, optimizer, inputs, steps):
    """The steps are a generator; a deque of length 0 consumes it."""

    def updates():
        for _ in range(steps):
            gradients = grad(model, inputs)
            yield optimizer.apply_gradients(zip(gradients, model.trainable_variables))

    deque(updates(), maxlen=0)
