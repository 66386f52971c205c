"""`exact_m_step`: means of the superclusters from a posterior over leaves."""

import numpy as np
from scipy.special import softmax

from autograder.engine.assignment import Question, task
from autograder.engine.judge import Finding, Mistake, agree, explain, fits, unknown, verdict
from autograder.engine.scale import Kind
from autograder.tasks.gflownet_em import oracle
from autograder.tasks.gflownet_em.inputs import (
    any_number_of_superclusters,
    doubles,
    draw,
    none_arrived,
    shape_fault,
    superclusters,
)
from autograder.tasks.gflownet_em.oracle import OFFSETS, PETALS

EMPTY, LIGHT = "empty", "light"


def total(x, q):
    """Weighted sum of x without its petal, (C, 2)."""
    return np.einsum("ncp,npd->cd", q, x[:, None] - OFFSETS)


def with_petals(x, q):
    """Weighted sum of x, petals left out, (C, 2)."""
    return np.einsum("ncp,nd->cd", q, x)


def without_petals_of(chosen):
    """Weighted sum of x without the offset of one petal: chosen(q) is its index, (N, C)."""
    return lambda x, q: np.einsum("nc,ncd->cd", q.sum(2), x[:, None] - OFFSETS[chosen(q)])


def weight(x, q):
    """Expected number of points of each supercluster, (C,)."""
    return q.sum((0, 2))


def quotient(x, q, numerator=total, denominator=weight):
    """The M step, in which a mistake exchanges what is above or below the line, (C, 2)."""
    return numerator(x, q) / np.reshape(denominator(x, q), (-1, 1))


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


# A mistake in the whole leaves nothing of the quotient to exchange.
FIXED = {"numerator": total, "denominator": weight}


def mistaken(x, q, pieces):
    """The result with these pieces exchanged."""
    q = pieces.get("q", lambda q: q)(q)
    if "f" in pieces:
        return pieces["f"](x, q)
    return quotient(x, q, **{k: v for k, v in pieces.items() if k != "q"})


M_STEP_MISTAKES = [
    Mistake("petals-forgotten", Kind.STRUCTURE, "The offsets of the petals are not taken off.",
            "A point of petal j says where the mean is only after OFFSETS[j] is subtracted.",
            {"numerator": with_petals}),
    Mistake("offset-sign", Kind.TERM, "The offsets are added to x, not subtracted.",
            "x = mean + offset + noise: solve it for the mean.",
            {"numerator": lambda x, q: 2 * with_petals(x, q) - total(x, q)}),
    Mistake("likeliest-petal", Kind.STRUCTURE, "Only the offset of the likeliest petal is taken off.",
            "Each petal's offset counts with the probability of that petal.",
            {"numerator": without_petals_of(lambda q: q.argmax(2))}),
    Mistake("likeliest-petal", Kind.STRUCTURE, "Only the offset of the likeliest petal is taken off.",
            "Each petal's offset counts with the probability of that petal.",
            {"numerator": without_petals_of(
                lambda q: np.repeat(q.sum(1).argmax(1)[:, None], q.shape[1], axis=1))}),
    Mistake("one-petal", Kind.STRUCTURE, "Only the first petal's probabilities are used.",
            "Sum over all petals, each with its own offset.",
            {"q": lambda q: q * np.eye(PETALS)[0]}),
    Mistake("divided-by-n", Kind.STRUCTURE, "The weighted sum is divided by N, not by the weights' sum.",
            "Divide by the expected number of points of the supercluster.",
            {"denominator": lambda x, q: np.full(q.shape[1], len(x))}),
    Mistake("divided-by-n", Kind.STRUCTURE, "The weights are averaged over the petals, then divided by N.",
            "Divide by the expected number of points of the supercluster.",
            {"denominator": lambda x, q: np.full(q.shape[1], len(x) * PETALS)}),
    Mistake("divided-by-count-of-petals", Kind.TERM,
            "The weighted sum is divided by the number of petals too.",
            "The weights of all petals of a supercluster are summed.",
            {"denominator": lambda x, q: weight(x, q) * PETALS}),
    Mistake("divided-by-count-of-petals", Kind.TERM, "The result is the number of petals times too large.",
            "Sum the weights over the petals, above and below the line.",
            {"denominator": lambda x, q: weight(x, q) / PETALS}),
    Mistake("one-added-below", Kind.TERM, "One is added to the sum of the weights before the division.",
            "Guard against a division by zero with a bound from below, not with a sum.",
            {"denominator": lambda x, q: weight(x, q) + 1}),
    Mistake("not-divided", Kind.STRUCTURE, "The weighted sum is not divided by the sum of the weights.",
            "Divide by the expected number of points of the supercluster.",
            {"denominator": lambda x, q: np.ones(q.shape[1])}),
    Mistake("petals-averaged", Kind.STRUCTURE, "Each leaf gets a mean, and these are averaged evenly.",
            "A petal with more points counts for more: sum over points and petals, divide once.",
            {"f": lambda x, q: of_each_leaf(x, q).mean(1), **FIXED}),
    Mistake("leaves-returned", Kind.STRUCTURE, "There is one mean for each leaf.",
            "Only superclusters have means to learn: sum over the petals.",
            {"f": of_each_leaf, **FIXED}),
    Mistake("leaves-returned", Kind.STRUCTURE, "The means of the leaves are returned.",
            "Return the means of the superclusters.",
            {"f": lambda x, q: oracle.components(oracle.m_step(x, q)), **FIXED}),
    Mistake("petals-of-all-data", Kind.STRUCTURE,
            "The mean offset of all the data is subtracted from each supercluster.",
            "Subtract each petal's offset from the points that belong to it.",
            {"numerator": lambda x, q: with_petals(x, q) - mean_offset(q) * weight(x, q)[:, None]}),
    Mistake("wrong-level", Kind.STRUCTURE, "There is one mean for each petal, not for each supercluster.",
            "Sum over points and petals; the superclusters' axis stays.",
            {"f": lambda x, q: np.einsum("ncp,npd->pd", q, x[:, None] - OFFSETS)
             / q.sum((0, 1))[:, None], **FIXED}),
    Mistake("posterior-ignored", Kind.NOTHING, "All superclusters get the mean of all the data.",
            "Weight each point by its posterior.",
            {"f": lambda x, q: np.repeat(x.mean(0, keepdims=True), q.shape[1], axis=0), **FIXED}),
    Mistake("hard-assignment", Kind.STRUCTURE, "Each point counts for its likeliest leaf only.",
            "Weight each point by its posterior.", {"q": hard}),
    Mistake("weights-squared", Kind.STRUCTURE, "The posterior is squared.",
            "Weight each point by its posterior, once.", {"q": np.square}),
    Mistake("softmax-of-probabilities", Kind.STRUCTURE, "Softmax is applied to the posterior once more.",
            "The posterior comes as probabilities.", {"q": lambda q: softmax(q, axis=(1, 2))}),
    Mistake("logarithm-of-probabilities", Kind.STRUCTURE, "The logarithm of the posterior is the weight.",
            "The posterior comes as probabilities: weight by them.", {"q": np.log}),
    Mistake("exponential-of-probabilities", Kind.STRUCTURE, "The posterior is exponentiated.",
            "The posterior comes as probabilities, not as logarithms.", {"q": np.exp}),
]  # fmt: skip


