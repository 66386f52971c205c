"""Where a fit starts: mixtures made from the data."""

import numpy as np
import tensorflow as tf

from gmm_tf import covariance, mixture

# Observations that are enough to place the means.
GLANCE = 20_000


def random_start(x, k, kind, rng):
    """k random observations as means, with the spread of all of x [N, D], float64 -> Mixture."""
    spread = x.std(axis=0)
    # Observations may be equal, and equal components would stay equal.
    means = x[rng.integers(len(x), size=k)] + 0.1 * spread * rng.standard_normal((k, x.shape[1]))
    return _mixture(means, spread, kind)


def kmeans_plus_plus(x, k, kind, rng):
    """Means that k-means++ draws, with the spread that is left around them -> Mixture.

    Each is the best of a few observations drawn with probability proportional to the squared distance
    from those before (Arthur & Vassilvitskii 2007, in its greedy form).
    """
    x = x[rng.permutation(len(x))[:GLANCE]]
    # Distances in units of each coordinate's spread, so that none of them decides alone.
    unit = np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)

    def distance(row):
        return (((x - x[row]) / unit) ** 2).sum(1)

    rows, nearest = [0], distance(0)
    for _ in range(k - 1):
        total = nearest.sum()
        drawn = rng.choice(len(x), 2 + int(np.log(k)), p=nearest / total if total > 0 else None)
        left = [np.minimum(nearest, distance(row)) for row in drawn]
        best = np.argmin([distances.sum() for distances in left])
        rows.append(drawn[best])
        nearest = left[best]
    closest = np.argmin([distance(row) for row in rows], axis=0)
    means = x[rows]
    spread = np.sqrt(np.mean((x - means[closest]) ** 2, axis=0))
    spread = np.where(spread > 0, spread, x.std(axis=0))
    # Fewer distinct observations than components give equal means, which would stay equal.
    return _mixture(means + 0.01 * spread * rng.standard_normal(means.shape), spread, kind)


def _mixture(means, spread, kind):
    k, dim = means.shape
    sigma = np.where(spread > 0, spread, 1.0)
    if kind == "spherical":
        sigma = np.sqrt(np.mean(sigma**2, keepdims=True))
    log_sigma = np.diag(np.log(sigma)) if kind in ("full", "tied") else np.log(sigma)
    scale = np.broadcast_to(log_sigma, covariance.scale_shape(k, dim, kind))
    return mixture.normal_mixture(*map(tf.constant, (np.zeros(k), means, scale.copy())))


BY_NAME = {"k-means++": kmeans_plus_plus, "random": random_start}


def check(name):
    """The name itself, when it is one of a start.

    Raises:
        ValueError: it is not.
    """
    if name not in ("weights", *BY_NAME):
        raise ValueError(f"Expected start 'weights', 'k-means++' or 'random', got {name!r}.")
    return name


def start(model, x, name, rng):
    """The start of that name for a model: its weights, or a mixture made from x [N, D]."""
    if check(name) == "weights":
        return model.mixture
    theta = BY_NAME[name](np.asarray(x, np.float64), model.k, model.covariance, rng)
    return mixture.cast(theta, model.variable_dtype)


def generator(model):
    """A NumPy generator that goes on from the model's seed."""
    return np.random.default_rng(np.ravel(model.seed_generator.next()).astype(np.uint64))
