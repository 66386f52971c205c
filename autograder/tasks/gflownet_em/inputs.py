"""What the questions of `gflownet-em` are made of, and findings that several tasks share."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from autograder.authoring import STRUCTURE, TAILS, TERM
from autograder.authoring.by_hand import Judged
from autograder.authoring.inputs import public
from autograder.authoring.precision import f32, single
from autograder.authoring.readings import in_readings
from autograder.engine.assignment import Question, Questions
from autograder.engine.judge import Finding, Outcome, convention, cut_short, known, verdict
from autograder.tasks.gflownet_em.oracle import OFFSETS, STD

KINDS = ("array", "tensor")  # what a right function in another one's place may return


def superclusters(rng: np.random.Generator, c: int, spread: float) -> np.ndarray:
    """Means (c, 2) float32, which lie about `spread` apart."""
    angles = rng.uniform(0, 2 * np.pi) + 2 * np.pi * np.arange(c) / c
    means = spread * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return single(means + rng.uniform(-0.2, 0.2, (c, 2)) * spread + rng.uniform(-0.3, 0.3, 2))


def draw(rng: np.random.Generator, means: np.ndarray, n: int, noise: float = STD) -> np.ndarray:
    """n points (n, 2) float32 of the hierarchical mixture."""
    i, j = rng.integers(0, len(means), n), rng.integers(0, len(OFFSETS), n)
    return single(means[i] + OFFSETS[j] + noise * rng.standard_normal((n, 2)))


def far(rng: np.random.Generator, n: int, farthest: float = 30.0) -> np.ndarray:
    """n points (n, 2) so far from the middle that densities underflow, also in float64."""
    angles, distance = rng.uniform(0, 2 * np.pi, n), rng.uniform(15, farthest, n)
    return single(distance[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1))


FOUR_SUPERCLUSTERS = Finding(
    "four-superclusters",
    "Right for four superclusters only.",
    "Take the number of superclusters from the shape of the arguments.",
    kind=STRUCTURE,
)

UNSTABLE = Finding(
    "unstable-in-the-tails",
    "Far from all leaves the result is infinite, NaN or cut off: exp underflows there.",
    "Stay in log space to the end, with logsumexp, or let softmax do it.",
    kind=TAILS,
)


def shape_fault(got: Sequence[int], expected: str, hint: str = "") -> Finding:
    """The finding about numbers that are right in a shape that is not."""
    return convention("wrong-shape", f"Expected shape {expected}, got {list(got)}.", hint)


def right_and_own(questions: Questions, helpers: tuple[str, ...] = ("component_means",)) -> Questions:
    """The same questions with right functions that return arrays, or tensors, and end to end."""
    return in_readings(questions, helpers, {kind: {"kind": kind} for kind in KINDS})


def ways(probe: str, helpers: tuple[str, ...] = ()) -> tuple[Callable[..., Question], ...]:
    """Ways to ask with small arguments: the stand-ins return arrays, then tensors."""

    def question(freedom, *arguments):
        return Question(probe, arguments, helpers, freedom)

    return tuple(partial(question, {"kind": kind}) for kind in KINDS) if helpers else (partial(question, {}),)


# Pieces of log p(x, i, j) without the terms that are the same for all leaves.
NO_PRIOR = {"prior": lambda c: 0.0}
NO_CONSTANTS = {"normaliser": lambda: 0.0, **NO_PRIOR}


def no_offsets(means: np.ndarray) -> np.ndarray:
    return np.repeat(means[:, None], len(OFFSETS), axis=1)


def minus_offsets(means: np.ndarray) -> np.ndarray:
    return means[:, None] - OFFSETS


# Mistakes in log p(x, i, j), wherever it is used.
LEAF_MISTAKES = [
    known("petals-forgotten", STRUCTURE, "The offsets of the petals are left out.",
          "A leaf lies at the supercluster's mean plus the petal's offset.", centres=no_offsets),
    known("offset-sign", TERM, "The offsets are subtracted from the means, not added.",
          "A leaf lies at the supercluster's mean plus the petal's offset.", centres=minus_offsets),
    known("half-missing", TERM, "The factor 1/2 in the exponent is missing.",
          "Look at the exponent of the normal density again.", exponent=lambda d: -(d**2).sum(-1) / STD**2),
    known("half-squared", TERM, "The exponent has the factor 1/4, not 1/2.",
          "The squared distance is the sum over both coordinates, and is halved once.",
          exponent=lambda d: -0.25 * (d**2).sum(-1) / STD**2),
    known("sigma-not-squared", TERM, "The exponent divides by sigma, not by sigma squared.",
          "The density has the variance in its exponent.", exponent=lambda d: -0.5 * (d**2).sum(-1) / STD),
    known("sigma-squared-twice", TERM, "The exponent divides by sigma to the fourth.",
          "STD is the standard deviation: square it once.",
          exponent=lambda d: -0.5 * (d**2).sum(-1) / STD**4),
    known("sigma-forgotten", TERM, "Sigma is missing in the exponent.", "Distances count in units of sigma.",
          exponent=lambda d: -0.5 * (d**2).sum(-1)),
    known("multiplied-by-variance", TERM, "The exponent multiplies by the variance.",
          "The narrower the noise, the faster the density falls with distance.",
          exponent=lambda d: -0.5 * (d**2).sum(-1) * STD**2),
    known("distance-not-squared", TERM, "The distance in the exponent is not squared.",
          "Look at the exponent of the normal density again.",
          exponent=lambda d: -0.5 * np.sqrt((d**2).sum(-1)) / STD**2),
    known("coordinates-summed-first", STRUCTURE, "The coordinates are summed before they are squared.",
          "The squared distance is the sum of squares.", exponent=lambda d: -0.5 * d.sum(-1) ** 2 / STD**2),
    known("one-coordinate", STRUCTURE, "Only the first coordinate of x counts.",
          "The squared distance is the sum over both coordinates.",
          exponent=lambda d: -0.5 * d[..., 0] ** 2 / STD**2),
    known("one-coordinate", STRUCTURE, "Only the second coordinate of x counts.",
          "The squared distance is the sum over both coordinates.",
          exponent=lambda d: -0.5 * d[..., 1] ** 2 / STD**2),
    known("exponent-sign", TERM, "The exponent has the wrong sign.",
          "The density falls with the distance from the leaf.",
          exponent=lambda d: 0.5 * (d**2).sum(-1) / STD**2),
]  # fmt: skip


def any_number_of_superclusters(judge: Judged) -> Judged:
    """A judge of all questions, or of that with four superclusters if the others go wrong."""

    def judged(reading):
        main = judge(reading)
        if main.share > verdict([FOUR_SUPERCLUSTERS]).share or cut_short(main):
            return main
        four = judge(reading.only(["four"]))
        if four.outcome == Outcome.CORRECT:
            return verdict([FOUR_SUPERCLUSTERS])
        return four if main.outcome == Outcome.ERROR and four.outcome != Outcome.ERROR else main

    return judged


# Small (x, means). A leaf is 1 away from its supercluster, and sigma is a quarter.
LEAF_RUNGS = (
    f32([[0, 0]], [[0, 0]]),
    f32([[1, 0]], [[0, 0]]),
    f32([[0.5, 1]], [[0, 0]]),
    f32([[0.1, 0.2]], [[0, 0]]),
    f32([[1, 0]], [[1, 0.5]]),
    f32([[0, 0]], [[0, 0], [0, 0]]),
    f32([[0, 0]], [[0, 0], [1, 0]]),
    f32([[0.5, 0]], [[0, 0], [1, 0.5]]),
    f32([[0.1, 0.2]], [[0, 0], [0.2, 0]]),
    f32([[0, 0], [0.5, 0]], [[0, 0]]),
    f32([[0, 0], [0.1, 0.2]], [[0, 0]]),
    f32([[0, 0], [0.5, 0]], [[0, 0], [1, 0.5]]),
    f32([[0, 0], [0.1, 0.2]], [[0, 0], [0.2, 0]]),
    f32([[0, 0]], [[0, 0], [0.2, 0], [0, 0.5]]),
    f32([[0, 0], [0.1, 0.2]], [[0, 0], [0.2, 0], [0, 0.5]]),
    f32([[5, 0]], [[0, 0]]),
    f32([[30, 10]], [[0, 0]]),
    f32([[30, 10]], [[0, 0], [1, 2]]),
)


def leaf_probe() -> tuple[np.ndarray, np.ndarray]:
    rng = public()
    means = superclusters(rng, 3, 0.7)
    return draw(rng, means, 30, noise=0.4), means
