import keras

_sampler_seed = keras.random.SeedGenerator(np.random.randint(2**31 - 1))

def sample_posterior(policy, x):
    draw = lambda logits: keras.ops.reshape(keras.random.categorical(logits, 1, seed=_sampler_seed), (-1,))
    logits_i, *_ = policy(x, keras.ops.zeros((x.shape[0], 4)))
    i = draw(logits_i)
    logits_j = policy(x, keras.ops.one_hot(i, keras.ops.shape(logits_i)[1]))[1]
    return i, draw(logits_j)
