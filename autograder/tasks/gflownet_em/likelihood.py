"""`data_log_likelihood`: the mean log-density, with every constant."""

from typing import Any

import numpy as np
from scipy.special import logsumexp

from autograder.authoring import STRUCTURE, TERM
from autograder.authoring.by_hand import ArrayJudge, Small, by_hand
from autograder.engine.assignment import Question, Questions
from autograder.engine.judge import convention, known
from autograder.tasks.gflownet_em import oracle
from autograder.tasks.gflownet_em.inputs import (
    LEAF_MISTAKES,
    LEAF_RUNGS,
    UNSTABLE,
    any_number_of_superclusters,
    draw,
    far,
    leaf_probe,
    right_and_own,
    superclusters,
    ways,
)
from autograder.tasks.gflownet_em.oracle import LEAVES, PETALS, STD

LOG_2PI_VARIANCE = np.log(2 * np.pi * STD**2)


def each(joint: np.ndarray) -> np.ndarray:
    return logsumexp(joint, axis=LEAVES)


# To subtract the offsets changes nothing here: with each offset its opposite is there, too.
LIKELIHOOD_MISTAKES = [mistake for mistake in LEAF_MISTAKES if mistake.id != "offset-sign"] + [
    known("normaliser-sign", TERM, "The normalising constant has the wrong sign.",
          "The density is divided by its constant, so its logarithm is subtracted.",
          {"normaliser": lambda: LOG_2PI_VARIANCE}, {"normaliser": lambda: 2 * LOG_2PI_VARIANCE}),
    known("normaliser-missing", TERM, "The normalising constant of the normal density is missing.",
          "A density integrates to 1.", normaliser=lambda: 0.0),
    known("normaliser-of-one-dimension", TERM, "The normalising constant is that of one dimension.",
          "x has two coordinates, and each brings its own constant.",
          normaliser=lambda: -0.5 * LOG_2PI_VARIANCE),
    known("normaliser-squared", TERM, "The square root of the normalising constant is missing.",
          "In each coordinate the density is divided by the square root of 2 pi sigma^2.",
          normaliser=lambda: -2 * LOG_2PI_VARIANCE),
    known("two-pi-missing", TERM, "The constant with 2 pi is missing.",
          "A density integrates to 1: check the constant of the normal density.",
          normaliser=lambda: -2 * np.log(STD)),
    known("sigma-normaliser-missing", TERM, "The term with log sigma is missing.",
          "Narrow noise makes a high density: it is divided by sigma in each coordinate.",
          normaliser=lambda: -np.log(2 * np.pi)),
    known("variance-for-sigma", TERM, "The normalising constant has sigma where sigma^2 belongs.",
          "Two coordinates, and each is divided by sigma.", normaliser=lambda: -np.log(2 * np.pi * STD)),
    known("sigma-for-variance", STRUCTURE, "Sigma stands wherever sigma squared belongs.",
          "STD is the standard deviation: the density has its square, in the exponent and in the constant.",
          normaliser=lambda: -np.log(2 * np.pi * STD), exponent=lambda d: -0.5 * (d**2).sum(-1) / STD),
    known("prior-missing", TERM, "The prior of the leaves is missing.",
          "p(x) is a weighted sum over leaves, whose weights sum to 1.", prior=lambda c: 0.0),
    known("petal-prior-missing", TERM, "The prior of the petals is missing.",
          "Supercluster and petal are both drawn, and both have a probability.", prior=lambda c: -np.log(c)),
    known("supercluster-prior-missing", TERM, "The prior of the superclusters is missing.",
          "Supercluster and petal are both drawn, and both have a probability.",
          prior=lambda c: -np.log(PETALS)),
    known("prior-hard-coded", TERM, "The prior is that of sixteen leaves, whatever the means say.",
          "Take the number of leaves from the shapes of means and OFFSETS.",
          prior=lambda c: -np.log(PETALS * PETALS)),
    known("prior-sign", TERM, "The log prior has the wrong sign.",
          "The more leaves, the less likely is each.", prior=lambda c: np.log(c * PETALS)),
    known("prior-twice", TERM, "The prior of the leaves counts twice.",
          "A sum with weights that sum to 1 is a mean already.", prior=lambda c: -2 * np.log(c * PETALS)),
    known("sum-of-logs", STRUCTURE, "Logarithms are summed over leaves where densities should be.",
          "p(x) is a sum over leaves, and the logarithm comes after it: logsumexp.",
          reduce=lambda joint: joint.sum(LEAVES).mean()),
    known("mean-of-logs", STRUCTURE, "Logarithms are averaged over leaves.",
          "p(x) is a sum over leaves, and the logarithm comes after it: logsumexp.",
          {"reduce": lambda joint: joint.mean(LEAVES).mean()},
          {"reduce": lambda joint: joint.mean(LEAVES).mean(), "prior": lambda c: 0.0}),
    known("largest-leaf", STRUCTURE, "Only the likeliest leaf of each point counts.",
          "p(x) is a sum over all leaves.", reduce=lambda joint: joint.max(LEAVES).mean()),
    known("one-level-summed", STRUCTURE, "Only one level is summed inside the logarithm.",
          "p(x) sums over superclusters and petals alike.",
          {"reduce": lambda joint: logsumexp(joint, axis=2).mean()},
          {"reduce": lambda joint: logsumexp(joint, axis=1).mean()},
          {"reduce": lambda joint: logsumexp(joint, axis=2).sum(1).mean()}),
    known("logsumexp-over-data", STRUCTURE, "logsumexp runs over the data, too.",
          "Points are independent: average their log-densities.", reduce=logsumexp),
    known("log-of-mean-density", STRUCTURE, "The logarithm is taken after the mean over points.",
          "Average the log-densities, not the densities.",
          reduce=lambda joint: logsumexp(joint) - np.log(len(joint))),
    known("density-for-log", STRUCTURE, "Densities are averaged, not their logarithms.", "Average log p(x).",
          reduce=lambda joint: np.exp(each(joint)).mean()),
    known("summed-over-data", STRUCTURE, "The log-densities are summed over points, not averaged.",
          "Return their mean, which does not grow with the number of points.",
          reduce=lambda joint: each(joint).sum()),
    known("negative", TERM, "The sign is flipped: this is the negative log-likelihood.",
          "Return the mean of log p(x) itself.", reduce=lambda joint: -each(joint).mean()),
]  # fmt: skip
judge = ArrayJudge(
    ("The mean log-density is wrong.",
     "Try one point at the centre of a leaf that is far from all others: there log p(x) = "
     "-log(number of leaves) - log(2 pi sigma^2)."),
    extremes={"far": UNSTABLE},
    nearly={convention("not-averaged", "One number for each point is returned, not their mean.",
                       "Take the mean over the points."): {"reduce": each}},
)  # fmt: skip


def questions(rng: np.random.Generator) -> Questions:
    asked = {}
    for label, c in (("three", 3), ("four", 4), ("five", 5)):
        means = superclusters(rng, c, 1.5)
        x = np.concatenate([draw(rng, means, 30), rng.normal(0, 1, (10, 2))]).astype(np.float32)
        asked[label] = Question("data_log_likelihood", (x, means))
    means = superclusters(rng, 3, 1.5)
    x = np.concatenate([draw(rng, means, 10), far(rng, 10, farthest=300.0)])
    asked["far"] = Question("data_log_likelihood", (x, means))
    return right_and_own(asked)


@by_hand(
    "data_log_likelihood", questions, any_number_of_superclusters(judge), LIKELIHOOD_MISTAKES,
    small=(Small(LEAF_RUNGS, ways("data_log_likelihood", ("component_means",)), leaf_probe),),
    axes={"x": "N.", "means": "C."},
)  # fmt: skip
def data_log_likelihood(x: np.ndarray, means: np.ndarray, **pieces: Any) -> np.ndarray:
    """The mean over x of log p(x), with the right constants, stable far from all leaves."""
    return oracle.log_likelihood(x, means, **pieces)
