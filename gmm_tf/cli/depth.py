"""E-steps of hierarchical mixtures with more and more levels."""

import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from gmm_tf.cli.experiment import PRECISE_TRAINING, total_variation
from gmm_tf.data import TRUE_MEANS
from gmm_tf.gflownet import GFlowNetPosterior
from gmm_tf.hierarchical import HierarchicalMixture, exact_statistics
from gmm_tf.hierarchical_em import ENUMERABLE

# Leaves up to which the exact E-step, in pieces, takes seconds.
SUMMABLE = 4**8
# Adam steps whose time does not count: the first compiles.
WARM_UP = 64
# Draws of an observation that estimate its log-likelihood.
DRAWS = 64


class Level(NamedTuple):
    """What was measured of a tree; None where the exact sums are out of reach."""

    levels: int
    leaves: int
    exact_seconds: float | None  # of one E-step
    step_milliseconds: float  # of one Adam step of the GFlowNet
    train_seconds: float
    peak_megabytes: float  # of the process of the GFlowNet alone, TensorFlow included
    total_variation: float | None
    log_likelihood: float | None
    importance_log_likelihood: float
    effective_sample_size: float  # of the importance weights, as a share of the draws, mean over x


def measure(levels, n, steps, hidden, seed):
    """Train a GFlowNet on a tree of so many levels of four branches, at the true means; -> Level."""
    tree = HierarchicalMixture(levels=levels)
    x = tree.sample(n, TRUE_MEANS, seed)
    model = GFlowNetPosterior(tree, hidden=hidden, seed=seed)
    model.train(x, TRUE_MEANS, WARM_UP, **PRECISE_TRAINING)
    began = time.perf_counter()
    model.train(x, TRUE_MEANS, steps, decay=True, **PRECISE_TRAINING)
    seconds = time.perf_counter() - began
    weights = model.importance_weights(x, TRUE_MEANS, DRAWS)
    total = np.logaddexp.reduce(weights, axis=0)
    share = np.exp(weights - total)
    peak = peak_megabytes()
    variation = exact = log_likelihood = None
    if tree.leaves <= SUMMABLE:
        for _ in range(2):  # the first call compiles
            began = time.perf_counter()
            log_likelihood = exact_statistics(tree, x, tree.check_means(TRUE_MEANS)).log_likelihood
            exact = time.perf_counter() - began
    if tree.leaves <= ENUMERABLE:
        # Of a thousand observations: the tables of all would fill the memory.
        some = x[:1000]
        variation = total_variation(tree.posterior(some, TRUE_MEANS), model.probabilities(some).numpy())
    return Level(
        levels, tree.leaves, exact, 1e3 * seconds / steps, seconds, peak, variation, log_likelihood,
        float(np.mean(total) - np.log(DRAWS)), float(np.mean(1 / np.sum(share**2, axis=0)) / DRAWS),
    )  # fmt: skip


def levels(least, most, n, steps, hidden, seed):
    """Yield a `Level` for each number of levels, each from a process of its own."""
    context = get_context("spawn")
    for count in range(least, most + 1):
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            yield pool.submit(measure, count, n, steps, hidden, seed).result()


def peak_megabytes():
    """The most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
