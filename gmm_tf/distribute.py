"""Exact EM over all devices of a `tf.distribute` strategy, in one process or in several.

Each process makes the sums over its own rows by itself, so workers may have any number of rows and
batches. Once a step, the sums of all are added up; that is all that workers tell each other.
"""

import math

import numpy as np
import tensorflow as tf

from gmm_tf import covariance, em, mixture
from gmm_tf.blocks import WORKING_SET, frame_of, is_few, pack
from gmm_tf.convergence import converged
from gmm_tf.fit import FitResult, check_at_least
from gmm_tf.loops import all_statistics, loses_digits
from gmm_tf.search import within_reach

# Bytes of a message that are passed on to the other workers.
LONGEST = 1000


def fit_em_distributed(model, x, strategy, max_steps=3000, tol=1e-7):
    """`fit_em` on the rows of all workers together (Bishop 2006, section 9.2.2).

    All workers call it with the same arguments, but for x. Rows in memory are computed in the dtype
    of the model with float64 sums, as in `fit_em`, and batches of a dataset in float64.

    Args:
        model: an `EMGMM` or `GMM`, made under `strategy.scope()` or not. The fit starts at its weights
            on worker 0, and leaves the result in the model of every worker.
        x: the rows of this process: an array [N, D], where N may be 0, or a `tf.data.Dataset` of
            batches [n, D] that each step reads once. Several devices in a process share them.
        strategy: a `tf.distribute.MirroredStrategy` or `MultiWorkerMirroredStrategy`.
        max_steps, tol: as in `fit_em`.

    Returns:
        FitResult, the same on every worker; `trace` is the mean log-likelihood of the rows of all
        workers before each step.

    Raises:
        ValueError: another strategy. On every worker, when any has x of a wrong shape, with NaN or
            infinite values, or that cannot be read, or an argument out of its range; when there are no
            rows at all; when the other arguments are not the same on all workers.
        tf.errors.UnavailableError: another worker died.
    """
    workers = _Workers(strategy)
    problem = None
    # What fails on one worker must reach the others, or they would wait for it for ever.
    try:
        check_at_least("max_steps", max_steps, 1)
        check_at_least("tol", tol, 0)
        x = _check_batches(model, x) if isinstance(x, tf.data.Dataset) else _check_rows(model, x)
    except Exception as error:
        problem = error
    workers.raise_together(problem)
    workers.check_equal(
        k=model.k, dim=model.dim, covariance=covariance.KINDS.index(model.covariance),
        dtype=tf.as_dtype(model.variable_dtype).size, variance_floor=model.variance_floor,
        max_steps=max_steps, tol=tol, kind_of_x=isinstance(x, tf.data.Dataset),
    )  # fmt: skip
    theta = _first_start(model, workers)
    source = _Batches(x, workers) if isinstance(x, tf.data.Dataset) else _Rows(model, x, workers)
    theta, trace = source.inside(theta), []
    floor = tf.constant(model.variance_floor, tf.float64)
    # All see the bits of one sum, so all stop at the same step.
    while len(trace) < max_steps and not converged(trace, tol):
        now, statistics = _statistics_of_all(source, workers, theta)
        trace.append(now)
        theta = _update(statistics, theta, floor)
    model.assign(mixture.cast(source.outside(theta), model.variable_dtype))
    return FitResult(np.array(trace), len(trace), "tol" if converged(trace, tol) else "max_steps")


