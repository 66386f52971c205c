# style: tf.data with one full batch repeated steps times
def train(model, optimizer, inputs, steps):
    ds = tf.data.Dataset.from_tensors(tf.cast(inputs, tf.float32)).repeat(steps)
    for batch in ds:
        with tf.GradientTape() as tape:
            nll = loss(model, batch)
        variables = model.trainable_variables
        optimizer.apply_gradients(list(zip(tape.gradient(nll, variables), variables)))
