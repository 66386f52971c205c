"""EM for hierarchical mixtures: one loop, any E-step of `e_steps`.

Every E-step computes the same `Statistics`, and no M-step reads anything else.
"""

import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

import numpy as np

from gmm_tf import separable, starts
from gmm_tf.annealing import Schedule, inverse_temperatures
from gmm_tf.checkpoint import Checkpoint
from gmm_tf.codebooks import Codebooks
from gmm_tf.e_steps import EStep, Exact, GFlowNet, MeanField, PolicyNet, Problem, Training
from gmm_tf.gflownet import GFlowNetPosterior
from gmm_tf.hierarchical import MOST_NUMBERS, HierarchicalMixture, Means, log_density, mixture_of
from gmm_tf.inputs import check_count
from gmm_tf.m_steps import MStep, ascend, check_learn, maximise
from gmm_tf.moments import Statistics
from gmm_tf.names import Kind, Learnt, Start
from gmm_tf.shapes import Float, Observations

__all__ = ["EMResult", "State", "ascend", "exact_em", "gflownet_em", "maximise", "tree_em", "variational_em"]

# The log-likelihood is summed if the tree has at most this many leaves, or terms if coordinates separate.
ENUMERABLE = 4**6
# Warn if a policy misses more than this share of the posterior, of at most so many observations.
MISSED = 0.05
CHECKED = 10_000


T = TypeVar("T", Training, PolicyNet)


class EMResult(NamedTuple):
    """Result of a run of EM."""

    means: Float[np.ndarray, "C D"]
    # Mean of log p(x) before each M-step, and at the end, [iterations + 1]; where more than 4096 terms would
    # have to be summed a bound or an estimate of the E-step, NaN of Gibbs sampling.
    log_likelihoods: Float[np.ndarray, "_"]
    # [N, C, B_2, ..., B_L] at the end; None beyond 4096 leaves or 2^27 numbers.
    posterior: Float[np.ndarray, "N ..."] | None
    seconds: float
    objective: Float[np.ndarray, "iterations"]  # of each E-step: log-likelihood, ELBO, or mean loss
    model: GFlowNetPosterior | None
    skipped: int  # M-steps that `threshold` withheld
    path: Float[np.ndarray, "_ C D"]  # means before each M-step, and at the end
    losses: tuple[Any, ...]  # of a policy's Adam steps in each E-step and, last, after the last M-step
    first_level: Float[np.ndarray, "N C"]  # the E-step's q(z_1 | x) under the final means
    mixture: HierarchicalMixture  # with the learnt offsets, std and weights
    parameters: Codebooks  # all of these


class State(NamedTuple):
    """State of a run of EM between two iterations."""

    theta: Codebooks
    q: Any = None  # of the last E-step
    log_likelihoods: tuple[float, ...] = ()
    objective: tuple[float, ...] = ()
    path: tuple[Float[np.ndarray, "C D"], ...] = ()
    losses: tuple[Any, ...] = ()
    skipped: int = 0
    over: bool = False  # the callback ended the run

    @property
    def iteration(self) -> int:
        return len(self.objective)


# Called after each iteration; True ends the run.
Callback: TypeAlias = Callable[[State], Any]