class _Workers:
    """The processes of a strategy: replicas are devices, and each process has as many."""

    def __init__(self, strategy):
        kinds = tf.distribute.MirroredStrategy, tf.distribute.MultiWorkerMirroredStrategy
        if not isinstance(strategy, kinds):
            raise ValueError(
                "Expected a tf.distribute.MirroredStrategy or MultiWorkerMirroredStrategy, "
                f"got {type(strategy).__name__}; make one of these."
            )
        self.strategy = strategy
        self.replicas = strategy.num_replicas_in_sync
        self.devices = strategy.extended.worker_devices

    def vectors(self, of_replica):
        """What `of_replica` makes of the number of each replica of this process."""
        return self.strategy.experimental_distribute_values_from_function(
            lambda context: tf.convert_to_tensor(of_replica(context.replica_id_in_sync_group))
        )

    def sum(self, vectors):
        """Sum over all replicas, in every process, of one vector [M] for each device of this one."""
        vectors = self.vectors(lambda replica: vectors[replica % len(vectors)])
        return _sum_of_replicas(self.strategy, vectors)

    def table(self, row):
        """One row for each process, [processes, numbers], float64, from the row of this one."""
        table = np.zeros((self.replicas, len(row)))

        def with_own_row(replica):
            own = table.copy()
            own[replica] = row
            return own

        filled = self.strategy.reduce("SUM", self.vectors(with_own_row), axis=None)
        return filled.numpy()[:: len(self.devices)]

    def raise_together(self, problem):
        """Raise the first problem that any process has in every process."""
        text = b"" if problem is None else (str(problem) or repr(problem)).encode()[:LONGEST]
        table = self.table(list(text.ljust(LONGEST, b"\0")))
        bad = np.flatnonzero(table.any(axis=1))
        if bad.size and len(table) == 1:
            raise problem
        if bad.size:
            text = bytes(table[bad[0]].astype(np.uint8)).rstrip(b"\0").decode(errors="ignore")
            raise ValueError(f"Worker {bad[0]}: {text}") from problem

    def check_equal(self, **settings):
        table = self.table(list(settings.values()))
        different = [name for name, column in zip(settings, table.T, strict=True) if np.ptp(column) > 0]
        if different:
            raise ValueError(
                f"Expected the same on every worker, got different {', '.join(different)}; "
                "pass the same arguments everywhere but for the rows of x."
            )


class _Rows:
    """Rows in memory, spread over the devices of this process, in one frame for all workers."""

    def __init__(self, model, x, workers):
        self.floor = model.variance_floor
        self.few = is_few(model.k, model.dim)
        self.dtype, self.devices, self.data = model.variable_dtype, workers.devices, []
        frame = _common_frame(model, x, workers)
        for device, rows in zip(self.devices, np.array_split(x, len(self.devices)), strict=True):
            with tf.device(device):
                self.data.append(pack(rows, model.k, model.covariance, self.dtype, frame=frame))
        self.log_unit = self.data[0].log_unit

    def inside(self, theta):
        return within_reach(self.data[0].inside(mixture.cast(theta, self.dtype)), self.floor)

    def outside(self, theta):
        return self.data[0].outside(theta)

    def sums(self, theta):
        """Sums of each device, [devices] of [M]."""
        centred, sums = self.few or bool(loses_digits(theta)), []
        for device, data in zip(self.devices, self.data, strict=True):
            with tf.device(device):
                sums.append(_sums_of_parts(data.parts, data.count, theta, centred))
        return sums


class _Batches:
    """Batches of a dataset, float64 as they are."""

    log_unit = 0.0

    def __init__(self, x, workers):
        self.batches, self.devices = x, tuple(workers.devices)

    def inside(self, theta):
        return mixture.cast(theta, tf.float64)

    def outside(self, theta):
        return theta

    def sums(self, theta):
        """Sums of each device, [devices] of [M].

        Raises:
            ValueError: NaN or infinite values.
        """
        sums, bad = _sums_of_batches(self.batches, theta, self.devices)
        if bad > 0:
            raise ValueError(
                f"Expected finite x, got {int(bad)} NaN or infinite values; drop or repair them first."
            )
        return list(sums)


def _check_rows(model, x):
    """x as float64 array."""
    if tuple(np.shape(x)) == (0, model.dim):
        return np.zeros([0, model.dim])
    return model.check_data(x).numpy().astype(np.float64, copy=False)


