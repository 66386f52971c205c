"""`data_log_likelihood`: the mean log-density, with every constant."""

import numpy as np
from scipy.special import logsumexp

from autograder.engine.assignment import Question, task
from autograder.engine.judge import Mistake, agree, convention, explain, fits, unknown, verdict
from autograder.engine.scale import Kind
from autograder.tasks.gflownet_em import oracle
from autograder.tasks.gflownet_em.inputs import (
    LEAF_MISTAKES,
    UNSTABLE,
    any_number_of_superclusters,
    best_of_kinds,
    doubles,
    draw,
    far,
    kinds_and_own,
    none_arrived,
    superclusters,
)
from autograder.tasks.gflownet_em.oracle import LEAVES, PETALS, STD

LOG_2PI_VARIANCE = np.log(2 * np.pi * STD**2)


def each(joint):
    return logsumexp(joint, axis=LEAVES)


# To subtract the offsets changes nothing here: with each offset its opposite is there, too.
LIKELIHOOD_MISTAKES = [mistake for mistake in LEAF_MISTAKES if mistake.id != "offset-sign"] + [
    Mistake("normaliser-sign", Kind.TERM, "The normalising constant has the wrong sign.",
            "The density is divided by its constant, so its logarithm is subtracted.",
            {"normaliser": lambda: LOG_2PI_VARIANCE}),
    Mistake("normaliser-sign", Kind.TERM, "The normalising constant has the wrong sign.",
            "The density is divided by its constant, so its logarithm is subtracted.",
            {"normaliser": lambda: 2 * LOG_2PI_VARIANCE}),
    Mistake("normaliser-missing", Kind.TERM, "The normalising constant of the normal density is missing.",
            "A density integrates to 1.",
            {"normaliser": lambda: 0.0}),
    Mistake("normaliser-of-one-dimension", Kind.TERM, "The normalising constant is that of one dimension.",
            "x has two coordinates, and each brings its own constant.",
            {"normaliser": lambda: -0.5 * LOG_2PI_VARIANCE}),
    Mistake("normaliser-squared", Kind.TERM, "The square root of the normalising constant is missing.",
            "In each coordinate the density is divided by the square root of 2 pi sigma^2.",
            {"normaliser": lambda: -2 * LOG_2PI_VARIANCE}),
    Mistake("two-pi-missing", Kind.TERM, "The constant with 2 pi is missing.",
            "A density integrates to 1: check the constant of the normal density.",
            {"normaliser": lambda: -2 * np.log(STD)}),
    Mistake("sigma-normaliser-missing", Kind.TERM, "The term with log sigma is missing.",
            "Narrow noise makes a high density: it is divided by sigma in each coordinate.",
            {"normaliser": lambda: -np.log(2 * np.pi)}),
    Mistake("variance-for-sigma", Kind.TERM, "The normalising constant has sigma where sigma^2 belongs.",
            "Two coordinates, and each is divided by sigma.",
            {"normaliser": lambda: -np.log(2 * np.pi * STD)}),
    Mistake("sigma-for-variance", Kind.STRUCTURE, "Sigma stands wherever sigma squared belongs.",
            "STD is the standard deviation: the density has its square, in the exponent and in the constant.",
            {"normaliser": lambda: -np.log(2 * np.pi * STD),
             "exponent": lambda d: -0.5 * (d**2).sum(-1) / STD}),
    Mistake("prior-missing", Kind.TERM, "The prior of the leaves is missing.",
            "p(x) is a weighted sum over leaves, whose weights sum to 1.",
            {"prior": lambda c: 0.0}),
    Mistake("petal-prior-missing", Kind.TERM, "The prior of the petals is missing.",
            "Supercluster and petal are both drawn, and both have a probability.",
            {"prior": lambda c: -np.log(c)}),
    Mistake("supercluster-prior-missing", Kind.TERM, "The prior of the superclusters is missing.",
            "Supercluster and petal are both drawn, and both have a probability.",
            {"prior": lambda c: -np.log(PETALS)}),
    Mistake("prior-hard-coded", Kind.TERM, "The prior is that of sixteen leaves, whatever the means say.",
            "Take the number of leaves from the shapes of means and OFFSETS.",
            {"prior": lambda c: -np.log(PETALS * PETALS)}),
    Mistake("prior-sign", Kind.TERM, "The log prior has the wrong sign.",
            "The more leaves, the less likely is each.",
            {"prior": lambda c: np.log(c * PETALS)}),
    Mistake("prior-twice", Kind.TERM, "The prior of the leaves counts twice.",
            "A sum with weights that sum to 1 is a mean already.",
            {"prior": lambda c: -2 * np.log(c * PETALS)}),
    Mistake("sum-of-logs", Kind.STRUCTURE, "Logarithms are summed over leaves where densities should be.",
            "p(x) is a sum over leaves, and the logarithm comes after it: logsumexp.",
            {"reduce": lambda joint: joint.sum(LEAVES).mean()}),
    Mistake("mean-of-logs", Kind.STRUCTURE, "Logarithms are averaged over leaves.",
            "p(x) is a sum over leaves, and the logarithm comes after it: logsumexp.",
            {"reduce": lambda joint: joint.mean(LEAVES).mean()}),
    Mistake("mean-of-logs", Kind.STRUCTURE, "Logarithms are averaged over leaves.",
            "p(x) is a sum over leaves, and the logarithm comes after it: logsumexp.",
            {"reduce": lambda joint: joint.mean(LEAVES).mean(), "prior": lambda c: 0.0}),
    Mistake("largest-leaf", Kind.STRUCTURE, "Only the likeliest leaf of each point counts.",
            "p(x) is a sum over all leaves.",
            {"reduce": lambda joint: joint.max(LEAVES).mean()}),
    Mistake("one-level-summed", Kind.STRUCTURE, "Only one level is summed inside the logarithm.",
            "p(x) sums over superclusters and petals alike.",
            {"reduce": lambda joint: logsumexp(joint, axis=2).mean()}),
    Mistake("one-level-summed", Kind.STRUCTURE, "Only one level is summed inside the logarithm.",
            "p(x) sums over superclusters and petals alike.",
            {"reduce": lambda joint: logsumexp(joint, axis=1).mean()}),
    Mistake("one-level-summed", Kind.STRUCTURE, "Only one level is summed inside the logarithm.",
            "p(x) sums over superclusters and petals alike.",
            {"reduce": lambda joint: logsumexp(joint, axis=2).sum(1).mean()}),
    Mistake("logsumexp-over-data", Kind.STRUCTURE, "logsumexp runs over the data, too.",
            "Points are independent: average their log-densities.",
            {"reduce": logsumexp}),
    Mistake("log-of-mean-density", Kind.STRUCTURE, "The logarithm is taken after the mean over points.",
            "Average the log-densities, not the densities.",
            {"reduce": lambda joint: logsumexp(joint) - np.log(len(joint))}),
    Mistake("density-for-log", Kind.STRUCTURE, "Densities are averaged, not their logarithms.",
            "Average log p(x).",
            {"reduce": lambda joint: np.exp(each(joint)).mean()}),
    Mistake("summed-over-data", Kind.STRUCTURE, "The log-densities are summed over points, not averaged.",
            "Return their mean, which does not grow with the number of points.",
            {"reduce": lambda joint: each(joint).sum()}),
    Mistake("negative", Kind.TERM, "The sign is turned: this is the negative log-likelihood.",
            "Return the mean of log p(x) itself.",
            {"reduce": lambda joint: -each(joint).mean()}),
]  # fmt: skip
FAR = "far"


