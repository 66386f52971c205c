# mistake: standardises the inputs before training, so the model is fitted to other data than the inputs
# expect: partial
# credit: 1-2
# finding: inputs-standardised
def train(model, optimizer, inputs, steps):
    inputs = tf.cast(inputs, tf.float32)
    # training works better on standardised data
    inputs = (inputs - tf.reduce_mean(inputs)) / (tf.math.reduce_std(inputs) + 1e-8)
    for _ in range(steps):
        gradients = grad(model, inputs)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