def tree_em(x: Observations, init_means: Means | str, e_step: EStep, iterations: int = 60,
            mixture: HierarchicalMixture | None = None, anneal: Schedule = None,
            learn: Sequence[str] = ("means",), m_step: MStep | None = None, restarts: int = 1,
            threshold: float = np.inf, callback: Callback | None = None,
            checkpoint: str | os.PathLike[str] | None = None, e_step_only: bool = False, track: bool = True,
            seed: int = 0) -> EMResult:  # fmt: skip
    """EM with any E-step.

    Args:
        x: [N, D].
        init_means: [C, D], or "k-means++" or "random" to draw them from x, or `Codebooks` (without mixture).
        e_step: of `e_steps`, such as `Beam(64)`.
        iterations: number of EM iterations, >= 1.
        mixture: a `HierarchicalMixture`; the one with four petals if None.
        anneal: as in `fit_em`. Below 1, the learnt tables also move at random by a tenth of the noise.
        learn: some of "means", "tables", "std", "weights" (`names.Learnt`).
        m_step: (statistics, codebooks) -> codebooks; `maximise(learn)` if None, or `ascend(...)`. It decides
            what changes; `learn` says which sums it gets.
        restarts: number of runs, the first from init_means, the others from "k-means++" (or from "random" if
            init_means is "random"). The run with the highest final log-likelihood is returned.
        threshold: take an M-step only if the objective of the E-step before, a policy's loss, is below this.
        callback: called with the `State` after each iteration; a return value of True ends the run.
        checkpoint: file for the state of an unfinished run; if it exists, that run, and no other, continues.
        e_step_only: keep all parameters fixed.
        track: sum the log-likelihood in each iteration; otherwise it is NaN if the E-step does not know it.
        seed: integer.

    Returns:
        EMResult; `seconds` is the time of all runs.

    Raises:
        ValueError: wrong shape, NaN or infinite, or an argument out of its range.
    """
    check_count("iterations", iterations)
    began, mixture, rng = time.perf_counter(), _mixture(mixture, init_means), np.random.default_rng(seed)
    _check(learn, restarts, checkpoint, e_step, mixture)
    x, step = mixture.check_data(x), _stay if e_step_only else m_step or maximise(learn)
    betas = _betas(anneal, iterations)
    told = (x, betas, sorted(learn), threshold, e_step_only, rng.bit_generator.state)
    kept = Checkpoint(checkpoint, _told(e_step, mixture, init_means), told)
    settings = _Settings(betas, tuple(learn), step, threshold, callback, kept, track)
    starts = _starts(mixture, x, init_means, restarts, rng)
    runs = [_run(e_step, x, theta, settings, rng) for theta, rng in starts]
    best = max(runs, key=lambda result: np.nan_to_num(result.log_likelihoods[-1], nan=-np.inf))
    return best._replace(seconds=time.perf_counter() - began)


def _betas(anneal: Schedule, iterations: int) -> Float[np.ndarray, "iterations"]:
    """The inverse temperature of each iteration."""
    rising = inverse_temperatures(anneal, iterations)
    return np.append(rising, np.ones(iterations - len(rising)))


def _mixture(mixture: HierarchicalMixture | None, init_means: Means | str) -> HierarchicalMixture:
    """The mixture of all runs; that of `Codebooks`, so that further starts differ in the means alone."""
    if isinstance(init_means, Codebooks):
        return mixture_of(init_means)
    return mixture or HierarchicalMixture()


def _check(
    learn: Sequence[str],
    restarts: int,
    checkpoint: str | os.PathLike[str] | None,
    e_step: EStep,
    mixture: HierarchicalMixture,
) -> None:
    """ValueError for a wrong learn, and for restarts that cannot be made or among which nothing chooses."""
    check_learn(learn)
    check_count("restarts", restarts)
    if restarts == 1:
        return
    if checkpoint is not None:
        raise ValueError(f"Expected restarts=1 with a checkpoint, got {restarts}; give each run a file.")
    if getattr(e_step, "policy", None) is not None:
        raise ValueError(f"Expected restarts=1 with a policy, got {restarts}; all runs would train this one.")
    theta = mixture.parameters(np.zeros([mixture.superclusters, mixture.dim]))
    if not getattr(e_step, "has_estimate", True) and not _is_summed(theta, learn):
        raise ValueError(
            f"Expected restarts=1, got {restarts}; this E-step has no log-likelihood of a tree this large by "
            "which a run could be chosen."
        )


def _told(e_step: EStep, mixture: HierarchicalMixture, init_means: Means | str) -> tuple[Any, ...]:
    """The E-step with its options, the tree, and the start, for the mark of a checkpoint.

    The mark has nothing of m_step, callback and track, and of a policy only that there is one.
    """
    # Of drawn means their name, because rounding may differ between machines.
    start = init_means if isinstance(init_means, str) else mixture.parameters(init_means)
    return type(e_step).__qualname__, getattr(e_step, "__dict__", {}), mixture.get_config(), start


def exact_em(x: Observations, init_means: Means | str, iterations: int = 60,
             mixture: HierarchicalMixture | None = None, anneal: Schedule = None, m_step: MStep | None = None,
             e_step_only: bool = False, restarts: int = 1, seed: int = 0,
             **options: Any) -> EMResult:  # fmt: skip
    """EM with the exact posterior (Dempster, Laird & Rubin 1977); arguments as in `tree_em`.

    All leaves are summed, or each coordinate separately if the offsets allow it.
    """
    options |= {"m_step": m_step, "e_step_only": e_step_only, "restarts": restarts, "seed": seed}
    return tree_em(x, init_means, Exact(), iterations, mixture, anneal, **options)


