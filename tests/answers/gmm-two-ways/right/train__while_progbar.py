def train(model, optimizer, inputs, steps):
    bar = tf.keras.utils.Progbar(steps)
    i = 0
    while i < steps:
        with tf.GradientTape(persistent=True) as tape:
            l = loss(model, inputs)
        pairs = [(tape.gradient(l, v), v) for v in model.trainable_variables]
        optimizer.apply_gradients(pairs)
        i += 1
        bar.update(i, [("nll", float(l))])