def m_step_questions(rng):
    asked = {}
    for label, c in (("three", 3), ("four", 4), ("six", 6), (EMPTY, 3), (LIGHT, 3)):
        x = draw(rng, superclusters(rng, c, 2.0), 60)
        # Some petals are likelier than others, and that differs between superclusters.
        logits = 1.5 * rng.standard_normal((60, c, PETALS)) + 1.5 * rng.standard_normal((c, PETALS))
        if label == EMPTY:
            logits[:, 1] = -np.inf
        if label == LIGHT:
            for _ in range(20):  # less than one point's weight, and no less than a guard of 1e-4 spoils
                logits[:, 1] += np.log(0.6 / softmax(logits, axis=(1, 2))[:, 1].sum())
        asked[label] = Question("exact_m_step", (x, np.float32(softmax(logits, axis=(1, 2)))))
    return asked


LITTLE_WEIGHT = Finding(
    "little-weight", "Where a supercluster has less than one point's weight in all, its mean goes wrong.",
    "A bound of the sum of the weights from below must be far below any weight that counts.", kind=Kind.TAILS,
)  # fmt: skip


@task("exact_m_step", "exact_m_step", m_step_questions)
def exact_m_step(questions, answers):
    """A supercluster's mean is the mean of x without its petal's offset, weighted by the posterior."""

    def judged(asked, given):
        usual = {label: answer for label, answer in given.items() if label not in (EMPTY, LIGHT)}
        if fault := none_arrived(usual):
            return fault
        values = {label: a.array("value") for label, a in given.items() if a.arrived}
        wanted = {label: (asked[label].arguments[1].shape[1], 2) for label in given}
        shape = next((values[n].shape for n in usual if values[n].shape != wanted[n]), None)
        turned = shape is not None and all(values[n].shape == wanted[n][::-1] for n in usual)

        def agrees(pieces, labels=tuple(usual)):
            for label in labels:
                x, q = doubles(asked[label].arguments)
                got, want = values[label], mistaken(x, q, pieces) if pieces else oracle.m_step(x, q)
                got = got.T if turned else got
                if got.size != want.size or not (fits if pieces else agree)(got.ravel(), want.ravel()):
                    return False
            return True

        if agrees({}):
            findings = [] if EMPTY not in given else empty_supercluster(asked[EMPTY], given[EMPTY])
            if LIGHT in given and not (LIGHT in values and agrees({}, [LIGHT])):
                findings = [LITTLE_WEIGHT]
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
                    "Do not divide by zero: bound the sum of the weights from below.", kind=Kind.TAILS)]
