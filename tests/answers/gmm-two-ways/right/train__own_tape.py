# style: own GradientTape and loss, prints progress, returns history
def train(model, optimizer, inputs, steps):
    history = []
    for step in range(steps):
        with tf.GradientTape() as tape:
            value = loss(model, inputs)
        grads = tape.gradient(value, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        history.append(float(value))
        if step % 100 == 0:
            print(f"step {step}: loss {history[-1]:.4f}")
    return history
