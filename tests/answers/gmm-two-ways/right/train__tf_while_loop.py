def train(model, optimizer, inputs, steps):
    """With tf.while_loop, which is an ordinary loop in eager mode."""

    def another(taken):
        gradients = grad(model, inputs)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return [taken + 1]

    tf.while_loop(lambda taken: taken < int(steps), another, [tf.constant(0)])
