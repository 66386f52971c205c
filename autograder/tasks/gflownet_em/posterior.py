"""`exact_posterior`: Bayes' rule over all leaves."""

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from autograder.engine.assignment import Question, task
from autograder.engine.judge import Mistake, agree, explain, fits, unknown, verdict
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
    shape_fault,
    superclusters,
)
from autograder.tasks.gflownet_em.oracle import LEAVES, PETALS


def hard(joint):
    """All of the probability on the likeliest leaf."""
    flat = joint.reshape(len(joint), -1)
    return np.eye(flat.shape[1])[flat.argmax(1)].reshape(joint.shape)


def factorised(joint):
    q = softmax(joint, axis=LEAVES)
    return q.sum(2)[:, :, None] * q.sum(1)[:, None, :]


def epsilon_mistakes():
    """Densities divided by their sum plus a small number, with the constants of the density or without."""
    for epsilon in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12):

        def reduce(joint, epsilon=epsilon):
            p = np.exp(joint)
            return p / (p.sum(LEAVES, keepdims=True) + epsilon)

        for constants in ({}, {"prior": lambda c: 0.0}, {"normaliser": lambda: 0.0, "prior": lambda c: 0.0}):
            yield Mistake(
                "unstable-in-the-tails", Kind.TAILS,
                "A small number in the denominator hides underflow: far from the leaves the probabilities "
                "do not sum to 1.",
                "Subtract the largest exponent of each point first, or let softmax do it.",
                {"reduce": reduce, **constants},
            )  # fmt: skip


POSTERIOR_MISTAKES = [
    *LEAF_MISTAKES,
    *epsilon_mistakes(),
    Mistake("normalised-over-petals", Kind.STRUCTURE,
            "The probabilities of the petals sum to 1 in every supercluster.",
            "The probabilities of all leaves sum to 1 for each point.",
            {"reduce": lambda joint: softmax(joint, axis=2)}),
    Mistake("normalised-over-superclusters", Kind.STRUCTURE,
            "The probabilities of the superclusters sum to 1 for every petal.",
            "The probabilities of all leaves sum to 1 for each point.",
            {"reduce": lambda joint: softmax(joint, axis=1)}),
    Mistake("normalised-over-data", Kind.STRUCTURE, "The probabilities sum to 1 over the data.",
            "For each point the probabilities of its leaves sum to 1.",
            {"reduce": lambda joint: softmax(joint, axis=0)}),
    Mistake("normalised-over-everything", Kind.STRUCTURE,
            "The probabilities sum to 1 over all points and leaves together.",
            "For each point the probabilities of its leaves sum to 1.",
            {"reduce": lambda joint: softmax(joint)}),
    Mistake("normalised-twice", Kind.STRUCTURE, "Softmax is applied to probabilities once more.",
            "One softmax, of the log joint.",
            {"reduce": lambda joint: softmax(softmax(joint, axis=LEAVES), axis=LEAVES)}),
    Mistake("normalised-twice", Kind.STRUCTURE, "The probabilities are normalised over one axis more.",
            "Normalise once, over both axes of the leaves together.",
            {"reduce": lambda joint: softmax(softmax(joint, axis=1), axis=2)}),
    Mistake("normalised-twice", Kind.STRUCTURE, "The probabilities are normalised over one axis more.",
            "Normalise once, over both axes of the leaves together.",
            {"reduce": lambda joint: softmax(softmax(joint, axis=2), axis=1)}),
    Mistake("logs-for-probabilities", Kind.STRUCTURE, "Log-probabilities are returned, not probabilities.",
            "Take the exponential last.",
            {"reduce": lambda joint: log_softmax(joint, axis=LEAVES)}),
    Mistake("joint-for-posterior", Kind.STRUCTURE, "The joint density is returned: it is not normalised.",
            "By Bayes' rule the joint is divided by p(x).",
            {"reduce": np.exp}),
    Mistake("joint-for-posterior", Kind.STRUCTURE, "The exponential is returned: it is not normalised.",
            "By Bayes' rule the joint is divided by p(x).",
            {"reduce": np.exp, "normaliser": lambda: 0.0, "prior": lambda c: 0.0}),
    Mistake("joint-for-posterior", Kind.STRUCTURE, "The density of x is returned: it is not normalised.",
            "By Bayes' rule the joint is divided by p(x).",
            {"reduce": np.exp, "prior": lambda c: 0.0}),
    Mistake("log-joint-returned", Kind.STRUCTURE, "The log joint is returned, not the posterior.",
            "By Bayes' rule the joint is divided by p(x).",
            {"reduce": lambda joint: joint}),
    Mistake("log-joint-returned", Kind.STRUCTURE, "The exponent is returned, not the posterior.",
            "Take the exponential, and divide by the sum over all leaves.",
            {"reduce": lambda joint: joint, "normaliser": lambda: 0.0, "prior": lambda c: 0.0}),
    Mistake("divided-by-log", Kind.STRUCTURE, "The log joint is divided by log p(x).",
            "A quotient of densities is a difference of their logarithms.",
            {"reduce": lambda joint: joint / logsumexp(joint, axis=LEAVES, keepdims=True)}),
    Mistake("hard-assignment", Kind.STRUCTURE,
            "A hard assignment: all of the probability goes to the likeliest leaf.",
            "Return the probability of every leaf.",
            {"reduce": hard}),
    Mistake("factorised", Kind.STRUCTURE, "The posterior is a product of its marginals.",
            "Supercluster and petal depend on each other given x: do not treat them apart.",
            {"reduce": factorised}),
    Mistake("uniform", Kind.NOTHING, "All leaves have the same probability: the data are not used.",
            "The nearer a leaf is to x, the more probable it is.",
            {"reduce": lambda joint: np.full(joint.shape, 1 / joint[0].size)}),
]  # fmt: skip
FAR = "far"


