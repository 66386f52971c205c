"""Tasks whose questions and judge are written by hand, and whose right answers and mistakes are declared."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograder.authoring.declarations import Declared, Part, place_of
from autograder.authoring.inputs import Input
from autograder.authoring.readings import Reading, none_arrived
from autograder.engine.counterexample import Examples, Ladder, compared
from autograder.engine.judge import Finding, Mistake, Verdict, convention, near, unknown, verdict


class Small(NamedTuple):
    """Small inputs that may show what is wrong; see `engine.counterexample.Ladder`."""

    rungs: tuple  # arguments of a question, the smallest first
    ask: tuple  # ways to put them as a question
    probe: Callable | None = None
    repair: Callable = tuple
    faults: Callable | None = None  # (arguments, Answer) -> {part: words}; by default from the declaration
    few: int = 0


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

    questions: Callable
    judge: Callable
    arguments: Callable
    reply: Callable
    small: tuple[Small, ...] = ()
    follows: Callable | None = None


class UpToAConstant(NamedTuple):
    """Numbers are compared without their constant."""

    note: str = "up to a constant"

    def __call__(self, got: np.ndarray, want: np.ndarray, known: bool = False) -> bool:
        return near(got - got[:1], want - want[:1], known)


def doubles(arguments) -> tuple:
    return tuple(np.float64(value) for value in arguments)


def by_hand(
    id: str, questions: Callable, judge: Callable, mistakes=(), *, name: str = "", small: tuple = (),
    arguments: Callable = lambda question: doubles(question.arguments), reply: Callable | None = None,
    close: Any = near, returns: tuple = (), follows: Callable | None = None, **axes: str,
) -> Callable:  # fmt: skip
    """Declare a task by its decorated right function, whose docstring is what students read.

    Args:
        id, name, close, returns, mistakes: as for `Declared`.
        questions, judge, arguments, small, reply, follows: as for `ByHand`.
        axes: of each argument of a question, such as x="N." for one of two axes, the last of a fixed size.
    """

    def replied(question, parts):
        return {"parts": parts} if returns else {"value": parts[0]}

    hand = ByHand(questions, judge, arguments, reply or replied, small, follows)
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
    return Examples(tuple(ladder(declared, small) for small in declared.by_hand.small))


def ladder(declared: Declared, small: Small) -> Ladder:
    return Ladder(
        {name: one.axes for name, one in declared.inputs.items()}, small.rungs, small.ask,
        small.faults or functools.partial(faults, declared, small.ask[0]), small.probe, small.repair,
        few=small.few,
    )  # fmt: skip


def faults(declared, ask, arguments, answer):
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
    turned: tuple[int, int] = ()
    extremes: dict = {}
    nearly: dict[Finding, dict] = {}

    def __call__(self, reading: Reading) -> Verdict:
        usual = reading.but(*self.extremes)
        if fault := none_arrived(usual):
            return fault
        odd = [got.shape for label, got in zip(usual.answers, usual.all(), strict=True)
               if got.shape != np.shape(usual.want(label))] if self.shape else []  # fmt: skip
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

    def at(self, reading, label):
        """What is found at an extreme question, if it was asked."""
        if label not in reading.answers:
            return []
        found, there = self.extremes[label], reading.only([label])
        if not isinstance(found, Finding):
            return found(there)
        return [] if there.arrived().answers and there.agrees() else [found]

    def unnamed(self, usual):
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