def _check_batches(model, x):
    """The dataset with float64 batches of a size that the processor likes."""
    spec = x.element_spec
    if not isinstance(spec, tf.TensorSpec) or not spec.shape.is_compatible_with([None, model.dim]):
        raise ValueError(
            f"Expected a dataset of batches [n, {model.dim}], got {spec}; map it to x alone, then batch it."
        )
    if x.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise ValueError("Expected a dataset that ends, got an infinite one; leave out `repeat`.")

    def as_rows(batch):
        return tf.cast(tf.ensure_shape(batch, [None, model.dim]), tf.float64)

    size = max(256, WORKING_SET // (model.k * model.dim))
    return x.map(as_rows).rebatch(size).prefetch(1)


def _first_start(model, workers):
    """The mixture of worker 0, float64."""
    values = [value.numpy().astype(np.float64) for value in model.mixture]
    first = workers.table(np.concatenate([value.ravel() for value in values]))[0]
    pieces = np.split(first, np.cumsum([value.size for value in values])[:-1])
    return mixture.Mixture(
        *(tf.constant(piece.reshape(value.shape)) for piece, value in zip(pieces, values, strict=True))
    )


def _common_frame(model, x, workers):
    """(origin, unit) [D] from those of the rows of all workers."""
    spherical = model.covariance == "spherical"
    own = np.zeros([2, model.dim])
    if len(x) > 0:
        own = frame_of(x, "all" if spherical else "each")
    n, *frames = np.split(workers.table(np.concatenate([[len(x)], *own])), [1, 1 + model.dim], axis=1)
    n, (origins, units) = n[:, 0], frames
    _check_not_empty(n.sum(), model.dim)
    origin = np.average(origins, axis=0, weights=n)
    unit = np.average(units + np.abs(origins - origin), axis=0, weights=n)
    return origin, np.full_like(unit, unit.max()) if spherical else unit


def _check_not_empty(rows, dim):
    if rows == 0:
        raise ValueError(
            f"Expected x of shape [N, {dim}] with N >= 1 on some worker, got N = 0 on all; "
            "pass at least one observation."
        )


def _statistics_of_all(source, workers, theta):
    """(mean log-likelihood, Statistics) of the rows of all workers, in the frame of the source."""
    k, dim = theta.mu.shape
    shapes = em.statistics_shapes(k, dim, tuple(theta.scale.shape))
    sizes = [math.prod(shape) for shape in shapes] + [1, 1]
    problem = None
    try:
        sums = source.sums(theta)
    except Exception as error:
        problem, sums = error, [tf.zeros([sum(sizes) - 1], tf.float64)] * len(workers.devices)
    flag = tf.constant([problem is not None], tf.float64)
    total = workers.sum([tf.concat([of_device, flag], axis=0) for of_device in sums])
    *values, rows, problems = tf.split(total, sizes)
    if problems > 0:
        workers.raise_together(problem)
    _check_not_empty(rows, dim)
    statistics = em.Statistics(*(tf.reshape(v, s) for v, s in zip(values, shapes, strict=True)))
    now = float(statistics.log_likelihood / rows[0]) - source.log_unit
    if not math.isfinite(now):
        raise ValueError(f"Expected a finite log-likelihood, got {now}; start nearer to the data.")
    return now, statistics


# Compiled, as that takes a third of the time of the eager call.
@tf.function
def _sum_of_replicas(strategy, vectors):
    return strategy.reduce("SUM", vectors, axis=None)


@tf.function(jit_compile=True)
def _sums_of_parts(parts, count, theta, centred):
    return _joined(all_statistics(parts, theta, centred=centred), count)


@tf.function
def _sums_of_batches(batches, theta, devices):
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


@tf.function(jit_compile=True)
def _sums_of_batch(x, theta):
    return _joined(em.e_step(mixture.to_blocks(x), theta), tf.cast(tf.shape(x)[0], tf.float64))


def _joined(statistics, count):
    """Statistics and the number of observations as one vector, [M]."""
    return tf.concat([tf.reshape(value, [-1]) for value in (*statistics, count)], axis=0)


@tf.function(jit_compile=True)
def _update(statistics, theta, floor):
    return em.update(statistics, theta, floor)
