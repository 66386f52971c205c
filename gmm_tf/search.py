"""The search for the optimum of a likelihood by EM, in units of the data."""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import accelerate, covariance, loops, mixture, priors
from gmm_tf.blocks import FARTHEST, is_few
from gmm_tf.convergence import converged, patience
from gmm_tf.result import LEAST_OBSERVATIONS, FitResult, degenerate

# EM steps after which a component that was moved must have gained.
RESEED_STEPS = 20


class Found(NamedTuple):
    """The end of a run."""

    theta: mixture.Mixture  # of the blocks
    result: FitResult
    objective: float  # what the trace would go on with

    @property
    def merit(self):
        """What the best of several runs has most of: sound components, then the objective."""
        bad = len(self.result.collapsed) + len(self.result.empty)
        return -bad, self.objective


class Search:
    """EM on one set of data, from any start, in units of the data.

    The objective is the mean log-likelihood, and with a `priors.Prior` its log-density over the number of
    observations is added.
    """

    def __init__(self, model, data, max_steps, tol, rng, bar, width=None, prior=None):
        # Loops hold as many components as `width`, those beyond the model's absent, and share a compilation.
        self.k, self.kind, self.width = model.k, model.covariance, width or model.k
        self.data, self.max_steps, self.tol, self.rng, self.bar = data, max_steps, tol, rng, bar
        self.floor = data.floor(model.variance_floor, model.scale)
        self.outer_prior = prior
        self.prior = None if prior is None else priors.moved(prior, data.frame.origin, data.frame.unit)
        self.log_unit = tf.constant(data.log_unit - self.unit_of_prior(model.dim), tf.float64)

    def unit_of_prior(self, dim):
        """What the prior's log-density, over the number of observations, is above that in the blocks."""
        if self.prior is None:
            return 0.0
        # The same for all mixtures: a density changes with its units by a factor.
        shape = covariance.scale_shape(self.k, dim, self.kind)
        any_theta = mixture.Mixture(*(tf.zeros(s, tf.float64) for s in ((self.k,), (self.k, dim), shape)))
        inside = priors.log_kernel(any_theta, self.prior)
        return self.penalty(any_theta) - float(inside / self.data.count)

    def penalty(self, theta):
        """Log-density of the prior at a mixture of the blocks, over the number of observations."""
        if self.prior is None:
            return 0.0
        outside = self.data.outside(mixture.cast(theta, tf.float64))
        return float(priors.log_density(outside, self.outer_prior) / self.data.count)

    def run(self, theta, betas=(), memory=0, reseed=False):
        """The Found of a start, a mixture of the blocks."""
        theta, trace = within_reach(theta, self.floor), []
        theta = mixture.padded(theta, self.width, self.kind)
        for first in range(0, len(betas), loops.STEPS):
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
        return self.found(theta, trace, stopped)

    def found(self, theta, trace, stopped):
        last = self.objective(theta)
        theta = mixture.first_components(theta, self.k)
        stopped = stopped or converged([*trace, last], self.tol, self.max_steps)
        collapsed, empty = degenerate(theta, self.floor, float(self.data.count))
        ended = "tol" if stopped else "max_steps"
        likelihood = last - self.penalty(theta)
        result = FitResult(np.array(trace), len(trace), ended, likelihood, stopped, collapsed, empty)
        return Found(theta, result, last)

    def climb(self, theta, trace):
        """Add EM steps to the trace until they are calm or too many."""
        progress = loops.no_progress()
        while len(trace) < self.max_steps:
            limit = self.bar.next_limit(len(trace), self.max_steps)
            theta, values, steps, progress = self.loop(theta, limit, progress)
            trace += list(values.numpy()[: int(steps)])
            self.bar.show(len(trace), log_likelihood=trace[-1])
            if progress.calm >= patience(self.max_steps):
                return theta, True
        return theta, False

    def loop(self, theta, limit, progress):
        tol = self.tol if self.tol > 0 else -math.inf  # rounding can make a gain negative
        return loops.em_loop(
            self.data.parts, self.data.count, self.log_unit, theta, self.floor,
            tf.constant(tol, tf.float64), tf.constant(limit), tf.constant(patience(self.max_steps)),
            progress, centred=self.must_centre(theta), prior=self.prior,
        )  # fmt: skip

    def objective(self, theta):
        """The objective, by the loop that is compiled already."""
        return float(self.loop(theta, 1, loops.no_progress())[1][0])

    def anneal(self, theta, betas, trace):
        padded = np.ones(loops.STEPS)
        padded[: betas.size] = betas
        # Components that coincide at a low temperature need noise to part (Rose 1998).
        noise = 0.1 * self.rng.standard_normal((loops.STEPS, *theta.mu.shape)) * (padded < 1)[:, None, None]
        theta, values = loops.annealing_loop(
            self.data.parts, self.data.count, self.log_unit, theta, self.floor,
            tf.constant(betas.size),
            tf.constant(padded, theta.mu.dtype), tf.constant(noise, theta.mu.dtype), self.prior,
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
                centred=self.must_centre(current), prior=self.prior,
            )  # fmt: skip
            return float(value), pack_up(new)

        most = self.max_steps - len(trace)
        vector, values = accelerate.anderson(step, pack_up(theta), memory, most, self.tol)
        trace += values
        return unpack(vector), converged(values, self.tol, self.max_steps)

    def must_centre(self, theta):
        """Whether products of the blocks would lose digits, or win no time."""
        return is_few(*theta.mu.shape) or bool(loops.loses_digits(theta))

    def reseeded(self, theta):
        """The mixture with an empty component where it is needed most; None if that gains nothing."""
        _, n, *_ = loops.all_statistics(self.data.parts, theta)
        n = tf.where(mixture.is_absent(theta), tf.cast(math.inf, n.dtype), n)
        empty = int(tf.argmin(n))
        if n[empty] >= LEAST_OBSERVATIONS:
            return None
        worst = min((_worst(part, theta) for part in self.data.parts), key=lambda found: found[0])[1]
        k = theta.mu.shape[0]
        mu = tf.where(tf.range(k)[:, None] == empty, worst, theta.mu)
        scale = theta.scale
        if scale.shape[0] == k:
            like = tf.cast(tf.argmax(theta.log_pi), tf.int32)
            at = tf.reshape(tf.range(k) == empty, [-1] + [1] * (len(scale.shape) - 1))
            scale = tf.where(at, scale[like], scale)
        tried = [theta]
        # The smaller its share, the more it is drawn to this one observation.
        for share in (1.0 / k, 1.0 / float(self.data.count)):
            log_share = tf.cast(math.log(share), theta.mu.dtype)
            log_pi = tf.where(tf.range(k) == empty, log_share, theta.log_pi)
            moved = mixture.normal_mixture(log_pi, mu, scale)
            tried.append(self.loop(moved, RESEED_STEPS, loops.no_progress())[0])
        best = max(tried, key=self.objective)
        return None if best is theta else best


def within_reach(theta, floor):
    """The start with no mean so far away, and no component so narrow or wide, that digits run out.

    Nor narrower than the floor [D], below which the likelihood of the start could not be kept.
    """
    narrow = 0.5 * math.log(max(1e-16, min(1.0, float(tf.reduce_max(floor)))))
    wide = math.log(FARTHEST)
    theta = theta._replace(mu=tf.clip_by_value(theta.mu, -FARTHEST, FARTHEST))
    if not covariance.is_matrix(theta.scale):
        return theta._replace(scale=tf.clip_by_value(theta.scale, narrow, wide))
    scale = tf.cast(theta.scale, tf.float64)
    diagonal = tf.clip_by_value(tf.linalg.diag_part(scale), narrow, wide)
    root = covariance.factor(tf.linalg.set_diag(scale, diagonal))
    sigmas, directions, _ = tf.linalg.svd(root)
    bounded = tf.clip_by_value(sigmas, math.exp(narrow), FARTHEST)
    bounded = tf.maximum(bounded, 1e-6 * bounded[:, :1])
    if tf.reduce_all(bounded == tf.linalg.svd(covariance.factor(scale), compute_uv=False)):
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
