def make_data(N, logits, means, lsigmas):
    import keras
    gen = keras.random.SeedGenerator(7)
    z = keras.random.categorical(keras.ops.reshape(logits, (1, -1)), N, seed=gen)[0]
    mu, s = keras.ops.take(means, z), keras.ops.exp(keras.ops.take(lsigmas, z))
    return keras.ops.expand_dims(keras.random.normal((N,), seed=gen) * s + mu, 1)
