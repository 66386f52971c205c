# unlucky: Text was deleted and cells were merged: answers are now in given cells, in a check, and together with a check.
# expect: full
# file: vscode-metadata
# %% bottom given_constants


def sample_data(n, means):
    rng = np.random.default_rng()
    i, j = rng.integers(len(means), size=n), rng.integers(len(OFFSETS), size=n)
    return np.float32(np.asarray(means)[i] + OFFSETS[j] + rng.normal(scale=STD, size=(n, 2)))
# %% delete sample_data
# %% delete text-04
# %% cell component_means
def component_means(means):
    return np.asarray(means)[:, None] + OFFSETS

#@title Check of component_means
for _c in (1, 3, 4):
    _means = np.arange(2 * _c, dtype="float32").reshape(_c, 2) ** 2
    _value = as_array(f"For C = {_c}, component_means(...)",
                      attempt("component_means", _means), (_c, 4, 2))
    expect(near(_value.mean(axis=1), _means), "The leaves of a supercluster should lie around its mean.")
    expect(near(_value - _means[:, None], OFFSETS),
           "Leaf j of each supercluster should lie at its mean plus OFFSETS[j].")
passed("component_means")

def data_log_likelihood(x, means):
    distance = x[:, None, None] - component_means(means)
    log_normal = -0.5 * tf.reduce_sum(tf.square(distance / STD), axis=-1) - np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(log_normal, axis=[1, 2])) - np.log(len(means) * len(OFFSETS))
# %% delete test_component_means
# %% delete text-07
# %% delete data_log_likelihood
# %% top test_exact_posterior
def exact_posterior(x, means):
    distance = (np.asarray(x)[:, None, None] - component_means(means)) / STD
    flat = tf.reshape(-0.5 * np.sum(distance**2, axis=-1), [len(x), -1])
    return tf.reshape(tf.nn.softmax(flat), [len(x), len(means), len(OFFSETS)])
# %% delete exact_posterior
# %% bottom given_divergences


def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean(tf.square(log_z + log_pf - log_reward))
# %% delete trajectory_balance_loss
