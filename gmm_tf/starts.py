"""Where a fit starts: at the weights of a model, or at a mixture made from the data."""

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from gmm_tf import blocks, convergence, covariance, em, mixture, priors, sampling
from gmm_tf.loops import SLOTS
from gmm_tf.mixture import Mixture
from gmm_tf.names import Kind, Start
from gmm_tf.progress import Bar
from gmm_tf.search import Search, subject
from gmm_tf.shapes import Float

if TYPE_CHECKING:
    from gmm_tf.models import MixtureModel

# Number of observations that is enough to place the means.
GLANCE = 20_000
# Number of starts from the data that are tried for a few EM steps each.
CANDIDATES, STEPS = SLOTS, 20
# Rounds of k-means before them, and the number of rows that is enough for these.
ROUNDS, LEAST_ROWS, ROWS_OF_EACH = 5, 2000, 100


def random_start(x: Float[np.ndarray, "N D"], k: int, kind: str, rng: np.random.Generator) -> Mixture:
    """Mixture with k random observations as means and the spread of all of x [N, D], float64."""
    spread = x.std(axis=0)
    # Equal observations would make equal components, which stay equal.
    means = x[rng.integers(len(x), size=k)] + 0.1 * spread * rng.standard_normal((k, x.shape[1]))
    return _mixture(means, spread, kind)


def kmeans_plus_plus(
    x: Float[np.ndarray, "N D"],
    k: int,
    kind: str,
    rng: np.random.Generator,
    unit: Float[np.ndarray, "D"] | None = None,
    rounds: int = 0,
) -> Mixture:
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


def _seeds(z: Float[np.ndarray, "N D"], k: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
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


def _squared_distances(
    z: Float[np.ndarray, "N D"], means: Float[np.ndarray, "M D"]
) -> Float[np.ndarray, "M N"]:
    """Of each of means [M, D] from each row of z [N, D], [M, N]."""
    total = np.zeros((len(means), len(z)))
    for column, mean in zip(z.T, means.T, strict=True):
        total += (column - mean[:, None]) ** 2
    return total


def _mixture(means: np.ndarray, spread: np.ndarray, kind: str) -> Mixture:
    k, dim = means.shape
    sigma = np.where(spread > 0, spread, 1.0)
    if kind == Kind.SPHERICAL:
        sigma = np.sqrt(np.mean(sigma**2, keepdims=True))
    log_sigma = np.diag(np.log(sigma)) if kind in (Kind.FULL, Kind.TIED) else np.log(sigma)
    scale = np.broadcast_to(log_sigma, covariance.scale_shape(k, dim, kind))
    return mixture.normal_mixture(*map(tf.constant, (np.zeros(k), means, scale.copy())))


BY_NAME = {Start.KMEANS: kmeans_plus_plus, Start.RANDOM: random_start}


def from_data(
    model: "MixtureModel",
    x: Float[np.ndarray, "N D"],
    rng: np.random.Generator,
    width: int | None = None,
    prior: priors.Prior | None = None,
) -> Mixture:
    """Mixture for a model: the best of several k-means++ starts after a few EM steps each.

    The best has the highest likelihood without a degenerate component, if there is such a start (emEM;
    Biernacki, Celeux & Govaert 2003). The model's shape and floor are used; its weights do not change.

    Args:
        width: as in `fit_em`.
        prior: a `priors.Prior`, whose log-density is added to the likelihood.
    """
    frame, dtype = blocks.frame_of(x, blocks.units_for(model.covariance)), model.variable_dtype
    data = blocks.pack(x, width or model.k, model.covariance, dtype, frame)
    bar = Bar(0, STEPS, model.k * x.size)
    search = Search(subject(model, data, width, prior), convergence.rule(0.0, STEPS), rng, bar)
    # The units may or may not show which coordinates matter, so both are tried.
    spread = data.frame.spread
    metrics = spread, np.full_like(spread, np.mean(spread**2) ** 0.5)
    thetas = [
        data.inside(mixture.cast(kmeans_plus_plus(x, model.k, model.covariance, rng, unit, ROUNDS), dtype))
        for unit in itertools.islice(itertools.cycle(metrics), CANDIDATES)
    ]
    return data.outside(max(search.run_all(thetas), key=lambda run: run.merit).theta)


def chosen(model: "MixtureModel", name: str | None) -> Start:
    """The start of that name; None is "data" for a model that was never trained, else "weights".

    Raises:
        ValueError: another name.
    """
    if name is None:
        return Start.DATA if model.is_untrained else Start.WEIGHTS
    return check(name)


def check(name: str) -> Start:
    """The start of that name.

    Raises:
        ValueError: another name.
    """
    if name not in list(Start):
        raise ValueError(f"Expected start one of {', '.join(map(repr, Start))}, or None, got {name!r}.")
    return Start(name)


def start(
    model: "MixtureModel",
    rows: sampling.Rows,
    name: Start,
    rng: np.random.Generator,
    width: int | None = None,
    prior: priors.Prior | None = None,
) -> Mixture:
    """The mixture that a model starts from: its own, or one made from rows."""
    if name is Start.WEIGHTS:
        return model.mixture
    x = sampling.even(rows, GLANCE, rng)
    if name is Start.DATA:
        return from_data(model, x, rng, width, prior)
    theta = BY_NAME[name](x, model.k, model.covariance, rng)
    return mixture.cast(theta, model.variable_dtype)


def check_enough(rows: int, k: int) -> None:
    if rows < k:
        raise ValueError(
            f"Expected at least as many observations as components, got {rows} for k = {k}; "
            "pass more observations, or make a model with fewer components."
        )


def begin(
    model: "MixtureModel",
    x: Any,
    sample_weight: Any = None,
    name: str | None = None,
    steps: int | None = None,
) -> tuple[Any, sampling.Observed | None]:
    """Assign the start of that name for a `fit` of Keras, whatever x is.

    Args:
        steps: batches of an epoch, None for all there are.

    Returns:
        (the replacement of x for Keras; `sampling.Observed`, or None for a stream that was not read).

    Raises:
        ValueError: another name; fewer rows than components; in the rows drawn, NaN or infinite values.
    """
    name, in_memory = chosen(model, name), hasattr(x, "shape")
    if name is Start.WEIGHTS and not in_memory:
        return x, None
    batches, x = sampling.batches_of(x, sample_weight, steps)
    rng = generator(model)
    checked = ((model.check_data(batch), w) for batch, w in batches)
    rows, seen = sampling.reservoir(checked, GLANCE, rng)
    check_enough(seen, model.k)
    # These rows were drawn by their weights from more.
    if seen > GLANCE or rows.weights is None or np.ptp(rows.weights) == 0:
        rows = rows._replace(weights=None)
    if name is not Start.WEIGHTS:
        model.assign(start(model, rows, name, rng))
    return x, sampling.Observed(seen, em.spread(rows.x) ** 2)


def generator(model: "MixtureModel") -> np.random.Generator:
    """A NumPy generator that continues from the model's seed."""
    return np.random.default_rng(np.ravel(model.seed_generator.next()).astype(np.uint64))
