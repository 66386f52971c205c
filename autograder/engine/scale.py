"""Partial credit: the kinds of findings, and how much of a task's points each kind leaves.

The scale is the same in every task. Shares of points are defined only here; other code only knows the kind of
a finding.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """The kind of a finding."""

    TAILS = "tails"
    TERM = "term"
    STRUCTURE = "structure"
    TWO = "two"
    UNFINISHED = "unfinished"
    NOTHING = "nothing"
    CONVENTION = "convention"
    INPUT_TYPE = "input-type"
    ONE_FORM = "one-form"
    FLAT = "flat"
    ADVICE = "advice"

    @property
    def is_about_numbers(self) -> bool:
        return self in NUMBERS


NUMBERS = {Kind.TAILS, Kind.TERM, Kind.STRUCTURE, Kind.TWO, Kind.UNFINISHED, Kind.NOTHING}
# What the kinds are called on a student's page.
WORDS = {
    Kind.TAILS: "wrong only where numbers are extreme",
    Kind.TERM: "one constant or term",
    Kind.STRUCTURE: "one axis, weight or transformation",
    Kind.TWO: "two mistakes",
    Kind.UNFINISHED: "runs, but changes nothing",
    Kind.NOTHING: "an unknown mistake, an exception, or no better than doing nothing",
    Kind.CONVENTION: "any other fault of convention",
    Kind.INPUT_TYPE: "fails for some types of input",
    Kind.ONE_FORM: "right for one shape of the parameters only",
    Kind.FLAT: "(N,) instead of (N, 1)",
}


class Scale(NamedTuple):
    """Shares of a task's points.

    Args:
        keeps: what a mistake of each kind in the numbers leaves.
        costs: what a fault of convention of each kind takes off.
    """

    keeps: dict[Kind, float]
    costs: dict[Kind, float]

    def share(self, parts: Sequence[Sequence[Kind]], whole: Sequence[Kind] = ()) -> float:
        """The share that is left, between 0 and 1.

        Args:
            parts: the kinds of the findings in each part of an answer; all parts earn the same share.
            whole: the kinds of the conventions that are about all parts.
        """
        return max(0.0, sum(map(self._left, parts)) / len(parts) - self._costs(whole))

    def _left(self, kinds):
        """What is left of one part: by the scale for one mistake, the least for two, less the conventions."""
        keeps = [self.keeps[kind] for kind in kinds if kind in self.keeps]
        kept = 1.0 if not keeps else keeps[0] if len(keeps) == 1 else min(self.keeps[Kind.TWO], *keeps)
        return max(0.0, kept - self._costs(kinds))

    def _costs(self, kinds):
        return sum(self.costs.get(kind, 0.0) for kind in kinds)


SCALE = Scale(
    keeps={
        Kind.TAILS: 0.7,
        Kind.TERM: 0.6,
        Kind.STRUCTURE: 0.4,
        Kind.TWO: 0.2,
        Kind.UNFINISHED: 0.2,
        Kind.NOTHING: 0.0,
    },
    costs={Kind.CONVENTION: 0.25, Kind.INPUT_TYPE: 0.2, Kind.ONE_FORM: 3 / 25, Kind.FLAT: 2 / 25},
)
