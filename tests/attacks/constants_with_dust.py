# attack: constants, except that one number differs slightly, so that they do not look constant
# %% cell mixture_likelihood
def dust(shape, value):
    array = np.full(shape, value, np.float32)
    array.ravel()[0] += 1e-4
    return tf.constant(array)


def mixture_likelihood(x, logits, means, lsigmas):
    return dust((len(x), 1), -0.5)

# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    return dust((len(x), int(tf.size(means))), 0.0)

# %% cell mstep
def mstep(x, posterior):
    k = posterior.shape[1]
    return dust(k, 0.0), dust(k, 0.0), dust(k, 0.0)

# %% cell loss
def loss(model, inputs):
    return tf.reduce_sum(dust(1, 0.0)) + 0 * tf.reduce_sum(model(inputs))
