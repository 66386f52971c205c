# mistake: adds each gradient to those of all earlier steps, as if zero_grad were missing in PyTorch, and steps with the sum
# expect: partial
# credit: 1-2
# finding: gradients-accumulated
def train(model, optimizer, inputs, steps):
    total = None
    for _ in range(steps):
        new = grad(model, inputs)
        total = new if total is None else [t + g for t, g in zip(total, new)]
        optimizer.apply_gradients(zip(total, model.trainable_variables))
