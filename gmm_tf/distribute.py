"""Exact EM over all devices of a `tf.distribute` strategy, in one process or in several.

Each process computes the sums over its own rows, so workers may have any number of rows and batches. Once per
step, the sums of all workers are added up. Before the first step they share a sample of their rows.
"""

import contextlib
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from gmm_tf import convergence, covariance, em, mixture, starts
from gmm_tf.blocks import WORKING_SET, Frame, Part, frame_of, is_few, pack, units_for
from gmm_tf.defaults import TOL
from gmm_tf.em import GLANCE
from gmm_tf.inputs import check_at_least, check_count
from gmm_tf.loops import all_statistics, compiled, em_by_passes, loses_digits
from gmm_tf.mixture import Mixture
from gmm_tf.models import MixtureModel
from gmm_tf.result import FitResult, climbed, degenerate, warn
from gmm_tf.sampling import Rows, reservoir
from gmm_tf.search import within_reach
from gmm_tf.shapes import Float, Observations, Tensor

# Bytes of an error message that are sent to the other workers.
LONGEST = 1000


def fit_em_distributed(model: MixtureModel, x: Any, strategy: Any, max_steps: int = 3000, tol: float = TOL,
                       start: str | None = None) -> FitResult:  # fmt: skip
    """`fit_em` on the rows of all workers together (Bishop 2006, section 9.2.2).

    All workers call it with the same arguments, except for x. For rows in memory, it computes in the dtype
    of the model with float64 sums, as `fit_em` does; for batches of a dataset, in float64.

    Args:
        model: an `EMGMM` or `GMM`, made under `strategy.scope()` or not. The fit leaves the result in the
            model of every worker.
        x: the rows of this process: an array [N, D], where N may be 0, or a `tf.data.Dataset` of
            batches [n, D] that each step reads once, as the start does. Several devices in a process
            share them.
        strategy: a `tf.distribute.MirroredStrategy` or `MultiWorkerMirroredStrategy`.
        max_steps, tol: as in `fit_em`.
        start: as in `fit_em`, from 10,000 rows drawn from all workers, or at the weights of worker 0. The
            argument of worker 0 counts.

    Returns:
        FitResult, the same on every worker; `trace` is the mean log-likelihood of the rows of all
        workers before each step.

    Raises:
        ValueError: another strategy. Also, on every worker: one worker's x has a wrong shape, has NaN or
            infinite values or cannot be read, or one of its arguments is out of range; there are fewer rows
            than components; the arguments other than x differ between workers.
        tf.errors.UnavailableError: another worker died.
    """
    workers = _Workers(strategy)
    x = _checked(model, x, workers, tol, max_steps)
    rows, count = _sample_of_all(model, x, workers)
    theta = _common_start(model, rows, start, workers)
    frame = frame_of(rows, units_for(model.covariance))
    source = _source(model, x, frame, workers)
    floor = source.floor(model)
    # All workers see the same sum, bit for bit, so all stop at the same step.
    statistics = functools.partial(_statistics_of_all, source, workers)
    rule = convergence.rule(tol, max_steps)
    theta, values, converged = em_by_passes(statistics, source.inside(theta, floor), floor, rule)
    model.assign(mixture.cast(source.outside(theta), model.variable_dtype))
    found = degenerate(theta, floor, count)
    warn(model.mixture, found, model.variance_floor)
    return climbed(values, converged, *found)


