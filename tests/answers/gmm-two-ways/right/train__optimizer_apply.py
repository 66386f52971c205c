# style: Keras 3 optimizer.apply, own mean loss, while loop
def train(model, optimizer, inputs, steps):
    x = tf.cast(inputs, tf.float32)
    n = 0
    while n < steps:
        with tf.GradientTape() as t:
            nll = -tf.reduce_mean(model(x))
        optimizer.apply(t.gradient(nll, model.trainable_weights), model.trainable_weights)
        n += 1
