# style: the given grad and apply_gradients (accepts grad returning gradients or (loss, gradients))
def train(model, optimizer, inputs, steps):
    for i in range(steps):
        out = grad(model, inputs)
        grads = out[1] if len(out) == 2 else out
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
