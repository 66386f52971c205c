"""`exact_m_step`: means of the superclusters from a posterior over leaves."""

import numpy as np
from scipy.special import softmax

from autograder import hierarchical_oracle as oracle
from autograder.hierarchical_oracle import OFFSETS, PETALS
from autograder.judge import Finding, Mistake, agree, explain, fits, unknown, verdict
from autograder.tasks import Question, task
from autograder.tasks.gflownet_em.inputs import (
    any_number_of_superclusters,
    doubles,
    draw,
    none_arrived,
    shape_fault,
    superclusters,
)

EMPTY = "empty"


def weighted_mean(x, q):
    """Mean of x for each supercluster, petals left out, (C, 2)."""
    return np.einsum("ncp,nd->cd", q, x) / q.sum((0, 2))[:, None]


def total(x, q):
    """Weighted sum of x without its petal, (C, 2)."""
    return np.einsum("ncp,npd->cd", q, x[:, None] - OFFSETS)


def of_each_leaf(x, q):
    """Weighted mean of x without its petal for each leaf, (C, P, 2)."""
    shifted = x[:, None] - OFFSETS
    return np.einsum("ncp,npd->cpd", q, shifted) / q.sum(0)[..., None]


def hard(q):
    flat = q.reshape(len(q), -1)
    return np.eye(flat.shape[1])[flat.argmax(1)].reshape(q.shape)


def mean_offset(q):
    """Mean offset over all points, (2,)."""
    return q.sum((0, 1)) @ OFFSETS / q.sum()


M_STEP_MISTAKES = [
    Mistake("petals-forgotten", "structure", "The offsets of the petals are not taken off.",
            "A point of petal j says where the mean is only after OFFSETS[j] is subtracted.",
            {"f": weighted_mean}),
    Mistake("offset-sign", "term", "The offsets are added to x, not subtracted.",
            "x = mean + offset + noise: solve it for the mean.",
            {"f": lambda x, q: 2 * weighted_mean(x, q) - oracle.m_step(x, q)}),
    Mistake("divided-by-n", "structure", "The weighted sum is divided by N, not by the weights' sum.",
            "Divide by the expected number of points of the supercluster.",
            {"f": lambda x, q: total(x, q) / len(x)}),
    Mistake("divided-by-n", "structure", "The weights are averaged over the petals, then divided by N.",
            "Divide by the expected number of points of the supercluster.",
            {"f": lambda x, q: total(x, q) / len(x) / PETALS}),
    Mistake("divided-by-count-of-petals", "term", "The weighted sum is divided by the number of petals too.",
            "The weights of all petals of a supercluster are summed.",
            {"f": lambda x, q: oracle.m_step(x, q) / PETALS}),
    Mistake("divided-by-count-of-petals", "term", "The result is the number of petals times too large.",
            "Sum the weights over the petals, above and below the line.",
            {"f": lambda x, q: oracle.m_step(x, q) * PETALS}),
    Mistake("not-divided", "structure", "The weighted sum is not divided by the sum of the weights.",
            "Divide by the expected number of points of the supercluster.",
            {"f": total}),
    Mistake("petals-averaged", "structure", "Each leaf gets a mean, and these are averaged evenly.",
            "A petal with more points counts for more: sum over points and petals, divide once.",
            {"f": lambda x, q: of_each_leaf(x, q).mean(1)}),
    Mistake("leaves-returned", "structure", "There is one mean for each leaf.",
            "Only superclusters have means to learn: sum over the petals.",
            {"f": of_each_leaf}),
    Mistake("leaves-returned", "structure", "The means of the leaves are returned.",
            "Return the means of the superclusters.",
            {"f": lambda x, q: oracle.components(oracle.m_step(x, q))}),
    Mistake("petals-of-all-data", "structure",
            "The mean offset of all the data is subtracted from each supercluster.",
            "Subtract each petal's offset from the points that belong to it.",
            {"f": lambda x, q: weighted_mean(x, q) - mean_offset(q)}),
    Mistake("wrong-level", "structure", "There is one mean for each petal, not for each supercluster.",
            "Sum over points and petals; the superclusters' axis stays.",
            {"f": lambda x, q: np.einsum("ncp,npd->pd", q, x[:, None] - OFFSETS)
             / q.sum((0, 1))[:, None]}),
    Mistake("posterior-ignored", "structure", "All superclusters get the mean of all the data.",
            "Weight each point by its posterior.",
            {"f": lambda x, q: np.repeat(x.mean(0, keepdims=True), q.shape[1], axis=0)}),
    Mistake("hard-assignment", "structure", "Each point counts for its likeliest leaf only.",
            "Weight each point by its posterior.", {"q": hard}),
    Mistake("weights-squared", "structure", "The posterior is squared.",
            "Weight each point by its posterior, once.", {"q": np.square}),
    Mistake("softmax-of-probabilities", "structure", "Softmax is applied to the posterior once more.",
            "The posterior comes as probabilities.", {"q": lambda q: softmax(q, axis=(1, 2))}),
    Mistake("logarithm-of-probabilities", "structure", "The logarithm of the posterior is the weight.",
            "The posterior comes as probabilities: weight by them.", {"q": np.log}),
    Mistake("exponential-of-probabilities", "structure", "The posterior is exponentiated.",
            "The posterior comes as probabilities, not as logarithms.", {"q": np.exp}),
]  # fmt: skip


