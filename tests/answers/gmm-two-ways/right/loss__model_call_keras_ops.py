def loss(model, inputs):
    import keras
    return keras.ops.mean(-model.call(inputs))
