"""`exact_posterior`: Bayes' rule over all leaves."""

from functools import partial
from typing import Any

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from autograder.authoring import NOTHING, STRUCTURE, TAILS
from autograder.authoring.by_hand import ArrayJudge, Small, by_hand
from autograder.authoring.precision import doubles
from autograder.engine.assignment import Question, Questions
from autograder.engine.judge import known
from autograder.tasks.gflownet_em import oracle
from autograder.tasks.gflownet_em.inputs import (
    LEAF_MISTAKES,
    LEAF_RUNGS,
    NO_CONSTANTS,
    NO_PRIOR,
    UNSTABLE,
    any_number_of_superclusters,
    draw,
    far,
    leaf_probe,
    right_and_own,
    superclusters,
    ways,
)
from autograder.tasks.gflownet_em.oracle import LEAVES


def hard(joint: np.ndarray) -> np.ndarray:
    """All of the probability on the likeliest leaf."""
    flat = joint.reshape(len(joint), -1)
    return np.eye(flat.shape[1])[flat.argmax(1)].reshape(joint.shape)


def factorised(joint: np.ndarray) -> np.ndarray:
    q = softmax(joint, axis=LEAVES)
    return q.sum(2)[:, :, None] * q.sum(1)[:, None, :]


def over_more_than_the_sum(joint: np.ndarray, epsilon: float) -> np.ndarray:
    """Densities divided by their sum plus a small number."""
    p = np.exp(joint)
    return p / (p.sum(LEAVES, keepdims=True) + epsilon)


def mixed_up(q: np.ndarray) -> np.ndarray:
    """What a reshape to (N, C, P) makes of the table with petals first, (N, P, C)."""
    return q.swapaxes(1, 2).reshape(q.shape)


