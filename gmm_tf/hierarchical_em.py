"""EM for hierarchical mixtures: one loop, three E-steps.

`means` are those of the superclusters. Every E-step leaves the same `Statistics`, and no M-step reads
anything else.
"""

import time
import warnings
from typing import NamedTuple

import numpy as np

from gmm_tf import starts
from gmm_tf.e_steps import Exact, GFlowNet, MeanField
from gmm_tf.fit import check_at_least, check_rising
from gmm_tf.gflownet import GFlowNetPosterior
from gmm_tf.hierarchical import HierarchicalMixture, exact_statistics

# So small an inverse temperature makes all starts alike.
LEAST_BETA = 0.05
# Trees up to so many leaves have their log-likelihood and posterior enumerated.
ENUMERABLE = 4**6
# A supercluster that is expected to explain less than so much of an observation keeps its mean.
EMPTY = 1e-9
# Share of the posterior that a policy may miss before the user is told.
MISSED = 0.05


class EMResult(NamedTuple):
    """What a run of EM found."""

    means: np.ndarray  # [C, D]
    log_likelihoods: np.ndarray  # [iterations + 1], mean of log p(x) before each M-step, and at the end;
    # beyond 4096 leaves of variational_em the ELBO, of gflownet_em an estimate from 16 draws of each x
    posterior: np.ndarray | None  # [N, C, B_2, ..., B_L] under the final means; None beyond 4096 leaves
    seconds: float
    objective: np.ndarray  # [iterations], of each E-step: log-likelihood, ELBO, or mean loss of a policy
    model: GFlowNetPosterior | None = None
    skipped: int = 0  # M-steps that `threshold` withheld


def exact_em(x, init_means, iterations=60, mixture=None, anneal=None, m_step=None, e_step_only=False,
             restarts=1, seed=0):  # fmt: skip
    """EM with the posterior over all leaves (Dempster, Laird & Rubin 1977).

    Args:
        x: [N, D].
        init_means: [C, D], or "k-means++" or "random" to draw them from x.
        iterations: number of EM iterations, >= 1.
        mixture: a `HierarchicalMixture`; the one with four petals if None.
        anneal: inverse temperatures of the first iterations, rising to 1 (Ueda & Nakano 1998); "half"
            for 0.05 to 1 during half of the iterations. Each below 1 also moves the means by a tenth of
            the noise, at random.
        m_step: (statistics, means, mixture) -> means; `maximise` if None, or `ascend(...)`.
        e_step_only: leave the means as they are.
        restarts: number of runs, the first from init_means, others from "k-means++" (from "random"
            if that is asked for). The one with the highest final log-likelihood is returned.
        seed: integer.

    Returns:
        EMResult; `seconds` is the time of all runs.

    Raises:
        ValueError: wrong shape, NaN or infinite, or an argument out of its range.
    """

    def e_step(mixture, x, rng):
        return Exact(mixture, x)

    return _best(x, init_means, iterations, mixture, anneal, m_step, e_step_only, restarts, seed, e_step)


def variational_em(x, init_means, iterations=60, mixture=None, anneal=None, m_step=None, e_step_only=False,
                   restarts=1, seed=0, sweeps=1):  # fmt: skip
    """Variational EM with q(z_1) ... q(z_L), which starts at random (Bishop 2006, section 10.1).

    Args:
        sweeps: coordinate ascents of each E-step, >= 1. Others as in `exact_em`.
    """
    check_at_least("sweeps", sweeps, 1)

    def e_step(mixture, x, rng):
        q = [rng.random([len(x), len(table)]) for table in mixture.offsets]
        return MeanField(mixture, x, [each / each.sum(1, keepdims=True) for each in q], sweeps)

    return _best(x, init_means, iterations, mixture, anneal, m_step, e_step_only, restarts, seed, e_step)


