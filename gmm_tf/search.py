"""The search for the optimum of a likelihood by EM, in units of the data."""

import math

import numpy as np
import tensorflow as tf

from gmm_tf import accelerate, covariance, em, loops, mixture
from gmm_tf.blocks import is_few
from gmm_tf.convergence import PATIENCE, converged


class Search:
    """EM on one set of data, from any start, in units of the data."""

    def __init__(self, model, data, max_steps, tol, rng, bar):
        self.data, self.max_steps, self.tol, self.rng, self.bar = data, max_steps, tol, rng, bar
        self.floor = tf.constant(model.variance_floor, tf.float64)
        self.log_unit = tf.constant(data.log_unit, tf.float64)
        self.few = is_few(model.k, model.dim)

    def run(self, theta, betas, memory, reseed):
        """(mixture, trace, what ended it) from a start."""
        theta, trace = within_reach(theta, float(self.floor)), []
        for first in range(0, betas.size, loops.STEPS):
            theta = self.anneal(theta, betas[first : first + loops.STEPS], trace)
        stopped = False
        while len(trace) < self.max_steps:
            if memory:
                theta, stopped = self.extrapolate(theta, trace, memory)
            else:
                theta, stopped = self.climb(theta, trace)
            if not (reseed and len(trace) < self.max_steps):
                break
            moved = self.reseeded(theta)
            if moved is None:
                break
            theta = moved
        return theta, np.array(trace), "tol" if stopped else "max_steps"

    def climb(self, theta, trace):
        """Add EM steps to the trace until they gain too little or are too many."""
        tol = self.tol if self.tol > 0 else -math.inf  # rounding can make a gain negative
        last, calm = tf.constant(-math.inf, tf.float64), tf.constant(0)
        while len(trace) < self.max_steps:
            limit = self.bar.next_limit(len(trace), self.max_steps)
            theta, values, steps, last, calm = loops.em_loop(
                self.data.parts, self.data.count, self.log_unit, theta, self.floor,
                tf.constant(tol, tf.float64), tf.constant(limit), last, calm, centred=self.must_centre(theta)
            )  # fmt: skip
            trace += list(values.numpy()[: int(steps)])
            self.bar.show(len(trace), log_likelihood=trace[-1])
            if calm == PATIENCE:
                return theta, True
        return theta, False

    def anneal(self, theta, betas, trace):
        padded = np.ones(loops.STEPS)
        padded[: betas.size] = betas
        # Components that coincide at a low temperature need noise to part (Rose 1998).
        noise = 0.1 * self.rng.standard_normal((loops.STEPS, *theta.mu.shape)) * (padded < 1)[:, None, None]
        theta, values = loops.annealing_loop(
            self.data.parts, self.data.count, self.log_unit, theta, self.floor,
            tf.constant(betas.size),
            tf.constant(padded, theta.mu.dtype), tf.constant(noise, theta.mu.dtype),
        )  # fmt: skip
        trace += list(values.numpy()[: betas.size])
        return theta

    def extrapolate(self, theta, trace, memory):
        """`climb` by Anderson acceleration, in the logarithmic parameters of `Mixture`."""
        shapes = [value.shape for value in theta]
        ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1]

        def pack_up(theta):
            return np.concatenate([np.ravel(value).astype(np.float64) for value in theta])

        def unpack(vector):
            parts = zip(np.split(vector, ends), shapes, strict=True)
            return mixture.normal_mixture(*(tf.constant(p.reshape(s), theta.mu.dtype) for p, s in parts))

        def step(vector):
            current = unpack(vector)
            value, new = loops.em_step(
                self.data.parts, self.data.count, self.log_unit, current, self.floor,
                centred=self.must_centre(current),
            )  # fmt: skip
            return float(value), pack_up(new)

        most = self.max_steps - len(trace)
        vector, values = accelerate.anderson(step, pack_up(theta), memory, most, self.tol)
        trace += values
        return unpack(vector), converged(values, self.tol)

    def must_centre(self, theta):
        """Whether products of the blocks would lose digits, or win no time."""
        return self.few or bool(loops.loses_digits(theta))

    def objective(self, theta):
        return float(loops.mean_log_likelihood(self.data.parts, self.data.count, theta))

    def reseeded(self, theta):
        """The mixture with an empty component where it is needed most; None if that gains nothing."""
        _, n, *_ = loops.all_statistics(self.data.parts, theta)
        empty = int(tf.argmin(n))
        if n[empty] >= 0.5:
            return None
        worst = min((_worst(part, theta) for part in self.data.parts), key=lambda found: found[0])[1]
        share = math.log(1.0 / float(self.data.count))
        k = theta.mu.shape[0]
        log_pi = tf.where(tf.range(k) == empty, tf.cast(share, theta.mu.dtype), theta.log_pi)
        mu = tf.where(tf.range(k)[:, None] == empty, worst, theta.mu)
        scale = theta.scale
        if scale.shape[0] == k:
            like = tf.cast(tf.argmax(n), tf.int32)
            at = tf.reshape(tf.range(k) == empty, [-1] + [1] * (len(scale.shape) - 1))
            scale = tf.where(at, scale[like], scale)
        moved = mixture.normal_mixture(log_pi, mu, scale)
        return moved if self.objective(moved) > self.objective(theta) else None


def within_reach(theta, variance_floor):
    """The start with no mean so far away, and no component so narrow or wide, that digits run out.

    Nor narrower than the floor, below which the likelihood of the start could not be kept.
    """
    least = max(variance_floor, em.MATRIX_FLOOR if covariance.is_matrix(theta.scale) else 0.0)
    far, narrow = 1e4, math.log(max(1e-8, min(1.0, least**0.5)))
    theta = theta._replace(mu=tf.clip_by_value(theta.mu, -far, far))
    if not covariance.is_matrix(theta.scale):
        return theta._replace(scale=tf.clip_by_value(theta.scale, narrow, -narrow))
    wide = tf.cast(theta.scale, tf.float64)
    diagonal = tf.clip_by_value(tf.linalg.diag_part(wide), narrow, -narrow)
    root = covariance.factor(tf.linalg.set_diag(wide, diagonal))
    sigmas, directions, _ = tf.linalg.svd(root)
    bounded = tf.clip_by_value(sigmas, math.exp(narrow), math.exp(-narrow))
    bounded = tf.maximum(bounded, 1e-6 * bounded[:, :1])
    if tf.reduce_all(bounded == tf.linalg.svd(covariance.factor(wide), compute_uv=False)):
        return theta
    half = directions * bounded[:, None]
    root = tf.linalg.cholesky(tf.matmul(half, half, transpose_b=True))
    return theta._replace(scale=tf.cast(covariance.from_factor(root), theta.mu.dtype))


def _worst(part, theta):
    """(lowest log-density, its observation [D]) of a part."""
    x = tf.transpose(part.x, [0, 1, 3, 2])
    x = tf.reshape(x, [-1, x.shape[-1]])
    log_px = mixture.log_likelihood(x, theta)[:, 0]
    at = tf.argmin(log_px)
    return float(log_px[at]), x[at]
