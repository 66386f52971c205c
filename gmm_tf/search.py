"""The search for the optimum of a likelihood by EM, in units of the data."""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import accelerate, convergence, covariance, loops, mixture, priors
from gmm_tf.blocks import FARTHEST, is_few
from gmm_tf.result import LEAST_OBSERVATIONS, FitResult, climbed, degenerate

# EM steps after which moving a component must have raised the objective.
RESEED_STEPS = 20


class Found(NamedTuple):
    """The end of a run."""

    theta: mixture.Mixture  # of the blocks
    result: FitResult
    objective: float  # the next value of the trace

    @property
    def merit(self):
        """Sort key for the best of several runs: no degenerate component first, then the objective."""
        bad = len(self.result.collapsed) + len(self.result.empty)
        return -bad, self.objective


class Search:
    """EM on one set of data, from any start, in units of the data.

    The objective is the mean log-likelihood, and with a `priors.Prior` its log-density over the number of
    observations is added.
    """

    def __init__(self, model, data, max_steps, tol, rng, bar, width=None, prior=None):
        # Loops have `width` components, of which the additional ones are absent, to share a compilation.
        self.k, self.kind, self.width = model.k, model.covariance, width or model.k
        self.data, self.rng, self.bar, self.rule = data, rng, bar, convergence.rule(tol, max_steps)
        self.floor = data.floor(model.variance_floor, model.scale)
        self.outer_prior = prior
        self.prior = None if prior is None else priors.moved(prior, data.frame.origin, data.frame.unit)
        self.log_unit = tf.constant(data.log_unit - self.unit_of_prior(model.dim), tf.float64)

    def unit_of_prior(self, dim):
        """Log-density of the prior minus that in the units of the blocks, over the number of observations."""
        if self.prior is None:
            return 0.0
        # It is the same for all mixtures: a change of units multiplies a density by a constant.
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
        theta, trace = self.begin(theta), []
        for first in range(0, len(betas), loops.STEPS):
            theta = self.anneal(theta, betas[first : first + loops.STEPS], trace)
        while True:
            rule = self.rule._replace(max_steps=self.rule.max_steps - len(trace))
            if memory:
                theta, values, converged = self.extrapolate(theta, rule, memory)
            else:
                theta, values, converged = self.climb(theta, rule)
            trace += values[:-1]
            moved = None
            if reseed and len(trace) < self.rule.max_steps:
                moved = self.reseeded(theta, values[-1])
            if moved is None:
                return self.found(theta, [*trace, values[-1]], converged)
            theta = moved

    def run_all(self, starts):
        """The Found of each of at most SLOTS starts, from plain EM."""
        return [self.found(*climb) for climb in self.climb_all([*map(self.begin, starts)], self.rule)]

    def begin(self, theta):
        """A start as the loops take it."""
        return mixture.padded(within_reach(theta, self.floor), self.width, self.kind)

    def found(self, theta, values, converged):
        theta = mixture.first_components(theta, self.k)
        result = climbed(values, converged, *degenerate(theta, self.floor, float(self.data.count)))
        likelihood = values[-1] - self.penalty(theta)
        return Found(theta, result._replace(log_likelihood=likelihood), values[-1])

    def climb(self, theta, rule):
        """EM by a rule: (mixture, objective before each step and after the last, whether it converged)."""
        return self.climb_all([theta], rule)[0]

    def climb_all(self, starts, rule):
        """`climb` from each of at most SLOTS starts: one call of the loop, and more for unfinished climbs."""
        few = is_few(*starts[0].mu.shape)
        ends = []
        for theta, values, progress, exact in self.loop(starts, convergence.Progress(), rule, few):
            while not convergence.has_ended(progress, rule):
                # Products of the blocks would lose precision, or save no time.
                centred = few or not exact
                ((theta, more, progress, exact),) = self.loop([theta], progress, rule, centred)
                values += more
            ends.append((theta, values, convergence.is_converged(progress, rule)))
        return ends

    def loop(self, thetas, progress, rule, centred):
        """Results of a call of `em_loop`, a list of (mixture, objectives, Progress, exact)."""
        limit = self.bar.next_limit(progress.seen, rule.max_steps + 1)
        runs, limit = (np.array(value, np.int32) for value in (len(thetas), limit))
        climbs = loops.em_loop(
            self.data.parts, self.data.count, self.log_unit, _in_slots(thetas), runs, self.floor,
            _arrays(rule), _arrays(progress), limit, centred=centred, prior=self.prior,
        )  # fmt: skip
        climbs, found = tf.nest.map_structure(lambda value: value.numpy(), climbs), []
        for i in range(len(thetas)):
            climb = tf.nest.map_structure(lambda value, i=i: value[i], climbs)
            theta = mixture.Mixture(*map(tf.constant, climb.theta))
            found.append((theta, climb.values[: climb.taken].tolist(), climb.progress, climb.exact))
            self.bar.show(climb.progress.seen, log_likelihood=climb.progress.last)
        return found

    def anneal(self, theta, betas, trace):
        padded = np.ones(loops.STEPS)
        padded[: betas.size] = betas
        # Components that coincide at a high temperature need noise to separate (Rose 1998).
        noise = 0.1 * self.rng.standard_normal((loops.STEPS, *theta.mu.shape)) * (padded < 1)[:, None, None]
        theta, values = loops.annealing_loop(
            self.data.parts, self.data.count, self.log_unit, theta, self.floor,
            tf.constant(betas.size),
            tf.constant(padded, theta.mu.dtype), tf.constant(noise, theta.mu.dtype), self.prior,
        )  # fmt: skip
        trace += list(values.numpy()[: betas.size])
        return theta

    def extrapolate(self, theta, rule, memory):
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

        vector, values, converged = accelerate.anderson(step, pack_up(theta), memory, rule)
        return unpack(vector), values, converged

    def must_centre(self, theta):
        """Whether products of the blocks would lose precision, or save no time."""
        return is_few(*theta.mu.shape) or bool(loops.loses_digits(theta))

    def reseeded(self, theta, objective):
        """The mixture with an empty component moved to where it is needed most; None if that gains nothing.

        Args:
            objective: of the unchanged mixture.
        """
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
        tried, rule = [(objective, theta)], self.rule._replace(max_steps=RESEED_STEPS)
        # The smaller its weight, the more it is attracted by this one observation.
        for share in (1.0 / k, 1.0 / float(self.data.count)):
            log_share = tf.cast(math.log(share), theta.mu.dtype)
            log_pi = tf.where(tf.range(k) == empty, log_share, theta.log_pi)
            moved = mixture.normal_mixture(log_pi, mu, scale)
            moved, values, _ = self.climb(moved, rule)
            tried.append((values[-1], moved))
        best = max(tried, key=lambda found: found[0])[1]
        return None if best is theta else best


def _in_slots(thetas):
    """Mixtures as one of arrays with a first axis of SLOTS."""
    more = [thetas[0]] * (loops.SLOTS - len(thetas))
    return mixture.Mixture(*(np.stack(values) for values in zip(*thetas, *more, strict=True)))


def _arrays(numbers):
    """A Rule or a Progress as arrays, so that other values need no new compilation."""
    return type(numbers)(np.asarray(numbers[0], np.float64), *(np.asarray(n, np.int32) for n in numbers[1:]))


def within_reach(theta, floor):
    """The start with means and scales clipped to what the dtype can represent.

    Scales are also clipped to the floor [D], below which the likelihood of the start could not be kept.
    """
    narrow = 0.5 * math.log(max(1e-16, min(1.0, float(np.max(floor)))))
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
