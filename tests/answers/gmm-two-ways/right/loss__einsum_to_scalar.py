def loss(model, inputs):
    """Minus the sum of all log-likelihoods, as an einsum without output indices."""
    return -tf.einsum("ni->", model(inputs))