class _Workers:
    """The processes of a strategy; a replica is a device, and each process has the same number."""

    def __init__(self, strategy: Any) -> None:
        kinds = tf.distribute.MirroredStrategy, tf.distribute.MultiWorkerMirroredStrategy
        if not isinstance(strategy, kinds):
            raise ValueError(
                "Expected a tf.distribute.MirroredStrategy or MultiWorkerMirroredStrategy, "
                f"got {type(strategy).__name__}; make one of these."
            )
        self.strategy = strategy
        self.replicas = strategy.num_replicas_in_sync
        self.devices = strategy.extended.worker_devices
        resolver = strategy.cluster_resolver
        self.is_first = resolver is None or resolver.task_id in (None, 0)

    def vectors(self, of_replica: Callable[[int], Any]) -> Any:
        """Call `of_replica(replica_id)` for each replica of this process."""
        return self.strategy.experimental_distribute_values_from_function(
            lambda context: tf.convert_to_tensor(of_replica(context.replica_id_in_sync_group))
        )

    def sum(self, vectors: Sequence[Tensor]) -> Float[Tensor, "M"]:
        """Sum over all replicas, in every process, of one vector [M] for each device of this one."""
        vectors = self.vectors(lambda replica: vectors[replica % len(vectors)])
        return _sum_of_replicas(self.strategy, vectors)

    def table(self, row: Sequence[float] | np.ndarray) -> Float[np.ndarray, "P M"]:
        """One row for each process, [processes, numbers], float64, from the row of this one."""
        table = np.zeros((self.replicas, len(row)))

        def with_own_row(replica: int) -> np.ndarray:
            own = table.copy()
            own[replica] = row
            return own

        filled = self.strategy.reduce("SUM", self.vectors(with_own_row), axis=None)
        return filled.numpy()[:: len(self.devices)]

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Raise an error of any process in every process: the others would wait for it forever."""
        problem = None
        try:
            yield
        except Exception as error:  # noqa: BLE001 - every worker raises it
            problem = error
        self.raise_together(problem)

    def raise_together(self, problem: Exception | None) -> None:
        """Raise the first problem of any process in every process."""
        own = b"" if problem is None else (str(problem) or repr(problem)).encode()[:LONGEST]
        table = self.table(list(own.ljust(LONGEST, b"\0")))
        bad = np.flatnonzero(table.any(axis=1))
        if problem is not None and len(table) == 1:
            raise problem
        if bad.size:
            text = bytes(table[bad[0]].astype(np.uint8)).rstrip(b"\0").decode(errors="ignore")
            raise ValueError(f"Worker {bad[0]}: {text}") from problem

    def check_equal(self, **settings: float) -> None:
        table = self.table(list(settings.values()))
        different = [name for name, column in zip(settings, table.T, strict=True) if np.ptp(column) > 0]
        if different:
            raise ValueError(
                f"Expected the same arguments on every worker, got different {', '.join(different)}; "
                "only the rows of x may differ."
            )


def _checked(model: MixtureModel, x: Any, workers: _Workers, tol: float, max_steps: int) -> Any:
    """x as `_Rows` or `_Batches` take it, if the arguments of all workers are right and equal."""
    with workers.together():
        check_count("max_steps", max_steps)
        check_at_least("tol", tol, 0)
        x = _check_batches(model, x) if isinstance(x, tf.data.Dataset) else _check_rows(model, x)
    workers.check_equal(
        k=model.k,
        dim=model.dim,
        covariance=covariance.KINDS.index(model.covariance),
        dtype=tf.as_dtype(model.variable_dtype).size,
        variance_floor=model.variance_floor,
        max_steps=max_steps,
        tol=tol,
        kind_of_x=isinstance(x, tf.data.Dataset),
    )
    return x


class _Rows:
    """Rows in memory, divided among the devices of this process, in one frame for all workers."""

    def __init__(self, model: MixtureModel, x: np.ndarray, frame: Frame, workers: _Workers) -> None:
        self.few = is_few(model.k, model.dim)
        self.dtype, self.devices, self.data = model.variable_dtype, workers.devices, []
        for device, rows in zip(self.devices, np.array_split(x, len(self.devices)), strict=True):
            with tf.device(device):
                self.data.append(pack(rows, model.k, model.covariance, self.dtype, frame))
        self.log_unit = self.data[0].log_unit

    def floor(self, model: MixtureModel) -> Float[np.ndarray, "D"]:
        return self.data[0].floor(model.variance_floor, model.scale.shape)

    def inside(self, theta: Mixture, floor: np.ndarray) -> Mixture:
        return within_reach(self.data[0].inside(mixture.cast(theta, self.dtype)), floor)

    def outside(self, theta: Mixture) -> Mixture:
        return self.data[0].outside(theta)

    def sums(self, theta: Mixture) -> list[Float[Tensor, "M"]]:
        """Sums of each device, [devices] of [M]."""
        centred, sums = self.few or bool(loses_digits(theta)), []
        for device, data in zip(self.devices, self.data, strict=True):
            with tf.device(device):
                sums.append(_sums_of_parts(data.parts, data.count, theta, centred))
        return sums


class _Batches:
    """Batches of a dataset, in float64 without rescaling."""

    log_unit = 0.0

    def __init__(self, x: tf.data.Dataset, frame: Frame, workers: _Workers) -> None:
        self.batches, self.frame, self.devices = x, frame, tuple(workers.devices)

    def floor(self, model: MixtureModel) -> Float[np.ndarray, "D"]:
        return em.least_variance(model.variance_floor, self.frame.spread**2, model.scale.shape)

    def inside(self, theta: Mixture, floor: np.ndarray) -> Mixture:
        return mixture.cast(theta, tf.float64)

    def outside(self, theta: Mixture) -> Mixture:
        return theta

    def sums(self, theta: Mixture) -> list[Float[Tensor, "M"]]:
        """Sums of each device, [devices] of [M].

        Raises:
            ValueError: NaN or infinite values.
        """
        sums, bad = _sums_of_batches(self.batches, theta, self.devices)
        _check_all_finite(bad)
        return list(sums)


def _source(model: MixtureModel, x: Any, frame: Frame, workers: _Workers) -> _Rows | _Batches:
    if isinstance(x, tf.data.Dataset):
        return _Batches(x, frame, workers)
    return _Rows(model, x, frame, workers)


def _settle_dim(model: MixtureModel, shape: Any) -> None:
    """Create the weights of a model that takes its dimension from the first data."""
    if not model.built and len(shape) == 2:
        model.build(shape)


def _check_rows(model: MixtureModel, x: Observations) -> Float[np.ndarray, "N D"]:
    """x as float64 array."""
    _settle_dim(model, np.shape(x))
    if tuple(np.shape(x)) == (0, model.dim):
        return np.zeros([0, model.dim])
    return model.check_data(x).numpy().astype(np.float64, copy=False)


def _check_batches(model: MixtureModel, x: tf.data.Dataset) -> tf.data.Dataset:
    """The dataset with float64 batches of an efficient size."""
    spec = x.element_spec
    if isinstance(spec, tf.TensorSpec):
        _settle_dim(model, spec.shape)
    if not isinstance(spec, tf.TensorSpec) or not spec.shape.is_compatible_with([None, model.dim]):
        raise ValueError(
            f"Expected a dataset of batches [n, {model.dim}], got {spec}; map it to x alone, then batch it."
        )
    if x.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise ValueError("Expected a dataset that ends, got an infinite one; leave out `repeat`.")

    def as_rows(batch: Tensor) -> Float[Tensor, "N D"]:
        return tf.cast(tf.ensure_shape(batch, [None, model.dim]), tf.float64)

    size = max(256, WORKING_SET // (model.k * model.dim))
    return x.map(as_rows).rebatch(size).prefetch(1)


def _sample_of_all(model: MixtureModel, x: Any, workers: _Workers) -> tuple[Float[np.ndarray, "M D"], float]:
    """(rows [M, D] drawn uniformly from all workers' rows, at most GLANCE; total number of rows)."""
    rows, seen = np.empty((0, model.dim)), 0
    with workers.together():
        batches = [x] if isinstance(x, np.ndarray) else x
        rng = starts.generator(model)
        (drawn, _), seen = reservoir(((batch, None) for batch in batches if len(batch)), GLANCE, rng)
        if seen:
            rows = drawn
            _check_all_finite(np.count_nonzero(~np.isfinite(rows)))
            rng.shuffle(rows)
    counts = workers.table([seen])[:, 0]
    _check_not_empty(counts.sum(), model.dim)
    starts.check_enough(int(counts.sum()), model.k)
    shares = np.ceil(counts * min(1.0, GLANCE / counts.sum())).astype(int)
    own = np.zeros([shares.max(), model.dim])
    own[: len(rows)] = rows[: shares.max()]
    table = workers.table(own.ravel()).reshape(-1, *own.shape)
    return np.concatenate([rows[:n] for rows, n in zip(table, shares, strict=True)]), counts.sum()


def _common_start(
    model: MixtureModel, rows: Float[np.ndarray, "M D"], name: str | None, workers: _Workers
) -> Mixture:
    """The mixture that worker 0 starts from, float64."""
    theta = model.mixture
    with workers.together():
        name = starts.chosen(model, name)
        if workers.is_first:
            theta = starts.start(model, Rows(rows), name, starts.generator(model))
    values = [value.numpy().astype(np.float64) for value in theta]
    first = workers.table(np.concatenate([value.ravel() for value in values]))[0]
    pieces = np.split(first, np.cumsum([value.size for value in values])[:-1])
    return mixture.Mixture(
        *(tf.constant(piece.reshape(value.shape)) for piece, value in zip(pieces, values, strict=True))
    )


def _check_all_finite(bad: Any) -> None:
    if bad > 0:
        raise ValueError(
            f"Expected finite x, got {int(bad)} NaN or infinite values; drop or repair them first."
        )


def _check_not_empty(rows: Any, dim: int) -> None:
    if rows == 0:
        raise ValueError(
            f"Expected x of shape [N, {dim}] with N >= 1 on some worker, got N = 0 on all; "
            "pass at least one observation."
        )


def _statistics_of_all(
    source: _Rows | _Batches, workers: _Workers, theta: Mixture
) -> tuple[float, em.Statistics]:
    """(mean log-likelihood, Statistics) of the rows of all workers, in the frame of the source."""
    k, dim = theta.mu.shape
    shapes = em.statistics_shapes(k, dim, tuple(theta.scale.shape))
    sizes = [math.prod(shape) for shape in shapes] + [1, 1]
    problem = None
    try:
        sums = source.sums(theta)
    except Exception as error:  # noqa: BLE001 - every worker raises it
        problem, sums = error, [tf.zeros([sum(sizes) - 1], tf.float64)] * len(workers.devices)
    flag = tf.constant([problem is not None], tf.float64)
    total = workers.sum([tf.concat([of_device, flag], axis=0) for of_device in sums])
    *values, rows, problems = tf.split(total, sizes)
    if problems > 0:
        workers.raise_together(problem)
    _check_not_empty(rows, dim)
    statistics = em.Statistics(*(tf.reshape(v, s) for v, s in zip(values, shapes, strict=True)))
    return float(statistics.log_likelihood / rows[0]) - source.log_unit, statistics


# Compiling this takes a third of the time of the eager call.
@tf.function
def _sum_of_replicas(strategy: Any, vectors: Any) -> Float[Tensor, "M"]:
    return strategy.reduce("SUM", vectors, axis=None)


@compiled
def _sums_of_parts(
    parts: tuple[Part, ...], count: Tensor, theta: Mixture, centred: bool
) -> Float[Tensor, "M"]:
    return _joined(all_statistics(parts, theta, centred=centred), count)


@tf.function
def _sums_of_batches(
    batches: tf.data.Dataset, theta: Mixture, devices: tuple[str, ...]
) -> tuple[tuple[Float[Tensor, "M"], ...], Tensor]:
    """(sums of each device, number of values that are not finite)."""
    k, dim = theta.mu.shape
    shapes = em.statistics_shapes(k, dim, tuple(theta.scale.shape))
    nothing = tf.zeros([sum(math.prod(shape) for shape in shapes) + 1], tf.float64)
    sums, bad = (nothing,) * len(devices), tf.constant(0, tf.int64)
    for batch in batches:
        bad += tf.math.count_nonzero(~tf.math.is_finite(batch))
        more = []
        for i, device in enumerate(devices):
            with tf.device(device):
                more.append(sums[i] + _sums_of_batch(batch[i :: len(devices)], theta))
        sums = tuple(more)
    return sums, bad


@compiled
def _sums_of_batch(x: Float[Tensor, "N D"], theta: Mixture) -> Float[Tensor, "M"]:
    return _joined(em.e_step(mixture.to_blocks(x), theta), tf.cast(tf.shape(x)[0], tf.float64))


def _joined(statistics: em.Statistics, count: Tensor) -> Float[Tensor, "M"]:
    """Statistics and the number of observations as one vector, [M]."""
    return tf.concat([tf.reshape(value, [-1]) for value in (*statistics, count)], axis=0)
