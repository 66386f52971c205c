def train(model, optimizer, inputs, steps):
    """use keras' own machinery, but with our loss added through a dataset of one batch"""
    n = int(tf.shape(inputs)[0])
    ds = tf.data.Dataset.from_tensor_slices((tf.cast(inputs, tf.float32), tf.zeros((n, 1)))).batch(n)
    model.compile(optimizer=optimizer, loss=lambda _, lp: tf.reduce_mean(-lp), jit_compile=False, run_eagerly=True)
    for _ in range(steps):
        model.fit(ds, epochs=1, verbose=0)
