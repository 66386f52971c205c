"""The search for the optimum of a likelihood by EM, in units of the data."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeAlias, TypeVar

import numpy as np
import tensorflow as tf

from gmm_tf import accelerate, convergence, covariance, loops, mixture, priors
from gmm_tf.blocks import FARTHEST, Data, Part, is_few
from gmm_tf.mixture import Mixture
from gmm_tf.progress import Bar
from gmm_tf.result import LEAST_OBSERVATIONS, FitResult, climbed, degenerate
from gmm_tf.shapes import Float, Tensor

if TYPE_CHECKING:
    from gmm_tf.models import MixtureModel

# EM steps after which moving a component must have raised the objective.
RESEED_STEPS = 20


class Found(NamedTuple):
    """The end of a run."""

    theta: Mixture  # of the blocks
    result: FitResult
    objective: float  # the next value of the trace

    @property
    def merit(self) -> tuple[int, float]:
        """Sort key for the best of several runs: no degenerate component first, then the objective."""
        bad = len(self.result.collapsed) + len(self.result.empty)
        return -bad, self.objective


# (mixture, objective before each step and after the last, whether it converged)
Climbed: TypeAlias = tuple[mixture.Mixture, list[float], bool]
T = TypeVar("T", convergence.Rule, convergence.Progress)


class Subject(NamedTuple):
    """A kind of mixture, and the data that it is fitted to."""

    k: int
    kind: str  # of the covariances
    variance_floor: float
    data: Data
    # Loops have so many components, of which the additional ones are absent, to share a compilation.
    width: int
    prior: priors.Prior | None = None

    @property
    def scale_shape(self) -> tuple[int, ...]:
        """Of its components."""
        return covariance.scale_shape(self.k, len(self.data.frame.unit), self.kind)


def subject(
    model: "MixtureModel", data: Data, width: int | None = None, prior: priors.Prior | None = None
) -> Subject:
    """The Subject of a fit of a model.

    Args:
        width: as in `fit_em`; the model's number of components if None.
    """
    return Subject(model.k, model.covariance, model.variance_floor, data, width or model.k, prior)


class Route(NamedTuple):
    """How a run goes on from its start."""

    betas: Float[np.ndarray, "steps"] = np.empty(0)  # inverse temperatures of its first steps
    memory: int = 0  # steps that an extrapolation uses
    reseed: bool = False  # whether empty components are moved


PLAIN = Route()


class Search:
    """EM on one set of data, from any start, in units of the data.

    The objective is the mean log-likelihood, and with a `priors.Prior` its log-density over the number of
    observations is added.
    """

    def __init__(self, subject: Subject, rule: convergence.Rule, rng: np.random.Generator, bar: Bar) -> None:
        self.subject, self.rule, self.rng, self.bar = subject, rule, rng, bar
        data, prior = subject.data, subject.prior
        if prior is not None:
            prior = priors.moved(prior, data.frame.origin, data.frame.unit)
        log_unit = data.log_unit - _unit_of_prior(subject, prior)
        floor = data.floor(subject.variance_floor, subject.scale_shape)
        self.problem = loops.Problem(data.parts, data.count, tf.constant(log_unit, tf.float64), floor, prior)

    def run(self, theta: Mixture, route: Route = PLAIN) -> Found:
        """The Found of a start, a mixture of the blocks."""
        theta, trace = self.begin(theta), list[float]()
        for first in range(0, len(route.betas), loops.STEPS):
            theta = self.anneal(theta, route.betas[first : first + loops.STEPS], trace)
        while True:
            rule = self.rule._replace(max_steps=self.rule.max_steps - len(trace))
            if route.memory:
                theta, values, converged = self.extrapolate(theta, rule, route.memory)
            else:
                theta, values, converged = self.climb(theta, rule)
            trace += values[:-1]
            moved = None
            if route.reseed and len(trace) < self.rule.max_steps:
                moved = self.reseeded(theta, values[-1])
            if moved is None:
                return self.found(theta, [*trace, values[-1]], converged)
            theta = moved

    def run_all(self, starts: Sequence[Mixture]) -> list[Found]:
        """The Found of each of at most SLOTS starts, from plain EM."""
        return [self.found(*climb) for climb in self.climb_all([*map(self.begin, starts)], self.rule)]

    def begin(self, theta: Mixture) -> Mixture:
        """A start as the loops take it."""
        return mixture.padded(within_reach(theta, self.problem.floor), self.subject.width, self.subject.kind)

    def found(self, theta: Mixture, values: list[float], converged: bool) -> Found:
        theta = mixture.first_components(theta, self.subject.k)
        found = degenerate(theta, self.problem.floor, float(self.problem.count))
        result = climbed(values, converged, *found)
        likelihood = values[-1] - _penalty(self.subject, theta)
        return Found(theta, result._replace(log_likelihood=likelihood), values[-1])

    def climb(self, theta: Mixture, rule: convergence.Rule) -> Climbed:
        """EM by a rule: (mixture, objective before each step and after the last, whether it converged)."""
        return self.climb_all([theta], rule)[0]

    def climb_all(self, starts: Sequence[Mixture], rule: convergence.Rule) -> list[Climbed]:
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

    def loop(
        self, thetas: Sequence[Mixture], progress: convergence.Progress, rule: convergence.Rule, centred: bool
    ) -> list[tuple[Mixture, list[float], convergence.Progress, bool]]:
        """Results of a call of `em_loop`, a list of (mixture, objectives, Progress, exact)."""
        most = self.bar.next_limit(progress.seen, rule.max_steps + 1)
        runs, limit = (np.array(value, np.int32) for value in (len(thetas), most))
        starts = loops.Starts(_in_slots(thetas), runs, _arrays(progress))
        climbs = loops.em_loop(self.problem, starts, _arrays(rule), limit, centred=centred)
        climbs, found = tf.nest.map_structure(lambda value: value.numpy(), climbs), []
        for i in range(len(thetas)):
            climb = tf.nest.map_structure(lambda value, i=i: value[i], climbs)
            theta = mixture.Mixture(*map(tf.constant, climb.theta))
            found.append((theta, climb.values[: climb.taken].tolist(), climb.progress, climb.exact))
            self.bar.show(climb.progress.seen, log_likelihood=climb.progress.last)
        return found

    def anneal(self, theta: Mixture, betas: np.ndarray, trace: list[float]) -> Mixture:
        padded = np.ones(loops.STEPS)
        padded[: betas.size] = betas
        # Components that coincide at a high temperature need noise to separate (Rose 1998).
        noise = 0.1 * self.rng.standard_normal((loops.STEPS, *theta.mu.shape)) * (padded < 1)[:, None, None]
        betas_of_steps, moves = (tf.constant(value, theta.mu.dtype) for value in (padded, noise))
        heat = loops.Heat(betas_of_steps, moves, tf.constant(betas.size))
        theta, values = loops.annealing_loop(self.problem, theta, heat)
        trace += list(values.numpy()[: betas.size])
        return theta

    def extrapolate(self, theta: Mixture, rule: convergence.Rule, memory: int) -> Climbed:
        """`climb` by Anderson acceleration, in the logarithmic parameters of `Mixture`."""
        shapes = [value.shape for value in theta]
        ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1]

        def pack_up(theta: Mixture) -> np.ndarray:
            return np.concatenate([np.ravel(value).astype(np.float64) for value in theta])

        def unpack(vector: np.ndarray) -> Mixture:
            parts = zip(np.split(vector, ends), shapes, strict=True)
            return mixture.normal_mixture(*(tf.constant(p.reshape(s), theta.mu.dtype) for p, s in parts))

        def step(vector: np.ndarray) -> tuple[float, np.ndarray]:
            current = unpack(vector)
            value, new = loops.em_step(self.problem, current, centred=_must_centre(current))
            return float(value), pack_up(new)

        vector, values, converged = accelerate.anderson(step, pack_up(theta), memory, rule)
        return unpack(vector), values, converged

    def reseeded(self, theta: Mixture, objective: float) -> Mixture | None:
        """The mixture with an empty component moved to where it is needed most; None if that gains nothing.

        Args:
            objective: of the unchanged mixture.
        """
        n = loops.all_statistics(self.problem.parts, theta).n
        n = tf.where(mixture.is_absent(theta), tf.cast(math.inf, n.dtype), n)
        empty = int(tf.argmin(n))
        if n[empty] >= LEAST_OBSERVATIONS:
            return None
        worst = min((_worst(part, theta) for part in self.problem.parts), key=lambda found: found[0])[1]
        k = theta.mu.shape[0]
        mu = tf.where(tf.range(k)[:, None] == empty, worst, theta.mu)
        scale = theta.scale
        if scale.shape[0] == k:
            like = tf.cast(tf.argmax(theta.log_pi), tf.int32)
            at = tf.reshape(tf.range(k) == empty, [-1] + [1] * (len(scale.shape) - 1))
            scale = tf.where(at, scale[like], scale)
        tried, rule = [(objective, theta)], self.rule._replace(max_steps=RESEED_STEPS)
        # The smaller its weight, the more it is attracted by this one observation.
        for share in (1.0 / k, 1.0 / float(self.problem.count)):
            log_share = tf.cast(math.log(share), theta.mu.dtype)
            log_pi = tf.where(tf.range(k) == empty, log_share, theta.log_pi)
            moved = mixture.normal_mixture(log_pi, mu, scale)
            moved, values, _ = self.climb(moved, rule)
            tried.append((values[-1], moved))
        best = max(tried, key=lambda found: found[0])[1]
        return None if best is theta else best


def _must_centre(theta: Mixture) -> bool:
    """Whether products of the blocks would lose precision, or save no time."""
    return is_few(*theta.mu.shape) or bool(loops.loses_digits(theta))


def _unit_of_prior(subject: Subject, inside: priors.Prior | None) -> float:
    """Log-density of the prior minus that in the units of the blocks, over the number of observations.

    Args:
        inside: the prior in these units.
    """
    if inside is None:
        return 0.0
    # It is the same for all mixtures: a change of units multiplies a density by a constant.
    shapes = (subject.k,), (subject.k, len(subject.data.frame.unit)), subject.scale_shape
    theta = mixture.Mixture(*(tf.zeros(shape, tf.float64) for shape in shapes))
    return _penalty(subject, theta) - float(priors.log_kernel(theta, inside) / subject.data.count)


def _penalty(subject: Subject, theta: Mixture) -> float:
    """Log-density of the prior at a mixture of the blocks, over the number of observations."""
    if subject.prior is None:
        return 0.0
    outside = subject.data.outside(mixture.cast(theta, tf.float64))
    return float(priors.log_density(outside, subject.prior) / subject.data.count)


def _in_slots(thetas: Sequence[Mixture]) -> Annotated[Mixture, "each with a first axis of SLOTS"]:
    """Mixtures as one of arrays with a first axis of SLOTS."""
    more = [thetas[0]] * (loops.SLOTS - len(thetas))
    # Where functions run eagerly, nothing else makes tensors of them.
    return mixture.Mixture(*(tf.constant(np.stack(v)) for v in zip(*thetas, *more, strict=True)))


def _arrays(numbers: T) -> T:
    """A Rule or a Progress as arrays, so that other values need no new compilation."""
    first, *others = numbers
    return type(numbers)(np.asarray(first, np.float64), *(np.asarray(n, np.int32) for n in others))


def within_reach(theta: Mixture, floor: Float[Tensor, "D"]) -> Mixture:
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


def _worst(part: Part, theta: Mixture) -> tuple[float, Float[Tensor, "D"]]:
    """(lowest log-density, its observation [D]) of a part."""
    x = tf.transpose(part.x, [0, 1, 3, 2])
    x = tf.reshape(x, [-1, x.shape[-1]])
    log_px = mixture.log_likelihood(x, theta)[:, 0]
    at = tf.argmin(log_px)
    return float(log_px[at]), x[at]
