"""Tasks whose questions and judge are written by hand, and whose right answers and mistakes are declared."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from autograder.authoring.declarations import Compare, Declared, Part, place_of
from autograder.authoring.inputs import Input
from autograder.authoring.precision import doubles
from autograder.authoring.readings import Reading, none_arrived
from autograder.engine.assignment import Arguments, Draw, Question
from autograder.engine.counterexample import FEW, Examples, Ladder, Lines, compared
from autograder.engine.judge import (
    Answer,
    Finding,
    Mistake,
    Pieces,
    Reply,
    Verdict,
    convention,
    near,
    unknown,
    verdict,
)

Ask = Callable[..., Question]  # arguments -> Question
Follows = Callable[..., Any]  # (arguments, pieces, place, the student's parts or None) -> a part
Extreme = Finding | Callable[[Reading], list[Finding]]
Parts = list[np.ndarray]


class Judged(Protocol):
    """The verdict on the answers of one reading."""

    def __call__(self, reading: Reading, /) -> Verdict: ...


class Small(NamedTuple):
    """Small inputs that may show what is wrong; see `engine.counterexample.Ladder`."""

    rungs: tuple[Arguments, ...]  # of a question, the smallest first
    ask: tuple[Ask, ...]  # ways to put them as a question
    probe: Callable[[], Iterable[Any]] | None = None
    repair: Callable[[Arguments], Iterable[Any]] = tuple
    faults: Callable[[Arguments, Answer], Lines] | None = None  # by default from the declaration
    few: int = FEW


class ByHand(NamedTuple):
    """What the author of a task wrote by hand.

    Args:
        questions: rng -> {name: Question}.
        judge: Reading -> Verdict.
        arguments: Question -> arguments of the right function, in float64.
        reply: (Question, parts) -> what the jail brings where a student returns these parts.
        small: of `Small`.
        follows: (arguments, pieces, place, the student's parts or None) -> a part, where one part is computed
            from another.
    """

    questions: Draw
    judge: Judged
    arguments: Callable[[Question], Sequence[np.ndarray]]
    reply: Callable[[Question, Parts], Reply]
    small: tuple[Small, ...] = ()
    follows: Follows | None = None


class UpToAConstant(NamedTuple):
    """Numbers are compared without their constant."""

    note: str = "up to a constant"

    def __call__(self, got: np.ndarray, want: np.ndarray, known: bool = False) -> bool:
        return near(got - got[:1], want - want[:1], known)


def _own_arguments(question: Question) -> Arguments:
    return doubles(question.arguments)


def _in_parts(question: Question, parts: Parts) -> Reply:
    return {"parts": parts}


def _one_value(question: Question, parts: Parts) -> Reply:
    return {"value": parts[0]}


def by_hand(
    id: str,
    questions: Draw,
    judge: Judged,
    mistakes: Iterable[Mistake] = (),
    *,
    name: str = "",
    small: tuple[Small, ...] = (),
    arguments: Callable[[Question], Sequence[np.ndarray]] = _own_arguments,
    reply: Callable[[Question, Parts], Reply] | None = None,
    close: Compare = near,
    returns: tuple[str, ...] = (),
    follows: Follows | None = None,
    axes: Mapping[str, str],
) -> Callable[[Callable[..., Any]], Declared]:
    """Declare a task by its decorated right function, whose docstring is what students read.

    Args:
        id, name, close, returns, mistakes: as for `Declared`.
        questions, judge, arguments, small, reply, follows: as for `ByHand`.
        axes: of each argument of a question, such as x="N." for one of two axes, the last of a fixed size.
    """

    reply = reply or (_in_parts if returns else _one_value)
    hand = ByHand(questions, judge, arguments, reply, small, follows)
    inputs = {argument: Input(tuple(letters)) for argument, letters in axes.items()}

    def declare(right):
        place = place_of(right)
        return Declared(id, name or id, right, inputs, returns, close, list(mistakes), place, by_hand=hand)

    return declare


def in_parts(tables: dict[str, list[Mistake]]) -> list[Mistake]:
    """Mistakes that are made in one part each, from {part: its mistakes}."""
    return [
        mistake._replace(variants=tuple({Part(part): way} for way in mistake.variants))
        for part, mistakes in tables.items()
        for mistake in mistakes
    ]


def examples(declared: Declared) -> Examples:
    """The smallest cases of a task."""
    hand = declared.by_hand
    return Examples(tuple(ladder(declared, small) for small in hand.small) if hand else ())


def ladder(declared: Declared, small: Small) -> Ladder:
    return Ladder(
        {name: "".join(map(str, one.axes)) for name, one in declared.inputs.items()},
        small.rungs,
        small.ask,
        small.faults or functools.partial(faults, declared, small.ask[0]),
        small.probe,
        small.repair,
        few=small.few,
    )


def faults(declared: Declared, ask: Ask, arguments: Arguments, answer: Answer) -> dict[str, str]:
    """{part: words} of what is wrong with the answer to a small question; nothing where none is right."""
    told, found = Reading(declared, {"": ask(*arguments)}, {"": answer}), {}
    for place, name in enumerate(declared.parts):
        got, want = told.got("", place), told.want("", place=place)
        right = told.agrees(place=place) or told.agrees(place=place, own=True)
        if not right and np.all(np.isfinite(want)):
            found[name] = compared(got, want, name, getattr(declared.closeness(name), "note", ""))
    return found


class ArrayJudge(NamedTuple):
    """How an array, or a number, is judged: a function of a Reading.

    Args:
        wrong: what is said of numbers that fit no known mistake, and a hint.
        shape: what is expected, in words; where there are none, the shape does not count.
        hint: about the shape.
        turned: two axes; where they are exchanged, only the shape is wrong.
        extremes: {label: what is found where only this question goes wrong}: a Finding, or a function of the
            Reading that gives Findings.
        nearly: {Finding of a convention: the pieces that give it}.
    """

    wrong: tuple[str, str]
    shape: str = ""
    hint: str = ""
    turned: tuple[int, int] | None = None
    extremes: dict[str, Extreme] = {}
    nearly: dict[Finding, Pieces] = {}

    def __call__(self, reading: Reading) -> Verdict:
        usual = reading.but(*self.extremes)
        if fault := none_arrived(usual):
            return fault
        shapes = {label: usual.got(label).shape for label in usual.answers} if self.shape else {}
        odd = [shape for label, shape in shapes.items() if shape != np.shape(usual.want(label))]
        if odd and self.turned and _turned(usual, self.turned):
            reading = reading.seen(functools.partial(_exchanged, axes=self.turned))
            usual = reading.but(*self.extremes)
        if usual.agrees():
            findings = [found for label in self.extremes for found in self.at(reading, label)][-1:]
            words = f"Expected shape {self.shape}, got {list(odd[0])}." if odd else ""
            return verdict([*findings, *([convention("wrong-shape", words, self.hint)] if odd else [])])
        for finding, pieces in self.nearly.items():
            if usual.agrees(pieces):
                return verdict([finding])
        return verdict(usual.explained(usual.declared.mistakes) or [self.unnamed(usual)])

    def at(self, reading: Reading, label: str) -> list[Finding]:
        """What is found at an extreme question, if it was asked."""
        if label not in reading.answers:
            return []
        found, there = self.extremes[label], reading.only([label])
        if not isinstance(found, Finding):
            return found(there)
        return [] if there.arrived().answers and there.agrees() else [found]

    def unnamed(self, usual: Reading) -> Finding:
        """What is said of an answer that fits no known mistake."""
        message, hint = self.wrong
        label = next((n for n in usual.answers if usual.got(n).size != np.size(usual.want(n))), None)
        if label is None:
            return unknown(message, hint)
        shape = list(usual.got(label).shape)
        if self.shape:
            return unknown(f"Expected shape {self.shape}, got {shape}.", self.hint)
        return unknown(f"Expected one number, got an array of shape {shape}.", hint)


def _exchanged(got, axes):
    return got.swapaxes(*axes) if got.ndim > max(axes) else got


def _turned(reading, axes):
    """Whether all arrays have the right shapes once two axes are exchanged."""
    return all(
        _exchanged(got, axes).shape == np.shape(reading.want(label))
        for label, got in zip(reading.answers, reading.all(), strict=True)
    )