def m_step_questions(rng):
    asked = {}
    for label, c in (("three", 3), ("four", 4), ("six", 6), (EMPTY, 3)):
        x = draw(rng, superclusters(rng, c, 2.0), 60)
        # Some petals are likelier than others, and that differs between superclusters.
        logits = 1.5 * rng.standard_normal((60, c, PETALS)) + 1.5 * rng.standard_normal((c, PETALS))
        if label == EMPTY:
            logits[:, 1] = -np.inf
        asked[label] = Question("exact_m_step", (x, np.float32(softmax(logits, axis=(1, 2)))))
    return asked


@task("exact_m_step", 10, "exact_m_step", m_step_questions)
def exact_m_step(questions, answers):
    """A supercluster's mean is the mean of x without its petal's offset, weighted by the posterior."""

    def judged(asked, given):
        usual = {label: answer for label, answer in given.items() if label != EMPTY}
        if fault := none_arrived(usual):
            return fault
        values = {label: a.array("value") for label, a in given.items() if a.arrived}
        wanted = {label: (asked[label].arguments[1].shape[1], 2) for label in given}
        shape = next((values[n].shape for n in usual if values[n].shape != wanted[n]), None)
        turned = shape is not None and all(values[n].shape == wanted[n][::-1] for n in usual)

        def agrees(pieces):
            f, changed = pieces.get("f", oracle.m_step), pieces.get("q", lambda q: q)
            for label in usual:
                x, q = doubles(asked[label].arguments)
                got, want = values[label], f(x, changed(q))
                got = got.T if turned else got
                if got.size != want.size or not (fits if pieces else agree)(got.ravel(), want.ravel()):
                    return False
            return True

        if agrees({}):
            findings = [] if EMPTY not in given else empty_supercluster(asked[EMPTY], given[EMPTY])
            if shape is not None:
                findings.append(shape_fault(shape, "[C, 2]", "One row for each supercluster."))
            return verdict(findings)
        return verdict(explain(agrees, M_STEP_MISTAKES, [values[n] for n in usual]) or [unknown(
            "The means are not those that maximise the expected log joint." if shape is None else
            f"Expected shape [C, 2], got {list(shape)}.",
            "Try a posterior of zeros and ones: each mean is then a plain mean of x - OFFSETS[j].")]
        )  # fmt: skip

    return any_number_of_superclusters(judged, questions, answers)


def empty_supercluster(question, answer):
    """Findings about a supercluster without any weight: any finite value will do."""
    x, q = doubles(question.arguments)
    full = q.sum((0, 2)) > 0
    message = "Where a supercluster has no weight at all, its mean is NaN or infinite."
    if answer.arrived:
        got = answer.array("value").ravel()
        if got.size == 2 * len(full) and np.all(np.isfinite(got)):
            with np.errstate(all="ignore"):
                want = oracle.m_step(x, q)[full]
            table = got.reshape(len(full), 2)
            if agree(table[full], want) or agree(got.reshape(2, len(full)).T[full], want):
                return []
            message = "Where a supercluster has no weight at all, the means of the others go wrong."
    return [Finding("empty-supercluster", message,
                    "Do not divide by zero: bound the sum of the weights from below.", keep=0.7)]
