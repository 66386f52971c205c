def train(model, optimizer, inputs, steps):
    model.compile(optimizer=optimizer, loss=lambda y, p: -tf.reduce_mean(p), run_eagerly=True)
    x = tf.cast(inputs, tf.float32)
    for _ in range(steps):
        model.train_step((x, x))
