"""Power of the tests of `make_data`, `sample_data` and `sample_posterior` against each known mistake."""

from typing import NamedTuple

import numpy as np
import power
from scipy import stats
from scipy.special import softmax

from autograder import interview, tasks
from autograder.hierarchical_oracle import OFFSETS, PETALS, STD
from autograder.tasks.gflownet_em import posterior_sampling, sampling
from autograder.tasks.gmm_two_ways import sampling as mixture_sampling


class Line(NamedTuple):
    """A mistake, the test that sees it best, and an upper bound on how often it is missed."""

    task: str
    mistake: str
    message: str
    test: str
    miss: float


def make_data_lines():
    question = mixture_sampling.make_data_questions(np.random.default_rng(0))["many"]
    n, logits, _, lsigmas = question.arguments
    logits, lsigmas = np.float64(logits), np.float64(lsigmas)
    weights, sigmas = softmax(logits), np.exp(lsigmas)
    level = mixture_sampling.FALSE_ALARM
    for mistake in mixture_sampling.MAKE_DATA_MISTAKES:
        true = mistake.pieces.get("weights", softmax)(logits)
        ratios = mistake.pieces.get("sigmas", np.exp)(lsigmas) / sigmas
        found = {}
        for k, (p, q, ratio) in enumerate(zip(weights, true, ratios, strict=True)):
            found[f"count of component {k}"] = power.binomial_miss(n, p, q, level)
            found[f"variance of component {k}"] = power.at_least(
                n, q, lambda size, ratio=ratio: power.variance_miss(size, ratio, level)
            )
        yield line("make_data", mistake, found)


def line(task, mistake, found):
    best = min(found, key=found.get)
    return Line(task, mistake.id, mistake.message, best, found[best])


def cells(weights, offsets, sigma):
    """Probability of each cell around a supercluster, (16,)."""
    steps = sampling.EDGES[:, None, None] - offsets
    along = np.diff(stats.norm.cdf(steps / sigma), axis=0)
    return np.einsum("ap,bp,p->ab", along[..., 0], along[..., 1], weights).ravel()


# Right functions return arrays, then tensors; then the notebook's own are used: an answer is judged up to
# this many times, and right once is right.
CHANCES = 3


def sample_data_lines():
    questions = sampling.sample_data_questions(np.random.default_rng(0))
    n, means = questions["array many"].arguments
    c, level = len(means), sampling.FALSE_ALARM
    even = np.full(PETALS, 1 / PETALS)
    right = np.clip(cells(even, OFFSETS, STD), 0, 1)
    for mistake in sampling.SAMPLE_DATA_MISTAKES:
        leaves = sampling.normalised(mistake.pieces.get("leaves", sampling.uniform)(c))
        offsets, sigma = mistake.pieces.get("offsets", OFFSETS), mistake.pieces.get("sigma", STD)
        found = {}
        for k, share in enumerate(leaves.sum(1)):
            found[f"count of supercluster {k}"] = power.binomial_miss(n, 1 / c, min(share, 1.0), level)
            if share > 0:
                true = np.clip(cells(leaves[k] / share, offsets, sigma), 0, 1)
                cell = int(np.argmax(np.abs(true - right) / np.sqrt(right * (1 - right) + 1e-9)))
                found[f"cell {cell} around supercluster {k}"] = power.at_least(
                    n, min(share, 1.0),
                    lambda size, cell=cell, true=true: power.binomial_miss(size, right[cell], true[cell], level),
                )  # fmt: skip
        best = line("sample_data", mistake, found)
        yield best._replace(miss=min(1.0, CHANCES * best.miss))


def sharpest(p, q, n, level):
    """At most how often the binomial tests of p, all of n draws from q, are passed: by the one that sees most."""
    p, q = p.ravel(), q.ravel()
    beyond = np.abs(q - p) * np.sqrt(n) - stats.norm.isf(level / 2) * np.sqrt(p * (1 - p))
    at = int(np.argmax(beyond / np.sqrt(q * (1 - q) + 1 / n)))
    return power.binomial_miss(n, p[at], q[at], level)


def of_one_count(tables, totals, n, level):
    """At most how often the tests of one kind of count are passed.

    Each of the tables is of n draws at a point of its own, independent of the others; `totals` are of all.
    """
    each = power.independent([sharpest(p, q, n, level) for p, q in tables])
    return min(each, sharpest(*totals, n * len(tables), level))


def leaf_misses(right, wrong, repeats, level):
    """At most how often the tests of leaves, and of superclusters, pass counts drawn from `wrong` (S, C, P).

    The counts of all points together are no binomial draws under `wrong` either; they vary less than the
    binomial with the mean probability, for which the bound is computed (Hoeffding 1956).
    """
    found = []
    for p, q in ((right, wrong), (right.sum(2), wrong.sum(2))):
        found.append(of_one_count(list(zip(p, q, strict=True)), (p.mean(0), q.mean(0)), repeats, level))
    return min(found)


def policy_of(question):
    return posterior_sampling.of_table(*question.arguments)


def sample_posterior_misses(secret):
    """{place in the table of mistakes: (label of the question that sees it best, miss)} for one secret."""
    assignment = tasks.load("gflownet-em")
    questions = interview.questions_of(assignment, secret)["sample_posterior"]
    found = {}
    for label in ("many", "five"):
        policy, repeats = policy_of(questions[label]), len(questions[label].arguments[0])
        repeats //= posterior_sampling.POINTS
        right = posterior_sampling.right(policy)
        for place, mistake in enumerate(posterior_sampling.SAMPLING_MISTAKES):
            wrong = np.broadcast_to(mistake.pieces["q"](policy), right.shape)
            miss = leaf_misses(right, wrong, repeats, posterior_sampling.FALSE_ALARM)
            if miss < found.get(place, ("", 2.0))[1]:
                found[place] = label, miss
    return found


def sample_posterior_lines(secrets):
    """The worst of many secrets, whose policies differ."""
    worst = {}
    for secret in secrets:
        for place, (label, miss) in sample_posterior_misses(secret).items():
            if miss >= worst.get(place, ("", -1.0))[1]:
                worst[place] = label, miss
    for place, (label, miss) in worst.items():
        mistake = posterior_sampling.SAMPLING_MISTAKES[place]
        # Judged with the notebook's own policy, too: what is drawn from the mistake's probabilities passes
        # for right there only where a test of the mistake itself fails.
        yield Line("sample_posterior", mistake.id, mistake.message, f"leaves of question {label}", miss)