def clearly_decided(rng, means, n):
    """Points far from all leaves whose posterior float32 arithmetic can decide."""
    while True:
        x = far(rng, n)
        if oracle.posterior(*doubles((x, means))).max(LEAVES).min() > 1 - 1e-8:
            return x


def posterior_questions(rng):
    asked = {}
    for label, c in (("three", 3), ("four", 4), ("five", 5)):
        means = superclusters(rng, c, 0.7)  # so near that leaves of several superclusters compete
        asked[label] = Question("exact_posterior", (draw(rng, means, 40, noise=0.4), means))
    means = superclusters(rng, 3, 0.7)
    x = np.concatenate([draw(rng, means, 4), clearly_decided(rng, means, 6)])
    asked[FAR] = Question("exact_posterior", (x, means))
    return kinds_and_own(asked, ("component_means", "data_log_likelihood"))


@task("exact_posterior", "exact_posterior", posterior_questions)
def exact_posterior(questions, answers):
    """The probability of each leaf given x; for each point they sum to 1 over superclusters and petals."""

    def judged(asked, given):
        near = {label: answer for label, answer in given.items() if label != FAR}
        if fault := none_arrived(near):
            return fault
        values = {label: a.array("value") for label, a in given.items() if a.arrived}
        tables = {
            label: (len(asked[label].arguments[0]), len(asked[label].arguments[1]), PETALS)
            for label in given
        }
        shape = next((values[n].shape for n in near if values[n].shape != tables[n]), None)
        turned = shape is not None and all(
            values[n].shape == (tables[n][0], tables[n][2], tables[n][1]) for n in near
        )
        if any(values[n].size != np.prod(tables[n]) for n in near):
            return verdict([unknown(f"Expected shape [N, C, P], got {list(shape)}.",
                                    "One probability for each point, supercluster and petal.")])

        def expected(label, pieces):
            x, means = doubles(asked[label].arguments)
            return oracle.posterior(x, means, **pieces)

        def agrees(pieces, labels=tuple(near)):
            compare = fits if pieces else agree
            for label in labels:
                got = values[label]
                got = got.swapaxes(1, 2) if turned else got
                if got.size != np.prod(tables[label]):
                    return False
                if not compare(got.reshape(tables[label]), expected(label, pieces)):
                    return False
            return True

        if agrees({}):
            findings = []
            if FAR in given and not (FAR in values and agrees({}, [FAR])):
                findings.append(UNSTABLE)
            if shape is not None:
                findings.append(shape_fault(shape, "[N, C, P]", "One axis for each level."))
            return verdict(findings)
        return verdict(explain(agrees, POSTERIOR_MISTAKES, [values[n] for n in near]) or [unknown(
            "The probabilities of the leaves are wrong.",
            "They are proportional to exp(-|x - mu_ij|^2 / (2 sigma^2)), since all leaves have the same "
            "prior.")])  # fmt: skip

    def by_any(asked, given):
        return any_number_of_superclusters(judged, asked, given)

    return best_of_kinds(questions, answers, by_any)
