# attack: answers that are finite nowhere but in one place, where mistakes predict nothing
# %% cell mixture_likelihood
def nans(shape, value=np.nan):
    array = np.full(shape, value, np.float32)
    array.ravel()[0] = -1.0
    return tf.constant(array)


def mixture_likelihood(x, logits, means, lsigmas):
    return nans((len(x), 1), -np.inf)

# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    return nans((len(x), int(tf.size(means))), -np.inf)

# %% cell mstep
def mstep(x, posterior):
    k = posterior.shape[1]
    return nans(k), nans(k), nans(k)

# %% cell loss
def loss(model, inputs):
    return tf.reduce_sum(model(inputs)) * np.nan

# %% cell make_data
def make_data(N, logits, means, lsigmas):
    return np.full(N, np.inf, np.float32)
