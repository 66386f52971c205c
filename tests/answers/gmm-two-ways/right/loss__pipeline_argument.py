from functools import reduce


def loss(model, inputs, *, pipeline=(tf.negative, tf.reduce_mean)):
    """Send the inputs through the model, then through each function of the pipeline."""
    return reduce(lambda value, function: function(value), (model, *pipeline), inputs)
