# mistake: makes its own Adam and ignores the given optimizer
# expect: partial
# credit: 0.8-3
def train(model, optimizer, inputs, steps):
    opt = tf.keras.optimizers.Adam(0.05)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            value = loss(model, inputs)
        opt.apply_gradients(zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