POSTERIOR_MISTAKES = [
    *LEAF_MISTAKES,
    known("unstable-in-the-tails", TAILS,
          "A small number in the denominator hides underflow: far from the leaves the probabilities do not "
          "sum to 1.", "Subtract the largest exponent of each point first, or let softmax do it.",
          *({"reduce": partial(over_more_than_the_sum, epsilon=epsilon), **constants}
            for epsilon in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
            for constants in ({}, NO_PRIOR, NO_CONSTANTS))),
    known("normalised-over-petals", STRUCTURE,
          "The probabilities of the petals sum to 1 in every supercluster.",
          "The probabilities of all leaves sum to 1 for each point.",
          reduce=lambda joint: softmax(joint, axis=2)),
    known("normalised-over-superclusters", STRUCTURE,
          "The probabilities of the superclusters sum to 1 for every petal.",
          "The probabilities of all leaves sum to 1 for each point.",
          reduce=lambda joint: softmax(joint, axis=1)),
    known("normalised-over-data", STRUCTURE, "The probabilities sum to 1 over the data.",
          "For each point the probabilities of its leaves sum to 1.",
          reduce=lambda joint: softmax(joint, axis=0)),
    known("normalised-over-everything", STRUCTURE,
          "The probabilities sum to 1 over all points and leaves together.",
          "For each point the probabilities of its leaves sum to 1.", reduce=lambda joint: softmax(joint)),
    known("normalised-twice", STRUCTURE, "Softmax is applied to probabilities once more.",
          "One softmax, of the log joint.",
          reduce=lambda joint: softmax(softmax(joint, axis=LEAVES), axis=LEAVES)),
    known("normalised-twice", STRUCTURE, "The probabilities are normalised over one axis more.",
          "Normalise once, over both axes of the leaves together.",
          {"reduce": lambda joint: softmax(softmax(joint, axis=1), axis=2)},
          {"reduce": lambda joint: softmax(softmax(joint, axis=2), axis=1)}),
    known("logs-for-probabilities", STRUCTURE, "Log-probabilities are returned, not probabilities.",
          "Take the exponential last.", reduce=lambda joint: log_softmax(joint, axis=LEAVES)),
    known("joint-for-posterior", STRUCTURE, "The joint density is returned: it is not normalised.",
          "By Bayes' rule the joint is divided by p(x).", reduce=np.exp),
    known("joint-for-posterior", STRUCTURE, "The exponential is returned: it is not normalised.",
          "By Bayes' rule the joint is divided by p(x).", reduce=np.exp, normaliser=lambda: 0.0,
          prior=lambda c: 0.0),
    known("joint-for-posterior", STRUCTURE, "The density of x is returned: it is not normalised.",
          "By Bayes' rule the joint is divided by p(x).", reduce=np.exp, prior=lambda c: 0.0),
    known("log-joint-returned", STRUCTURE, "The log joint is returned, not the posterior.",
          "By Bayes' rule the joint is divided by p(x).", reduce=lambda joint: joint),
    known("log-joint-returned", STRUCTURE, "The exponent is returned, not the posterior.",
          "Take the exponential, and divide by the sum over all leaves.", reduce=lambda joint: joint,
          normaliser=lambda: 0.0, prior=lambda c: 0.0),
    known("divided-by-log", STRUCTURE, "The log joint is divided by log p(x).",
          "A quotient of densities is a difference of their logarithms.",
          reduce=lambda joint: joint / logsumexp(joint, axis=LEAVES, keepdims=True)),
    known("hard-assignment", STRUCTURE,
          "A hard assignment: all of the probability goes to the likeliest leaf.",
          "Return the probability of every leaf.", reduce=hard),
    known("rows-mixed-up", STRUCTURE, "After the reshape the rows hold leaves of several superclusters.",
          "A reshape does not exchange axes: put superclusters before petals from the start, or use "
          "tf.transpose.", reduce=lambda joint: mixed_up(softmax(joint, axis=LEAVES))),
    known("factorised", STRUCTURE, "The posterior is a product of its marginals.",
          "Supercluster and petal depend on each other given x: do not treat them apart.", reduce=factorised),
    known("uniform", NOTHING, "All leaves have the same probability: the data are not used.",
          "The nearer a leaf is to x, the more probable it is.",
          reduce=lambda joint: np.full(joint.shape, 1 / joint[0].size)),
]  # fmt: skip
judge = ArrayJudge(
    ("The probabilities of the leaves are wrong.",
     "They are proportional to exp(-|x - mu_ij|^2 / (2 sigma^2)), since all leaves have the same prior."),
    "[N, C, P]", "One axis for each level.", turned=(1, 2), extremes={"far": UNSTABLE},
)  # fmt: skip


def clearly_decided(rng: np.random.Generator, means: np.ndarray, n: int) -> np.ndarray:
    """Points far from all leaves whose posterior float32 arithmetic can decide."""
    while True:
        x = far(rng, n)
        if oracle.posterior(*doubles((x, means))).max(LEAVES).min() > 1 - 1e-8:
            return x


HELPERS = ("component_means", "data_log_likelihood")


def questions(rng: np.random.Generator) -> Questions:
    asked = {}
    for label, c in (("three", 3), ("four", 4), ("five", 5)):
        means = superclusters(rng, c, 0.7)  # so near that leaves of several superclusters compete
        asked[label] = Question("exact_posterior", (draw(rng, means, 40, noise=0.4), means))
    means = superclusters(rng, 3, 0.7)
    x = np.concatenate([draw(rng, means, 4), clearly_decided(rng, means, 6)])
    asked["far"] = Question("exact_posterior", (x, means))
    return right_and_own(asked, HELPERS)


@by_hand(
    "exact_posterior", questions, any_number_of_superclusters(judge), POSTERIOR_MISTAKES,
    small=(Small(LEAF_RUNGS, ways("exact_posterior", HELPERS), leaf_probe),),
    axes={"x": "N.", "means": "C."},
)  # fmt: skip
def exact_posterior(x: np.ndarray, means: np.ndarray, **pieces: Any) -> np.ndarray:
    """The probability of each leaf given x; for each point they sum to 1 over superclusters and petals."""
    return oracle.posterior(x, means, **pieces)
