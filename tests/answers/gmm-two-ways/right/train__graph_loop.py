def train(model, optimizer, inputs, steps):
    inputs = tf.convert_to_tensor(inputs, tf.float32)
    model(inputs[:1])
    optimizer.build(model.trainable_variables)
    @tf.function
    def run(n):
        for _ in tf.range(n):
            with tf.GradientTape() as tape:
                l = -tf.reduce_mean(model(inputs, training=True))
            g = tape.gradient(l, model.trainable_variables)
            optimizer.apply_gradients(zip(g, model.trainable_variables))
    run(tf.constant(steps))
