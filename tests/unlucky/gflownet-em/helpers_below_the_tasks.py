# unlucky: The answers call helpers from cells at the end, which the student ran first; some cells were moved.
# expect: full
# %% cell exact_posterior
def exact_posterior(x, means):
    return normalised(log_table(x, means))
# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    return tf.reduce_mean(tf.reduce_logsumexp(log_table(x, means), axis=[1, 2])) - LOG_CONSTANT - np.log(4 * len(means))
# %% cell mean_field_step
def mean_field_step(x, means, q_j):
    table = log_table(x, means)
    q_i = tf.nn.softmax(tf.reduce_sum(table * q_j[:, None, :], axis=2))
    return q_i, tf.nn.softmax(tf.reduce_sum(table * q_i[:, :, None], axis=1))
# %% last
def log_table(x, means):
    return -tf.reduce_sum(tf.square((x[:, None, None] - component_means(means)) / STD), axis=-1) / 2


def normalised(table):
    return tf.exp(table - tf.reduce_logsumexp(table, axis=[1, 2], keepdims=True))


LOG_CONSTANT = np.log(2 * np.pi * STD**2)
# %% move sample_posterior after sample_data
# %% move policy after given_constants
# %% move gfn_em after given_figures
