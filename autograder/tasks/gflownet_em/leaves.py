"""`component_means`: the means of the leaves."""

import numpy as np

from autograder.engine.assignment import Question, task
from autograder.engine.judge import Mistake, agree, explain, fits, unknown, verdict
from autograder.engine.scale import Kind
from autograder.tasks.gflownet_em import oracle
from autograder.tasks.gflownet_em.inputs import (
    any_number_of_superclusters,
    minus_offsets,
    no_offsets,
    none_arrived,
    shape_fault,
    superclusters,
)
from autograder.tasks.gflownet_em.oracle import OFFSETS, PETALS, STD


def component_means_questions(rng):
    return {
        label: Question("component_means", (superclusters(rng, c, 2.0),))
        for label, c in (("three", 3), ("four", 4), ("six", 6))
    }


COMPONENT_MISTAKES = [
    Mistake("petals-forgotten", Kind.STRUCTURE, "The offsets of the petals are left out.",
            "Each petal lies at its own offset from the supercluster's mean.", {"f": no_offsets}),
    Mistake("offset-sign", Kind.TERM, "The offsets are subtracted from the means, not added.",
            "Each petal lies at its own offset from the supercluster's mean.", {"f": minus_offsets}),
    Mistake("means-forgotten", Kind.STRUCTURE, "The means are left out: only the offsets count.",
            "A leaf lies at the supercluster's mean plus the petal's offset.",
            {"f": lambda m: np.repeat(OFFSETS[None], len(m), axis=0)}),
    Mistake("offsets-scaled", Kind.TERM, "The offsets are multiplied by sigma.",
            "OFFSETS are distances already; sigma is the noise around a leaf.",
            {"f": lambda m: m[:, None] + STD * OFFSETS}),
    Mistake("offsets-scaled", Kind.TERM, "The offsets are divided by sigma.",
            "OFFSETS are distances already; sigma is the noise around a leaf.",
            {"f": lambda m: m[:, None] + OFFSETS / STD}),
    Mistake("not-combined", Kind.STRUCTURE,
            "Supercluster k only gets petal k: means and offsets are added row by row.",
            "Every supercluster has every petal: give each an axis of its own, then broadcast.",
            {"f": lambda m: m + OFFSETS if len(m) == PETALS else np.full((len(m), 2), np.nan)}),
    Mistake("one-petal", Kind.STRUCTURE, "Only the first petal is there.",
            "Every supercluster has every petal.",
            {"f": lambda m: np.repeat((m + OFFSETS[0])[:, None], PETALS, axis=1)}),
    Mistake("multiplied", Kind.STRUCTURE, "Means and offsets are multiplied, not added.",
            "A leaf lies at the supercluster's mean plus the petal's offset.",
            {"f": lambda m: m[:, None] * OFFSETS}),
    Mistake("one-coordinate", Kind.STRUCTURE, "One coordinate of the offsets is used for both.",
            "An offset is a vector: keep its two coordinates apart.",
            {"f": lambda m: m[:, None] + OFFSETS[:, :1]}),
    Mistake("one-coordinate", Kind.STRUCTURE, "One coordinate of the offsets is used for both.",
            "An offset is a vector: keep its two coordinates apart.",
            {"f": lambda m: m[:, None] + OFFSETS[:, 1:]}),
    Mistake("petals-reversed", Kind.TERM, "The petals come in the reverse order.",
            "Leaf [i, j] belongs to OFFSETS[j].",
            {"f": lambda m: m[:, None] + OFFSETS[::-1]}),
    Mistake("rows-mixed-up", Kind.STRUCTURE,
            "After the reshape the rows hold means of several superclusters.",
            "Repeat each mean for its petals; tiling, and a reshape that moves axes, mix them up.",
            {"f": lambda m: np.tile(m, (PETALS, 1)).reshape(len(m), PETALS, 2) + OFFSETS}),
    Mistake("truncated", Kind.STRUCTURE, "The leaves are cut to whole numbers.",
            "An array of integers drops what follows the point: make it of the means' dtype.",
            {"f": lambda m: np.trunc(m[:, None] + OFFSETS)}),
    Mistake("coordinates-exchanged", Kind.TERM, "The two coordinates of the offsets are exchanged.",
            "The last axis holds the coordinates, in the order in which they come.",
            {"f": lambda m: m[:, None] + OFFSETS[:, ::-1]}),
]  # fmt: skip


@task("component_means", "component_means", component_means_questions)
def component_means(questions, answers):
    """Each leaf lies at its supercluster's mean plus its petal's offset."""

    def judged(asked, given):
        if fault := none_arrived(given):
            return fault
        values = {label: answer.array("value") for label, answer in given.items()}
        means = {label: np.float64(asked[label].arguments[0]) for label in asked}
        shape = next(
            (v.shape for n, v in values.items() if v.shape != (len(means[n]), PETALS, 2)), None
        )
        turned = shape is not None and all(
            v.shape == (PETALS, len(means[n]), 2) for n, v in values.items()
        )

        def agrees(pieces):
            compare = fits if pieces else agree
            f = pieces.get("f", oracle.components)
            for label, got in values.items():
                want = f(means[label])
                got = got.swapaxes(0, 1) if turned else got
                if got.size != want.size or not compare(got.reshape(want.shape), want):
                    return False
            return True

        if agrees({}):
            if shape is None:
                return verdict([])
            hint = "Superclusters come first, then petals, then coordinates."
            return verdict([shape_fault(shape, "[C, P, 2]", hint)])
        return verdict(explain(agrees, COMPONENT_MISTAKES, values.values()) or [unknown(
            "The leaves are not at means[i] + OFFSETS[j]." if shape is None else
            f"Expected shape [C, P, 2], got {list(shape)}.",
            "Try one supercluster at the origin: its leaves are the offsets.")])  # fmt: skip

    return any_number_of_superclusters(judged, questions, answers)
