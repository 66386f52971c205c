# style: tf.function'd step with optimizer.build before
def train(model, optimizer, inputs, steps):
    inputs = tf.convert_to_tensor(inputs, tf.float32)
    model(inputs)                                   # makes sure that the weights exist
    optimizer.build(model.trainable_variables)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            value = loss(model, inputs)
        g = tape.gradient(value, model.trainable_variables)
        optimizer.apply_gradients(zip(g, model.trainable_variables))
        return value

    losses = [step().numpy() for _ in range(steps)]
    return losses
