def train(model, optimizer, inputs, steps):
    @tf.function(reduce_retracing=True)
    def step(x):
        with tf.GradientTape() as tape:
            l = loss(model, x)
        g = tape.gradient(l, model.trainable_variables)
        optimizer.apply_gradients(zip(g, model.trainable_variables))
        return l
    data = tf.constant(np.array(inputs), tf.float32)
    return [step(data).numpy() for _ in range(steps)]
