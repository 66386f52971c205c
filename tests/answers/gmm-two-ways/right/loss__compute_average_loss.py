def loss(model, inputs):
    """Negative log-likelihood: the loss per example, averaged as in a distributed training loop."""
    per_example = tf.squeeze(-model(inputs), axis=1)
    return tf.nn.compute_average_loss(per_example)
