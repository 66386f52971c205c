def train(model, optimizer, inputs, steps):
    history = []
    for step in range(steps):
        with tf.GradientTape() as tape:
            l = loss(model, inputs)
        optimizer.apply(tape.gradient(l, model.trainable_variables), model.trainable_variables)
        history.append(float(l))
        if step % 100 == 0:
            print(step, history[-1])
    return history