def gflownet_em(x, init_means, iterations=60, mixture=None, anneal="half", m_step=None, e_step_only=False,
                restarts=1, seed=0, steps=50, first_steps=300, final_steps=500, samples=1,
                learning_rate=1e-2, rollouts=None, batch_size=None, until=None, threshold=np.inf,
                hidden=32, objective="tb", exploration=0.1):  # fmt: skip
    """GFlowNet-EM (Hu et al. 2023, arXiv 2302.06576), annealed unless `anneal` is None.

    Args:
        steps: Adam steps of an E-step, at most.
        first_steps: those of the first E-step, which starts from nothing.
        final_steps: those after the last M-step, with a learning rate that falls to zero.
        samples: draws of each observation for an M-step.
        learning_rate, rollouts, batch_size, until: as in `GFlowNetPosterior.train`.
        threshold: an M-step is taken only where the mean loss of the E-step before it, in squared nats,
            is below this; else the means stay, and the policy goes on learning.
        hidden, objective, exploration: as in `GFlowNetPosterior`. Others as in `exact_em`.

    Returns:
        EMResult with the trained model. A policy that misses more than 5 % of the posterior of the final
        means is reported by a RuntimeWarning.
    """
    check_at_least("samples", samples, 1)
    training = {"learning_rate": learning_rate, "rollouts": rollouts, "batch_size": batch_size}

    def e_step(mixture, x, rng):
        model = GFlowNetPosterior(mixture, hidden, objective, exploration, seed=int(rng.integers(2**31)))
        return GFlowNet(model, x, samples, first_steps, final_steps, steps=steps, until=until, **training)

    result = _best(x, init_means, iterations, mixture, anneal, m_step, e_step_only, restarts, seed, e_step,
                   threshold)  # fmt: skip
    missed = result.model.missed_mass(x, result.means)
    if missed > MISSED:
        warnings.warn(
            f"The policy misses {missed:.0%} of the posterior; train it longer, or explore more.",
            RuntimeWarning, stacklevel=2,
        )  # fmt: skip
    return result


def maximise(statistics, means, mixture):
    """Means that maximise the expected log joint; one with nothing to explain stays."""
    n = statistics.n[:, None]
    return np.where(n > EMPTY, statistics.first / np.maximum(n, EMPTY), means)


def ascend(learning_rate=0.1, steps=1):
    """An M-step of gradient steps on the mean expected log joint."""
    if not learning_rate > 0 or steps < 1:
        raise ValueError(f"Expected learning_rate > 0 and steps >= 1, got {learning_rate} and {steps}.")

    def m_step(statistics, means, mixture):
        n = statistics.n[:, None]
        for _ in range(steps):
            means = means + learning_rate * (statistics.first - n * means) / (n.sum() * mixture.std**2)
        return means

    return m_step


def _best(x, init_means, iterations, mixture, anneal, m_step, e_step_only, restarts, seed, e_step,
          threshold=np.inf):  # fmt: skip
    check_at_least("iterations", iterations, 1)
    check_at_least("restarts", restarts, 1)
    began = time.perf_counter()
    mixture = HierarchicalMixture() if mixture is None else mixture
    if isinstance(anneal, str) and anneal == "half":
        anneal = np.geomspace(LEAST_BETA, 1, iterations // 2) if iterations >= 4 else None
    x, betas = mixture.check_data(x), check_rising(anneal, iterations)
    m_step = _stay if e_step_only else m_step or maximise
    rng, runs = np.random.default_rng(seed), []
    for run in range(restarts):
        again = run and not isinstance(init_means, str)
        means = _start(mixture, x, "k-means++" if again else init_means, rng)
        runs.append(_run(e_step(mixture, x, rng), means, iterations, mixture, betas, m_step, threshold, rng))
    best = max(runs, key=lambda result: result.log_likelihoods[-1])
    return best._replace(seconds=time.perf_counter() - began)


def _run(e_step, means, iterations, mixture, betas, m_step, threshold, rng):
    trace, objective, skipped, small = [], [], 0, mixture.leaves <= ENUMERABLE

    def log_likelihood(known=None):
        if known is not None:
            return known
        return exact_statistics(mixture, e_step.x, means).log_likelihood if small else e_step.estimate(means)

    for iteration in range(iterations):
        beta = betas[iteration] if iteration < len(betas) else 1.0
        statistics, value = e_step.step(means, beta)
        trace.append(log_likelihood(statistics.log_likelihood))
        objective.append(value)
        if not value < threshold:
            skipped += 1
            continue
        means = m_step(statistics, means, mixture)
        if beta < 1:
            # Superclusters that coincide at a low inverse temperature need noise to part.
            means = means + 0.1 * mixture.std * rng.standard_normal(means.shape)
    e_step.finish(means)
    trace.append(log_likelihood())
    posterior = e_step.posterior(means) if small else None
    model = getattr(e_step, "model", None)
    return EMResult(means, np.array(trace), posterior, 0.0, np.array(objective), model, skipped)


def _stay(statistics, means, mixture):
    return means


def _start(mixture, x, init_means, rng):
    if not isinstance(init_means, str):
        return mixture.check_means(init_means)
    if init_means not in starts.BY_NAME:
        raise ValueError(f"Expected init_means as an array, 'k-means++' or 'random', got {init_means!r}.")
    return starts.BY_NAME[init_means](x, mixture.superclusters, "spherical", rng).mu.numpy()
