# unlucky: Results are kept in global dictionaries and caches by the bytes of the inputs.
# expect: full
# %% before component_means
import functools

_MEMO = {}


def memoised(function):
    @functools.wraps(function)
    def wrapper(*arrays):
        key = function.__name__, *((a.shape, np.asarray(a).tobytes()) for a in arrays)
        if key not in _MEMO:
            _MEMO[key] = function(*arrays)
        return _MEMO[key]
    return wrapper


@functools.cache
def log_normaliser(std, dimensions=2):
    return dimensions / 2 * np.log(2 * np.pi * std**2)
# %% top component_means
@memoised
# %% top exact_posterior
@memoised
# %% cell data_log_likelihood
@memoised
def data_log_likelihood(x, means):
    distance = x[:, None, None] - component_means(means)
    log_joint = -0.5 * tf.reduce_sum((distance / STD) ** 2, axis=-1) - log_normaliser(STD)
    return tf.reduce_mean(tf.reduce_logsumexp(log_joint, axis=[1, 2])) - np.log(len(means) * 4)
