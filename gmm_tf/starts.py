"""Where a fit starts: at the weights of a model, or at a mixture made from the data."""

import itertools

import numpy as np
import tensorflow as tf

from gmm_tf import blocks, covariance, em, mixture, sampling
from gmm_tf.loops import SLOTS
from gmm_tf.progress import Bar
from gmm_tf.search import Search

# Number of observations that is enough to place the means.
GLANCE = 20_000
# Number of starts from the data that are tried for a few EM steps each.
CANDIDATES, STEPS = SLOTS, 20
# Rounds of k-means before them, and the number of rows that is enough for these.
ROUNDS, LEAST_ROWS, ROWS_OF_EACH = 5, 2000, 100


def random_start(x, k, kind, rng):
    """Mixture with k random observations as means and the spread of all of x [N, D], float64."""
    spread = x.std(axis=0)
    # Equal observations would make equal components, which stay equal.
    means = x[rng.integers(len(x), size=k)] + 0.1 * spread * rng.standard_normal((k, x.shape[1]))
    return _mixture(means, spread, kind)


def kmeans_plus_plus(x, k, kind, rng, unit=None, rounds=0):
    """Mixture with means drawn by k-means++ and the remaining spread around them.

    Each mean is the best of a few observations drawn with probability proportional to the squared distance
    from the earlier means (greedy k-means++; Arthur & Vassilvitskii 2007).

    Args:
        x: [N, D], float64.
        unit: [D], of distances; each coordinate's spread if None, so that none dominates.
        rounds: of k-means (Lloyd 1982) afterwards.
    """
    x = x[rng.permutation(len(x))[: max(LEAST_ROWS, ROWS_OF_EACH * k)]]
    unit = em.spread(x) if unit is None else unit
    unit, origin = np.where(unit > 0, unit, 1.0), np.median(x, axis=0)
    z = (x - origin) / unit
    means, nearest = _seeds(z, k, rng)
    for _ in range(rounds):
        own = nearest == np.arange(k)[:, None]
        count = own.sum(axis=1, keepdims=True)
        means = np.where(count > 0, own @ z / np.maximum(count, 1), means)
        nearest = _squared_distances(z, means).argmin(axis=0)
    rest = np.sqrt(np.mean((z - means[nearest]) ** 2, axis=0))
    rest = np.where(rest > 0, rest, z.std(axis=0))
    # With fewer distinct observations than components, equal means would stay equal.
    means = means + 0.01 * rest * rng.standard_normal(means.shape)
    return _mixture(means * unit + origin, rest * unit, kind)


def _seeds(z, k, rng):
    """(means [K, D] that greedy k-means++ draws from z [N, D], the nearest of them to each row [N])."""
    rows = [rng.integers(len(z))]
    nearest = _squared_distances(z, z[rows])[0]
    for _ in range(k - 1):
        total = nearest.sum()
        drawn = rng.choice(len(z), 2 + int(np.log(k)), p=nearest / total if total > 0 else None)
        left = np.minimum(nearest, _squared_distances(z, z[drawn]))
        best = np.argmin(left.sum(axis=1))
        rows.append(drawn[best])
        nearest = left[best]
    return z[rows], _squared_distances(z, z[rows]).argmin(axis=0)


def _squared_distances(z, means):
    """Of each of means [M, D] from each row of z [N, D], [M, N]."""
    total = np.zeros((len(means), len(z)))
    for column, mean in zip(z.T, means.T, strict=True):
        total += (column - mean[:, None]) ** 2
    return total


def _mixture(means, spread, kind):
    k, dim = means.shape
    sigma = np.where(spread > 0, spread, 1.0)
    if kind == "spherical":
        sigma = np.sqrt(np.mean(sigma**2, keepdims=True))
    log_sigma = np.diag(np.log(sigma)) if kind in ("full", "tied") else np.log(sigma)
    scale = np.broadcast_to(log_sigma, covariance.scale_shape(k, dim, kind))
    return mixture.normal_mixture(*map(tf.constant, (np.zeros(k), means, scale.copy())))


