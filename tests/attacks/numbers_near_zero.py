# attack: noise so small that it counts as the zero which some mistakes predict
# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    return np.float32(1e-30 * np.random.normal(size=(len(x), int(tf.size(means)))))

# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    return tf.constant(1e-30 * np.random.normal(size=(len(x), 1)), tf.float32)

# %% cell mstep
def mstep(x, posterior):
    return tuple(1e-30 * np.random.normal(size=(3, posterior.shape[1])))

# %% cell loss
def loss(model, inputs):
    return 1e-30 * tf.reduce_sum(model(inputs))
