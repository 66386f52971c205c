"""`exact_m_step`: means of the superclusters from a posterior over leaves."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import softmax

from autograder.authoring import NOTHING, STRUCTURE, TAILS, TERM
from autograder.authoring.by_hand import ArrayJudge, Small, by_hand
from autograder.authoring.inputs import exact_rows, public
from autograder.authoring.precision import doubles, f32, single
from autograder.authoring.readings import Reading, in_readings
from autograder.engine.assignment import Arguments, Question, Questions
from autograder.engine.counterexample import Lines, compared, fault
from autograder.engine.judge import Answer, Finding, agree, known
from autograder.tasks.gflownet_em import oracle
from autograder.tasks.gflownet_em.inputs import any_number_of_superclusters, draw, superclusters, ways
from autograder.tasks.gflownet_em.oracle import OFFSETS, PETALS
from autograder.tasks.gflownet_em.posterior import hard

EMPTY, LIGHT = "empty", "light"


def total(x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Weighted sum of x without its petal, (C, 2)."""
    return np.einsum("ncp,npd->cd", q, x[:, None] - OFFSETS)


def with_petals(x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Weighted sum of x, petals left out, (C, 2)."""
    return np.einsum("ncp,nd->cd", q, x)


def without_petals_of(
    chosen: Callable[[np.ndarray], np.ndarray],
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Weighted sum of x without the offset of one petal: chosen(q) is its index, (N, C)."""
    return lambda x, q: np.einsum("nc,ncd->cd", q.sum(2), x[:, None] - OFFSETS[chosen(q)])


def likeliest_petals(q: np.ndarray) -> np.ndarray:
    """Of each point, whatever its supercluster, (N, C)."""
    return np.repeat(q.sum(1).argmax(1)[:, None], q.shape[1], axis=1)


def weight(x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Expected number of points of each supercluster, (C,)."""
    return q.sum((0, 2))


def quotient(
    x: np.ndarray,
    q: np.ndarray,
    numerator: Callable[[np.ndarray, np.ndarray], np.ndarray] = total,
    denominator: Callable[[np.ndarray, np.ndarray], np.ndarray] = weight,
) -> np.ndarray:
    """The M step, in which a mistake exchanges what is above or below the line, (C, 2)."""
    return numerator(x, q) / np.reshape(denominator(x, q), (-1, 1))


def of_each_leaf(x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Weighted mean of x without its petal for each leaf, (C, P, 2)."""
    shifted = x[:, None] - OFFSETS
    return np.einsum("ncp,npd->cpd", q, shifted) / q.sum(0)[..., None]


def mean_offset(q: np.ndarray) -> np.ndarray:
    """Mean offset over all points, (2,)."""
    return q.sum((0, 1)) @ OFFSETS / q.sum()


M_STEP_MISTAKES = [
    known("petals-forgotten", STRUCTURE, "The offsets of the petals are not taken off.",
          "A point of petal j says where the mean is only after OFFSETS[j] is subtracted.",
          numerator=with_petals),
    known("offset-sign", TERM, "The offsets are added to x, not subtracted.",
          "x = mean + offset + noise: solve it for the mean.",
          numerator=lambda x, q: 2 * with_petals(x, q) - total(x, q)),
    known("likeliest-petal", STRUCTURE, "Only the offset of the likeliest petal is taken off.",
          "Each petal's offset counts with the probability of that petal.",
          {"numerator": without_petals_of(lambda q: q.argmax(2))},
          {"numerator": without_petals_of(likeliest_petals)}),
    known("one-petal", STRUCTURE, "Only the first petal's probabilities are used.",
          "Sum over all petals, each with its own offset.", weigh=lambda q: q * np.eye(PETALS)[0]),
    known("divided-by-n", STRUCTURE, "The weighted sum is divided by N, not by the weights' sum.",
          "Divide by the expected number of points of the supercluster.",
          denominator=lambda x, q: np.full(q.shape[1], len(x))),
    known("divided-by-n", STRUCTURE, "The weights are averaged over the petals, then divided by N.",
          "Divide by the expected number of points of the supercluster.",
          denominator=lambda x, q: np.full(q.shape[1], len(x) * PETALS)),
    known("divided-by-count-of-petals", TERM, "The weighted sum is divided by the number of petals too.",
          "The weights of all petals of a supercluster are summed.",
          denominator=lambda x, q: weight(x, q) * PETALS),
    known("divided-by-count-of-petals", TERM, "The result is the number of petals times too large.",
          "Sum the weights over the petals in the numerator and in the denominator.",
          denominator=lambda x, q: weight(x, q) / PETALS),
    known("one-added-below", TERM, "One is added to the sum of the weights before the division.",
          "Avoid the division by zero with a lower bound (a maximum), not by adding a constant.",
          denominator=lambda x, q: weight(x, q) + 1),
    known("not-divided", STRUCTURE, "The weighted sum is not divided by the sum of the weights.",
          "Divide by the expected number of points of the supercluster.",
          denominator=lambda x, q: np.ones(q.shape[1])),
    known("petals-averaged", STRUCTURE, "Each leaf gets a mean, and these are averaged evenly.",
          "A petal with more points counts for more: sum over points and petals, divide once.",
          f=lambda x, q: of_each_leaf(x, q).mean(1)),
    known("leaves-returned", STRUCTURE, "There is one mean for each leaf.",
          "Only superclusters have means to learn: sum over the petals.", f=of_each_leaf),
    known("leaves-returned", STRUCTURE, "The means of the leaves are returned.",
          "Return the means of the superclusters.", f=lambda x, q: oracle.components(oracle.m_step(x, q))),
    known("petals-of-all-data", STRUCTURE,
          "The mean offset of all the data is subtracted from each supercluster.",
          "Subtract each petal's offset from the points that belong to it.",
          numerator=lambda x, q: with_petals(x, q) - mean_offset(q) * weight(x, q)[:, None]),
    known("wrong-level", STRUCTURE, "There is one mean for each petal, not for each supercluster.",
          "Sum over points and petals; the superclusters' axis stays.",
          f=lambda x, q: np.einsum("ncp,npd->pd", q, x[:, None] - OFFSETS) / q.sum((0, 1))[:, None]),
    known("posterior-ignored", NOTHING, "All superclusters get the mean of all the data.",
          "Weight each point by its posterior.",
          f=lambda x, q: np.repeat(x.mean(0, keepdims=True), q.shape[1], axis=0)),
    known("hard-assignment", STRUCTURE, "Each point counts for its likeliest leaf only.",
          "Weight each point by its posterior.", weigh=hard),
    known("weights-squared", STRUCTURE, "The posterior is squared.",
          "Weight each point by its posterior, once.", weigh=np.square),
    known("softmax-of-probabilities", STRUCTURE, "Softmax is applied to the posterior once more.",
          "The posterior comes as probabilities.", weigh=lambda q: softmax(q, axis=(1, 2))),
    known("logarithm-of-probabilities", STRUCTURE, "The logarithm of the posterior is the weight.",
          "The posterior comes as probabilities: weight by them.", weigh=np.log),
    known("exponential-of-probabilities", STRUCTURE, "The posterior is exponentiated.",
          "The posterior comes as probabilities, not as logarithms.", weigh=np.exp),
]  # fmt: skip


def questions(rng: np.random.Generator) -> Questions:
    asked = {}
    for label, c in (("three", 3), ("four", 4), ("six", 6), (EMPTY, 3), (LIGHT, 3)):
        x = draw(rng, superclusters(rng, c, 2.0), 60)
        # Some petals are likelier than others, and that differs between superclusters.
        logits = 1.5 * rng.standard_normal((60, c, PETALS)) + 1.5 * rng.standard_normal((c, PETALS))
        if label == EMPTY:
            logits[:, 1] = -np.inf
        if label == LIGHT:
            for _ in range(20):  # a bound of 0.1 changes it, and adding 1e-5 does not
                logits[:, 1] += np.log(0.08 / softmax(logits, axis=(1, 2))[:, 1].sum())
        asked[label] = Question("exact_m_step", (x, single(softmax(logits, axis=(1, 2)))))
    return in_readings(asked)


LITTLE_WEIGHT = Finding(
    "little-weight",
    "Where a supercluster has less than one point's weight in all, its mean goes wrong.",
    "A lower bound on the sum of the weights must be far smaller than any weight that matters.",
    kind=TAILS,
)


def empty_supercluster(there: Reading) -> list[Finding]:
    """Findings about a supercluster without any weight: any finite value will do."""
    (x, q), answer = there.inputs("empty"), there.answers["empty"]
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
    hint = "Do not divide by zero: put a lower bound on the sum of the weights."
    return [Finding("empty-supercluster", message, hint, TAILS)]


def faults(arguments: Arguments, answer: Answer) -> Lines:
    """What is wrong with the answer to small arguments; where there is no weight any finite mean will do."""
    x, q = doubles(arguments)
    full, got = q.sum((0, 2)) > 0, answer.array("value")
    if full.all():
        return fault(got, oracle.m_step(x, q))
    want = oracle.m_step(x, q)[full]
    if got.size == 2 * len(full) and np.all(np.isfinite(got)) and agree(got.reshape(-1, 2)[full], want):
        return {}
    note = "(any finite mean will do where there is no weight)"
    return {"": compared(got, np.where(full[:, None], oracle.m_step(x, q), 0), "", note)}


FIRST, EVEN = [1, 0, 0, 0], [0.25] * 4


def eighths(arguments: Arguments) -> tuple[np.ndarray, np.ndarray]:
    """The posterior in eighths."""
    x, q = arguments
    return x, single(exact_rows(q.reshape(len(q), -1)).reshape(q.shape))


def m_step_probe() -> tuple[np.ndarray, np.ndarray]:
    rng = public()
    return eighths(
        (draw(rng, superclusters(rng, 3, 2.0), 20), single(rng.dirichlet([0.3] * 12, 20).reshape(20, 3, 4)))
    )


SMALL = Small(
    (
        f32([[0, 0]], [[FIRST]]),
        f32([[1, 2]], [[EVEN]]),
        f32([[1, 2]], [[FIRST]]),
        f32([[1, 2], [3, 0]], [[FIRST], [EVEN]]),
        f32([[1, 2]], [[[0.5, 0, 0, 0], [0, 0.5, 0, 0]]]),
        f32([[1, 2]], [[[0.5, 0.25, 0, 0], [0, 0, 0, 0.25]]]),
        f32([[1, 2], [3, 0]], [[[0.5, 0.25, 0, 0], [0, 0, 0, 0.25]], [[0, 0.25, 0.5, 0], [0, 0.25, 0, 0]]]),
        f32([[1, 2]], [[FIRST, [0, 0, 0, 0]]]),
    ),
    ways("exact_m_step"),
    m_step_probe,
    eighths,
    faults,
)
judge = ArrayJudge(
    ("The means are not those that maximise the expected log joint.",
     "Try a posterior of zeros and ones: each mean is then a plain mean of x - OFFSETS[j]."),
    "[C, 2]", "One row for each supercluster.", turned=(0, 1),
    extremes={EMPTY: empty_supercluster, LIGHT: LITTLE_WEIGHT},
)  # fmt: skip


@by_hand(
    "exact_m_step",
    questions,
    any_number_of_superclusters(judge),
    M_STEP_MISTAKES,
    small=(SMALL,),
    axes={"x": "N.", "q": "NC."},
)
def exact_m_step(
    x: np.ndarray,
    q: np.ndarray,
    f: Callable[..., np.ndarray] = quotient,
    weigh: Callable[[np.ndarray], np.ndarray] = np.asarray,
    **pieces: Any,
) -> np.ndarray:
    """A supercluster's mean is the mean of x without its petal's offset, weighted by the posterior."""
    return f(x, weigh(q), **pieces)
