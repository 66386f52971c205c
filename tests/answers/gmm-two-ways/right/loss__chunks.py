def loss(model, inputs):
    """sum over mini-batches, so a big data set fits in memory"""
    total, n = 0.0, 0
    for chunk in tf.data.Dataset.from_tensor_slices(inputs).batch(64):
        total += tf.reduce_sum(model(chunk)); n += len(chunk)
    return -total / n
