"""What the questions of `gflownet-em` are made of, and findings that several tasks share."""

import numpy as np

from autograder.engine.judge import (
    Finding,
    Mistake,
    all_must_hold,
    convention,
    cut_short,
    first_or_right,
    no_answer,
    verdict,
)
from autograder.engine.scale import Kind
from autograder.tasks.gflownet_em.oracle import OFFSETS, STD

FAILED = ("error", "timeout", "crashed")
KINDS = ("array", "tensor")  # what a right function in another one's place may return


def superclusters(rng, c, spread):
    """Means (c, 2) float32, which lie about `spread` apart."""
    angles = rng.uniform(0, 2 * np.pi) + 2 * np.pi * np.arange(c) / c
    means = spread * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.float32(means + rng.uniform(-0.2, 0.2, (c, 2)) * spread + rng.uniform(-0.3, 0.3, 2))


def draw(rng, means, n, noise=STD):
    """n points (n, 2) float32 of the hierarchical mixture."""
    i, j = rng.integers(0, len(means), n), rng.integers(0, len(OFFSETS), n)
    return np.float32(means[i] + OFFSETS[j] + noise * rng.standard_normal((n, 2)))


def far(rng, n):
    """n points (n, 2) so far from the middle that densities underflow, also in float64."""
    angles, distance = rng.uniform(0, 2 * np.pi, n), rng.uniform(15, 30, n)
    return np.float32(distance[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1))


FOUR_SUPERCLUSTERS = Finding(
    "four-superclusters", "Right for four superclusters only.",
    "Take the number of superclusters from the shape of the arguments.", kind=Kind.STRUCTURE,
)  # fmt: skip

UNSTABLE = Finding(
    "unstable-in-the-tails",
    "Far from all leaves the result is infinite, NaN or cut off: exp underflows there.",
    "Stay in log space to the end, with logsumexp, or let softmax do it.", kind=Kind.TAILS,
)  # fmt: skip


def shape_fault(got, expected, hint=""):
    """The finding about numbers that are right in a shape that is not."""
    return convention("wrong-shape", f"Expected shape {expected}, got {list(got)}.", hint)


def doubles(arguments):
    return [np.float64(value) for value in arguments]


def kinds_and_own(questions, stand_ins):
    """The same questions with right functions that return arrays, or tensors, and end to end."""
    asked = {}
    for label, question in questions.items():
        for kind in KINDS:
            asked[f"{kind} {label}"] = question._replace(stand_ins=stand_ins, freedom={"kind": kind})
        asked[f"own {label}"] = question._replace(fallback=True)
    return asked


def best_of_kinds(questions, answers, judged):
    """The verdict among right functions of the kind that fits, or end to end.

    Args:
        judged: ({label: question}, {label: answer}) -> Verdict.
    """

    def mode(prefix):
        return (
            {n.split(" ", 1)[1]: q for n, q in questions.items() if n.startswith(prefix)},
            {n.split(" ", 1)[1]: a for n, a in answers.items() if n.startswith(prefix)},
        )

    # A function may be right for arrays or for tensors only, but not right for one and wrong for the other.
    kinds = [judged(*mode(kind)) for kind in KINDS]
    first = all_must_hold([v for v in kinds if v.outcome not in FAILED] or kinds)
    asked, given = mode("own")
    return first_or_right(first, [judged(asked, given)] if given else [])


def none_arrived(answers):
    """The verdict if a question brought no numbers, else None."""
    for answer in answers.values():
        if not answer.arrived:
            return no_answer(answer)
    return None


def no_offsets(means):
    return np.repeat(means[:, None], len(OFFSETS), axis=1)


def minus_offsets(means):
    return means[:, None] - OFFSETS


# Mistakes in log p(x, i, j), wherever it is used.
LEAF_MISTAKES = [
    Mistake("petals-forgotten", Kind.STRUCTURE, "The offsets of the petals are left out.",
            "A leaf lies at the supercluster's mean plus the petal's offset.",
            {"centres": no_offsets}),
    Mistake("offset-sign", Kind.TERM, "The offsets are subtracted from the means, not added.",
            "A leaf lies at the supercluster's mean plus the petal's offset.",
            {"centres": minus_offsets}),
    Mistake("half-missing", Kind.TERM, "The factor 1/2 in the exponent is missing.",
            "Look at the exponent of the normal density again.",
            {"exponent": lambda d: -(d**2).sum(-1) / STD**2}),
    Mistake("half-squared", Kind.TERM, "The exponent has the factor 1/4, not 1/2.",
            "The squared distance is the sum over both coordinates, and is halved once.",
            {"exponent": lambda d: -0.25 * (d**2).sum(-1) / STD**2}),
    Mistake("sigma-not-squared", Kind.TERM, "The exponent divides by sigma, not by sigma squared.",
            "The density has the variance in its exponent.",
            {"exponent": lambda d: -0.5 * (d**2).sum(-1) / STD}),
    Mistake("sigma-squared-twice", Kind.TERM, "The exponent divides by sigma to the fourth.",
            "STD is the standard deviation: square it once.",
            {"exponent": lambda d: -0.5 * (d**2).sum(-1) / STD**4}),
    Mistake("sigma-forgotten", Kind.TERM, "Sigma is missing in the exponent.",
            "Distances count in units of sigma.",
            {"exponent": lambda d: -0.5 * (d**2).sum(-1)}),
    Mistake("multiplied-by-variance", Kind.TERM, "The exponent multiplies by the variance.",
            "The narrower the noise, the faster the density falls with distance.",
            {"exponent": lambda d: -0.5 * (d**2).sum(-1) * STD**2}),
    Mistake("distance-not-squared", Kind.TERM, "The distance in the exponent is not squared.",
            "Look at the exponent of the normal density again.",
            {"exponent": lambda d: -0.5 * np.sqrt((d**2).sum(-1)) / STD**2}),
    Mistake("coordinates-summed-first", Kind.STRUCTURE, "The coordinates are summed before they are squared.",
            "The squared distance is the sum of squares.",
            {"exponent": lambda d: -0.5 * d.sum(-1) ** 2 / STD**2}),
    Mistake("one-coordinate", Kind.STRUCTURE, "Only the first coordinate of x counts.",
            "The squared distance is the sum over both coordinates.",
            {"exponent": lambda d: -0.5 * d[..., 0] ** 2 / STD**2}),
    Mistake("one-coordinate", Kind.STRUCTURE, "Only the second coordinate of x counts.",
            "The squared distance is the sum over both coordinates.",
            {"exponent": lambda d: -0.5 * d[..., 1] ** 2 / STD**2}),
    Mistake("exponent-sign", Kind.TERM, "The exponent has the wrong sign.",
            "The density falls with the distance from the leaf.",
            {"exponent": lambda d: 0.5 * (d**2).sum(-1) / STD**2}),
]  # fmt: skip


def any_number_of_superclusters(judged, asked, given):
    """The verdict on all questions, or on that with four superclusters if the others go wrong."""
    main = judged(asked, given)
    if main.share > verdict([FOUR_SUPERCLUSTERS]).share or cut_short(main):
        return main
    four = judged({"four": asked["four"]}, {"four": given["four"]})
    if four.outcome == "correct":
        return verdict([FOUR_SUPERCLUSTERS])
    return four if main.outcome == "error" and four.outcome != "error" else main
