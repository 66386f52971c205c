"""Cost and accuracy of E-steps of hierarchical mixtures with an increasing number of levels.

Seconds are CPU time of all threads, which other work on the machine hardly changes.
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np

from gmm_tf import e_steps
from gmm_tf.cli.experiment import PRECISE_TRAINING, total_variation
from gmm_tf.data import TRUE_MEANS
from gmm_tf.gflownet import GFlowNetPosterior
from gmm_tf.hierarchical import HierarchicalMixture
from gmm_tf.hierarchical_em import ENUMERABLE

# E-steps without a policy, the first exact.
ENUMERATED: dict[str, e_steps.EStep] = {
    "exact": e_steps.Exact(),
    "4 levels and a Gaussian": e_steps.Remainder(4),
    "mean-field, best of 5": e_steps.MeanField(sweeps=30, starts=5),
    "beam of 64": e_steps.Beam(64),
    "Gibbs, 200 sweeps": e_steps.Gibbs(200),
}
# Policies and their objectives; every step sees the same number of paths.
TRAINED: dict[str, dict[str, Any]] = {
    "GFlowNet": {},
    "GFlowNet without look-ahead": {"look_ahead": False},
    "wake-sleep": {"objective": "sleep", "look_ahead": False},
    "wake-sleep, look-ahead": {"objective": "sleep"},
    "reweighted wake-sleep": {"objective": "rws", "look_ahead": False},
    "reweighted wake-sleep, look-ahead": {"objective": "rws"},
}
ROLLOUTS = {"reweighted wake-sleep": 8, "reweighted wake-sleep, look-ahead": 8}
METHODS = (*list(ENUMERATED)[1:], *TRAINED)
# Adam steps of another policy, which are not timed, because the first one compiles.
WARM_UP = 64
# Draws per observation for estimating its log-likelihood.
DRAWS = 64
# Observations whose posteriors are compared.
COMPARED = 1000


class Level(NamedTuple):
    """Measurements of a tree; those of a policy without a name are of "GFlowNet"."""

    levels: int
    leaves: int
    exact_seconds: float  # of one E-step
    step_milliseconds: float  # of one Adam step
    train_seconds: float
    peak_megabytes: float  # of the process when the GFlowNet was trained, including TensorFlow
    total_variation: float | None  # of all leaves, where there are at most 4096
    log_likelihood: float  # exact
    importance_log_likelihood: float
    effective_sample_size: float  # of the importance weights, as a share of the draws, mean over x
    variations: tuple[float, ...]  # of q(z_1), of each of METHODS
    seconds: tuple[float, ...]  # of one E-step, or of the training, of each of METHODS

    def row(self) -> dict[str, Any]:
        """Names and numbers, a column each."""
        named = dict(zip(self._fields[:-2], self[:-2], strict=True))
        for what, label in (("variations", "variation"), ("seconds", "seconds")):
            named |= {f"{label}: {m}": value for m, value in zip(METHODS, getattr(self, what), strict=True)}
        return named


def measure(levels: int, n: int, steps: int, hidden: list[int], seed: int) -> Level:
    """All E-steps of a tree with this number of levels of four branches, at the true means; -> Level."""
    tree = HierarchicalMixture(levels=levels)
    theta = tree.parameters(TRUE_MEANS)
    x = tree.sample(n, TRUE_MEANS, seed)
    model, seconds = _trained("GFlowNet", tree, x, steps, hidden, seed)
    times, (peak, variation, estimate, size) = {"GFlowNet": seconds}, _quality(model, tree, x)
    some = e_steps.Problem(x[:COMPARED], theta, rng=np.random.default_rng(seed))
    guesses = {"GFlowNet": model.first_level(some.x)}
    for name in list(TRAINED)[1:]:
        model, times[name] = _trained(name, tree, x, steps, hidden, seed)
        guesses[name] = model.first_level(some.x)
    for name, e_step in ENUMERATED.items():
        times[name], answer = _timed(e_step, some._replace(x=x))
        if name == "exact":
            log_likelihood, truth = answer.objective, e_step.first_level(some, None)
        else:
            guesses[name] = e_step.first_level(some, e_step.step(some, None).q)
    return Level(
        levels,
        tree.leaves,
        times["exact"],
        1e3 * seconds / steps,
        seconds,
        peak,
        variation,
        log_likelihood,
        estimate,
        size,
        tuple(total_variation(truth, guesses[name]) for name in METHODS),
        tuple(times[name] for name in METHODS),
    )


def _trained(
    name: str, tree: HierarchicalMixture, x: np.ndarray, steps: int, hidden: list[int], seed: int
) -> tuple[GFlowNetPosterior, float]:
    """A policy after this number of Adam steps, and their CPU seconds."""
    model, other = (GFlowNetPosterior(tree, hidden=hidden, seed=seed, **TRAINED[name]) for _ in range(2))
    rollouts = ROLLOUTS.get(name)
    options: dict[str, Any] = {**PRECISE_TRAINING, "rollouts": rollouts}
    options["batch_size"] //= rollouts or 1
    other.train(x, TRUE_MEANS, WARM_UP, **options)
    began = time.process_time()
    model.train(x, TRUE_MEANS, steps, decay=True, **options)
    return model, time.process_time() - began


def _quality(
    model: GFlowNetPosterior, tree: HierarchicalMixture, x: np.ndarray
) -> tuple[float, float | None, float, float]:
    """(peak MiB, total variation or None, estimate of log p(x), effective sample size)."""
    weights = model.importance_weights(x, TRUE_MEANS, DRAWS)
    total = np.logaddexp.reduce(weights, axis=0)
    share = np.exp(weights - total)
    peak, variation = peak_megabytes(), None
    if tree.leaves <= ENUMERABLE:
        # For some observations only: the tables of all would fill the memory.
        some = x[:COMPARED]
        variation = total_variation(tree.posterior(some, TRUE_MEANS), model.probabilities(some).numpy())
    size = float(np.mean(1 / np.sum(share**2, axis=0)) / DRAWS)
    return peak, variation, float(np.mean(total) - np.log(DRAWS)), size


def _timed(e_step: e_steps.EStep, problem: e_steps.Problem) -> tuple[float, e_steps.Answer]:
    """CPU seconds of an E-step after one that compiles, and its answer."""
    e_step.step(problem, None)
    began = time.process_time()
    answer = e_step.step(problem, None)
    return time.process_time() - began, answer


def levels(least: int, most: int, n: int, steps: int, hidden: list[int], seed: int) -> Iterator[Level]:
    """Yield a `Level` for each number of levels, each from a separate process."""
    context = get_context("spawn")
    for count in range(least, most + 1):
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            yield pool.submit(measure, count, n, steps, hidden, seed).result()


def peak_megabytes() -> float:
    """The most memory that this process has held so far; NaN on Windows, where Python cannot ask."""
    try:
        import resource
    except ModuleNotFoundError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