def likelihood_questions(rng):
    asked = {}
    for label, c in (("three", 3), ("four", 4), ("five", 5)):
        means = superclusters(rng, c, 1.5)
        x = np.concatenate([draw(rng, means, 30), rng.normal(0, 1, (10, 2))]).astype(np.float32)
        asked[label] = Question("data_log_likelihood", (x, means))
    means = superclusters(rng, 3, 1.5)
    x = np.concatenate([draw(rng, means, 10), far(rng, 10)])
    asked[FAR] = Question("data_log_likelihood", (x, means))
    return kinds_and_own(asked, ("component_means",))


@task("data_log_likelihood", "data_log_likelihood", likelihood_questions)
def data_log_likelihood(questions, answers):
    """The mean over x of log p(x), with the right constants, stable far from all leaves."""

    def judged(asked, given):
        near = {label: answer for label, answer in given.items() if label != FAR}
        if fault := none_arrived(near):
            return fault

        def expected(label, pieces):
            x, means = doubles(asked[label].arguments)
            return oracle.log_likelihood(x, means, **pieces)

        def agrees(pieces, labels=tuple(near)):
            compare = fits if pieces else agree
            for label in labels:
                got, want = given[label].array("value"), expected(label, pieces)
                if got.size != np.size(want) or not compare(got.reshape(np.shape(want)), want):
                    return False
            return True

        if agrees({}):
            stable = FAR not in given or (given[FAR].arrived and agrees({}, [FAR]))
            return verdict([] if stable else [UNSTABLE])
        if agrees({"reduce": each}):
            return verdict([convention(
                "not-averaged", "One number for each point is returned, not their mean.",
                "Take the mean over the points.")])  # fmt: skip
        values = [answer.array("value") for answer in near.values()]
        got = values[0]
        return verdict(explain(agrees, LIKELIHOOD_MISTAKES, values) or [unknown(
            "The mean log-density is wrong." if got.size == 1 else
            f"Expected one number, got an array of shape {list(got.shape)}.",
            "Try one point at the centre of a leaf that is far from all others: "
            "there log p(x) = -log(number of leaves) - log(2 pi sigma^2).")])  # fmt: skip

    def by_any(asked, given):
        return any_number_of_superclusters(judged, asked, given)

    return best_of_kinds(questions, answers, by_any)