def variational_em(x: Observations, init_means: Means | str, iterations: int = 60,
                   mixture: HierarchicalMixture | None = None, anneal: Schedule = None,
                   m_step: MStep | None = None, e_step_only: bool = False, restarts: int = 1, seed: int = 0,
                   sweeps: int = 1, starts: int = 1, **options: Any) -> EMResult:  # fmt: skip
    """Variational EM with q(z_1) ... q(z_L), initialised at random (Bishop 2006, section 10.1).

    Args:
        sweeps, starts: as in `e_steps.MeanField`. Others as in `tree_em`.
    """
    options |= {"m_step": m_step, "e_step_only": e_step_only, "restarts": restarts, "seed": seed}
    return tree_em(x, init_means, MeanField(sweeps, starts), iterations, mixture, anneal, **options)


def gflownet_em(x: Observations, init_means: Means | str, iterations: int = 60,
                mixture: HierarchicalMixture | None = None, anneal: Schedule = "half",
                m_step: MStep | None = None, e_step_only: bool = False, restarts: int = 1, seed: int = 0,
                training: Training | None = None, net: PolicyNet | None = None, samples: int = 4,
                policy: GFlowNetPosterior | None = None, **options: Any) -> EMResult:  # fmt: skip
    """GFlowNet-EM (Hu et al. 2023, arXiv 2302.06576), annealed unless `anneal` is None.

    Args:
        training: `e_steps.Training`; you may also pass its fields as options (steps=, learning_rate=, ...).
        net: `e_steps.PolicyNet`; its fields likewise (hidden=, objective=, exploration=, look_ahead=).
        samples, policy: as in `e_steps.GFlowNet`.
        options: of `tree_em`; `threshold` is compared with the mean loss of an E-step, in squared nats (nats
            where it is a likelihood: "rws", "sleep" and `sleep`).

    Returns:
        EMResult with the trained model. A policy that misses more than 5 % of the posterior of the final
        means is reported by a RuntimeWarning.
    """
    training, options = _replaced(training or Training(), options)
    net, options = _replaced(net or PolicyNet(), options)
    options |= {"m_step": m_step, "e_step_only": e_step_only, "restarts": restarts, "seed": seed}
    e_step = GFlowNet(training, net, samples, policy)
    result = tree_em(x, init_means, e_step, iterations, mixture, anneal, **options)
    model = cast(GFlowNetPosterior, result.model)
    missed = model.missed_mass(x[:: -(-len(x) // CHECKED)], result.parameters)
    if missed > MISSED:
        warnings.warn(
            f"The policy misses {missed:.0%} of the posterior; train it longer, or explore more.",
            RuntimeWarning,
            stacklevel=2,
        )
    return result


def _replaced(value: T, options: dict[str, Any]) -> tuple[T, dict[str, Any]]:
    """(the NamedTuple with those options that are its fields, the other options)."""
    own = {name: options[name] for name in value._fields if name in options}
    return value._replace(**own), {name: option for name, option in options.items() if name not in own}


class _Settings(NamedTuple):
    """Arguments of `tree_em` that the loop passes on."""

    betas: Float[np.ndarray, "iterations"]  # inverse temperatures
    learn: tuple[str, ...]
    m_step: MStep
    threshold: float
    callback: Callback | None
    checkpoint: Checkpoint
    track: bool


def _starts(
    mixture: HierarchicalMixture,
    x: np.ndarray,
    init_means: Means | str,
    restarts: int,
    rng: np.random.Generator,
) -> Iterator[tuple[Codebooks, np.random.Generator]]:
    """Yield the `Codebooks` that each run starts from, and the generator of the run."""
    for run in range(restarts):
        again = run and not isinstance(init_means, str)
        yield _start(mixture, x, Start.KMEANS if again else init_means, rng), rng


def _run(
    e_step: EStep, x: np.ndarray, theta: Codebooks, settings: _Settings, rng: np.random.Generator
) -> EMResult:
    state, rng = settings.checkpoint.load((State(theta), rng))
    problem = Problem(x, theta, settings.learn, 1.0, rng)
    while state.iteration < len(settings.betas) and not state.over:
        problem = problem._replace(theta=state.theta, beta=float(settings.betas[state.iteration]))
        state = _iterate(e_step, problem, state, settings)
        settings.checkpoint.save((state, rng))
        if settings.callback is not None and settings.callback(state):
            # If the run is killed now, it must not resume with another iteration.
            state = state._replace(over=True)
            settings.checkpoint.save((state, rng))
    problem = problem._replace(theta=state.theta, beta=1.0)
    result = _result(e_step, problem, state)
    settings.checkpoint.remove()
    return result


def _result(e_step: EStep, problem: Problem, state: State) -> EMResult:
    """The EMResult of a run; the E-step is taken once more at the final parameters."""
    q, theta = e_step.finish(problem, state.q), state.theta
    trace = (*state.log_likelihoods, _log_likelihood(e_step, problem, q))
    fits = theta.leaves <= ENUMERABLE and len(problem.x) * theta.leaves <= MOST_NUMBERS
    posterior = e_step.posterior(problem, q) if fits else None
    if posterior is not None:
        posterior = posterior.reshape(len(problem.x), *theta.branching)
    losses = (*state.losses, q.losses) if hasattr(q, "losses") else ()
    return EMResult(
        theta.tables[0],
        np.array(trace),
        posterior,
        0.0,
        np.array(state.objective),
        getattr(q, "model", None),
        state.skipped,
        np.array([*state.path, theta.tables[0]]),
        losses,
        e_step.first_level(problem, q),
        mixture_of(theta),
        theta,
    )


def _iterate(e_step: EStep, problem: Problem, state: State, settings: _Settings) -> State:
    """The state after an E-step and, if it was good enough, an M-step."""
    answer, theta = e_step.step(problem, state.q), problem.theta
    known = answer.statistics.log_likelihood
    if known is None:
        known = _log_likelihood(e_step, problem, answer.q) if settings.track else np.nan
    state = state._replace(
        q=answer.q,
        log_likelihoods=(*state.log_likelihoods, known),
        objective=(*state.objective, answer.objective),
        path=(*state.path, theta.tables[0]),
        losses=(*state.losses, getattr(answer.q, "losses", None)),
    )
    # Without a threshold even a policy that is not trained, and has no loss, gets its M-steps.
    if settings.threshold < np.inf and not answer.objective < settings.threshold:
        return state._replace(skipped=state.skipped + 1)
    theta = settings.m_step(answer.statistics, theta)
    if problem.beta < 1 and settings.m_step is not _stay:
        theta = _shaken(theta, problem)
    return state._replace(theta=theta)


def _shaken(theta: Codebooks, problem: Problem) -> Codebooks:
    """Add noise to what is learnt: branches that coincide at a low inverse temperature would stay equal."""
    count = problem.learnt if {Learnt.MEANS, Learnt.TABLES} & set(problem.learn) else 0
    moved = [
        table + 0.1 * theta.std * problem.generator.standard_normal(table.shape)
        for table in theta.tables[:count]
    ]
    return theta._replace(tables=(*moved, *theta.tables[count:]))


def _log_likelihood(e_step: EStep, problem: Problem, q: Any) -> float:
    """Mean of log p(x), summed if that is cheap, otherwise the E-step's bound or estimate."""
    if _is_summed(problem.theta):
        return float(np.mean(log_density(problem.theta, problem.x)))
    return e_step.estimate(problem._replace(beta=1.0), q)


def _is_summed(theta: Codebooks, learn: Sequence[str] = ()) -> bool:
    """Whether log p(x) is summed; also after learning, for which grids do not count if they are learnt."""
    if theta.leaves <= ENUMERABLE:
        return True
    if {Learnt.TABLES, Learnt.WEIGHTS} & set(learn):
        return False
    parts = separable.split(theta)
    return parts is not None and parts.terms <= ENUMERABLE


def _stay(statistics: Statistics, theta: Codebooks) -> Codebooks:
    return theta


def _start(
    mixture: HierarchicalMixture, x: np.ndarray, init_means: Means | str, rng: np.random.Generator
) -> Codebooks:
    if not isinstance(init_means, str):
        return mixture.parameters(init_means)
    if init_means not in starts.BY_NAME:
        raise ValueError(f"Expected init_means as an array, 'k-means++' or 'random', got {init_means!r}.")
    start = starts.BY_NAME[Start(init_means)](x, mixture.superclusters, Kind.SPHERICAL, rng)
    return mixture.parameters(start.mu.numpy())