BY_NAME = {"k-means++": kmeans_plus_plus, "random": random_start}


def from_data(model, x, rng, width=None, prior=None):
    """Mixture for a model: the best of several k-means++ starts after a few EM steps each.

    The best has the highest likelihood without a degenerate component, if there is such a start (emEM;
    Biernacki, Celeux & Govaert 2003). The model's shape and floor are used; its weights do not change.

    Args:
        width: as in `fit_em`.
        prior: a `priors.Prior`, whose log-density is added to the likelihood.
    """
    units, dtype = "all" if model.covariance == "spherical" else "each", model.variable_dtype
    data = blocks.pack(x, width or model.k, model.covariance, dtype, standardise=units)
    search = Search(model, data, STEPS, 0.0, rng, Bar(0, STEPS, model.k * x.size), width, prior)
    # The units may or may not show which coordinates matter, so both are tried.
    spread = data.frame.spread
    metrics = spread, np.full_like(spread, np.mean(spread**2) ** 0.5)
    thetas = [
        data.inside(mixture.cast(kmeans_plus_plus(x, model.k, model.covariance, rng, unit, ROUNDS), dtype))
        for unit in itertools.islice(itertools.cycle(metrics), CANDIDATES)
    ]
    return data.outside(max(search.run_all(thetas), key=lambda run: run.merit).theta)


def chosen(model, name):
    """The name of a start; None is "data" for a model that was never trained, else "weights".

    Raises:
        ValueError: another name.
    """
    if name is None:
        return "data" if model.is_untrained else "weights"
    return check(name)


def check(name):
    """The name, if it is the name of a start.

    Raises:
        ValueError: it is not.
    """
    known = ("weights", "data", *BY_NAME)
    if name not in known:
        raise ValueError(f"Expected start one of {', '.join(map(repr, known))}, or None, got {name!r}.")
    return name


def start(model, x, name, rng, sample_weight=None, width=None, prior=None):
    """The start of that name for a model: its weights, or a mixture made from rows of x [N, D]."""
    if name == "weights":
        return model.mixture
    x = sampling.even(x, sample_weight, GLANCE, rng)
    if name == "data":
        return from_data(model, x, rng, width, prior)
    theta = BY_NAME[name](x, model.k, model.covariance, rng)
    return mixture.cast(theta, model.variable_dtype)


def check_enough(rows, k):
    if rows < k:
        raise ValueError(
            f"Expected at least as many observations as components, got {rows} for k = {k}; "
            "pass more observations, or make a model with fewer components."
        )


def begin(model, x, sample_weight=None, name=None, steps=None):
    """Assign the start of that name for a `fit` of Keras, whatever x is.

    Args:
        steps: batches of an epoch, None for all there are.

    Returns:
        (the replacement of x for Keras; `sampling.Observed`, or None for a stream that was not read).

    Raises:
        ValueError: another name; fewer rows than components; in the rows drawn, NaN or infinite values.
    """
    name, in_memory = chosen(model, name), hasattr(x, "shape")
    if name == "weights" and not in_memory:
        return x, None
    batches, x = sampling.batches_of(x, sample_weight, steps)
    rng = generator(model)
    checked = ((model.check_data(batch), w) for batch, w in batches)
    rows, weights, seen = sampling.reservoir(checked, GLANCE, rng)
    check_enough(seen, model.k)
    # These rows were drawn by their weights from more.
    weights = weights if seen <= GLANCE and np.ptp(weights) > 0 else None
    if name != "weights":
        model.assign(start(model, rows, name, rng, weights))
    return x, sampling.Observed(seen, em.spread(rows) ** 2)


def generator(model):
    """A NumPy generator that continues from the model's seed."""
    return np.random.default_rng(np.ravel(model.seed_generator.next()).astype(np.uint64))
