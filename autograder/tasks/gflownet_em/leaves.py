"""`component_means`: the means of the leaves."""

from collections.abc import Callable

import numpy as np

from autograder.authoring import STRUCTURE, TERM
from autograder.authoring.by_hand import ArrayJudge, Small, by_hand
from autograder.authoring.precision import f32
from autograder.authoring.readings import in_readings
from autograder.engine.assignment import Question, Questions
from autograder.engine.judge import known
from autograder.tasks.gflownet_em import oracle
from autograder.tasks.gflownet_em.inputs import (
    any_number_of_superclusters,
    minus_offsets,
    no_offsets,
    superclusters,
    ways,
)
from autograder.tasks.gflownet_em.oracle import OFFSETS, PETALS, STD

COMPONENT_MISTAKES = [
    known("petals-forgotten", STRUCTURE, "The offsets of the petals are left out.",
          "Each petal lies at its own offset from the supercluster's mean.", f=no_offsets),
    known("offset-sign", TERM, "The offsets are subtracted from the means, not added.",
          "Each petal lies at its own offset from the supercluster's mean.", f=minus_offsets),
    known("means-forgotten", STRUCTURE, "The means are left out: only the offsets count.",
          "A leaf lies at the supercluster's mean plus the petal's offset.",
          f=lambda m: np.repeat(OFFSETS[None], len(m), axis=0)),
    known("offsets-scaled", TERM, "The offsets are multiplied by sigma.",
          "OFFSETS are distances already; sigma is the noise around a leaf.",
          f=lambda m: m[:, None] + STD * OFFSETS),
    known("offsets-scaled", TERM, "The offsets are divided by sigma.",
          "OFFSETS are distances already; sigma is the noise around a leaf.",
          f=lambda m: m[:, None] + OFFSETS / STD),
    known("not-combined", STRUCTURE,
          "Supercluster k only gets petal k: means and offsets are added row by row.",
          "Every supercluster has every petal: give each an axis of its own, then broadcast.",
          f=lambda m: m + OFFSETS),
    known("one-petal", STRUCTURE, "Only the first petal is there.", "Every supercluster has every petal.",
          f=lambda m: np.repeat((m + OFFSETS[0])[:, None], PETALS, axis=1)),
    known("multiplied", STRUCTURE, "Means and offsets are multiplied, not added.",
          "A leaf lies at the supercluster's mean plus the petal's offset.",
          f=lambda m: m[:, None] * OFFSETS),
    known("one-coordinate", STRUCTURE, "One coordinate of the offsets is used for both.",
          "An offset is a vector: keep its two coordinates apart.",
          {"f": lambda m: m[:, None] + OFFSETS[:, :1]}, {"f": lambda m: m[:, None] + OFFSETS[:, 1:]}),
    known("petals-reversed", TERM, "The petals come in the reverse order.",
          "Leaf [i, j] belongs to OFFSETS[j].", f=lambda m: m[:, None] + OFFSETS[::-1]),
    known("rows-mixed-up", STRUCTURE, "After the reshape the rows hold means of several superclusters.",
          "Repeat each mean for its petals; tiling, and a reshape that moves axes, mix them up.",
          {"f": lambda m: np.tile(m, (PETALS, 1)).reshape(len(m), PETALS, 2) + OFFSETS},
          {"f": lambda m: (OFFSETS[:, None] + m).reshape(len(m), PETALS, 2)}),
    known("offsets-added-up", STRUCTURE, "Each petal gets the offsets of the petals before it, too.",
          "`+=` changes the row of means itself. Compute means[i] + OFFSETS[j] anew for each petal.",
          f=lambda m: m[:, None] + np.cumsum(OFFSETS, axis=0)),
    known("truncated", STRUCTURE, "The leaves are cut to whole numbers.",
          "An integer array cuts off the decimals: create it with the means' dtype.",
          f=lambda m: np.trunc(m[:, None] + OFFSETS)),
    known("coordinates-exchanged", TERM, "The two coordinates of the offsets are exchanged.",
          "The last axis holds the coordinates, in the order in which they come.",
          f=lambda m: m[:, None] + OFFSETS[:, ::-1]),
]  # fmt: skip


SMALL = Small(
    (
        f32([[0, 0]]),
        f32([[1, 0]]),
        f32([[1, 2]]),
        f32([[0, 0], [1, 2]]),
        f32([[0, 0], [1, 2], [3, 0]]),
        f32([[0, 0], [1, 2], [3, 0], [0, 4]]),
    ),
    ways("component_means"),
)
judge = ArrayJudge(
    ("The leaves are not at means[i] + OFFSETS[j].",
     "Try one supercluster at the origin: its leaves are the offsets."),
    "[C, P, 2]", "Superclusters come first, then petals, then coordinates.", turned=(0, 1),
)  # fmt: skip


def questions(rng: np.random.Generator) -> Questions:
    return in_readings({
        label: Question("component_means", (superclusters(rng, c, 2.0),))
        for label, c in (("three", 3), ("four", 4), ("six", 6))
    })  # fmt: skip


@by_hand(
    "component_means",
    questions,
    any_number_of_superclusters(judge),
    COMPONENT_MISTAKES,
    small=(SMALL,),
    axes={"means": "C."},
)
def component_means(
    means: np.ndarray, f: Callable[[np.ndarray], np.ndarray] = oracle.components
) -> np.ndarray:
    """Each leaf lies at its supercluster's mean plus its petal's offset."""
    return f(means)
