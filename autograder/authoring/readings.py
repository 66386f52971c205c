"""A task's answers, grouped by reading: with right helpers, or with the student's own.

Right helpers use the freedoms that students have, such as to return an array or a tensor; a task must be
right under all of them.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autograder.authoring.declarations import CLOSE, Declared
from autograder.engine import scale
from autograder.engine.assignment import OWN, Questions
from autograder.engine.judge import (
    Answers,
    Finding,
    Mistake,
    Outcome,
    Pieces,
    Verdict,
    all_must_hold,
    explain,
    first_or_right,
    no_answer,
    packed,
)
from autograder.engine.remembering import remembered

Freedom = dict[str, Any]  # which of a student's freedoms right helpers use
View = Callable[[np.ndarray], np.ndarray]
FAILED = {Outcome.ERROR, Outcome.TIMEOUT, Outcome.CRASHED}
LARGEST = 1 << 18  # bytes of answers; verdicts on larger ones are not kept


def in_readings(
    questions: Questions, helpers: tuple[str, ...] = (), freedoms: Mapping[str, Freedom] | None = None
) -> Questions:
    """{name: Question}: with right helpers that use each of their freedoms, and with the student's own.

    Args:
        questions: {label: Question}.
        helpers: names of functions; none where the task calls no others.
        freedoms: {reading: freedom}.
    """
    asked = {}
    for label, question in questions.items():
        for reading, freedom in (freedoms or {"": {}}).items():
            right = question._replace(stand_ins=helpers, freedom=freedom, reading=reading, label=label)
            asked[f"{reading} {label}".strip()] = right
        if helpers:
            asked[f"{OWN} {label}"] = question._replace(fallback=True, reading=OWN, label=label)
    return asked


class Reading:
    """Answers under one reading.

    Args:
        declared: the task.
        asked: {label: Question}.
        answers: {label: Answer}, of the same labels.
        view: what is made of each array that was returned, such as to exchange its axes.
    """

    def __init__(
        self, declared: Declared, asked: Questions, answers: Answers, view: View = np.asarray
    ) -> None:
        self.declared, self.asked, self.answers, self.view = declared, asked, answers, view
        self.inputs = functools.cache(lambda label: declared.arguments(asked[label]))
        self.parts = functools.cache(lambda label: declared.returned(answers[label]))

    def seen(self, view: View, labels: Iterable[str] | None = None) -> "Reading":
        """The same through another view, or a part of it."""
        kept = list(self.answers if labels is None else labels)
        asked = {label: self.asked[label] for label in kept}
        answers = {label: self.answers[label] for label in kept}
        some = Reading(self.declared, asked, answers, view)
        some.inputs, some.parts = self.inputs, self.parts  # what they know already
        return some

    def only(self, labels: Iterable[str]) -> "Reading":
        return self.seen(self.view, [*labels])

    def but(self, *labels: str) -> "Reading":
        return self.only([label for label in self.answers if label not in labels])

    def arrived(self) -> "Reading":
        return self.only([label for label, answer in self.answers.items() if answer.arrived])

    def got(self, label: str, place: int = 0) -> np.ndarray:
        return self.view(self.parts(label)[place])

    def all(self, place: int = 0) -> list[np.ndarray]:
        """What was returned in this place, for each question."""
        return [self.got(label, place) for label in self.answers]

    def want(self, label: str, pieces: Pieces | None = None, place: int = 0, own: bool = False) -> Any:
        """What is right, or what a mistake gives; None where it gives nothing.

        Args:
            own: a part that is computed from another one is computed from what the student returned as that.
        """
        if self.declared.by_hand and not own:
            return _predicted(self.declared, self.asked[label], place, pieces or {})
        parts = self.parts(label) if own else None
        return self.declared.predicted(self.inputs(label), pieces or {}, place, parts)

    def agrees(
        self, pieces: Pieces | None = None, place: int = 0, own: bool = False, at: int | None = None
    ) -> bool:
        """Whether a part is right, or is what a mistake gives, at every question.

        Args:
            at: the place in which it was returned, where that is another one.
        """
        close = self.declared.closeness(self.declared.parts[place])
        for label in self.answers:
            got = self.got(label, place if at is None else at)
            want = self.want(label, pieces, place, own)
            if want is None or got.size != np.size(want):
                return False
            with np.errstate(all="ignore"):
                if not close(got.reshape(np.shape(want)), want, bool(pieces)):
                    return False
        return True

    def explained(self, mistakes: Iterable[Mistake], place: int = 0, own: bool = False) -> list[Finding]:
        """Findings about the known mistakes that a part fits."""
        return explain(lambda pieces: self.agrees(pieces, place, own), mistakes, self.all(place))


@remembered  # the inputs of shipped assignments are small, and their mistakes many
def _predicted(declared, question, place, pieces):
    return declared.predicted(declared.arguments(question), pieces, place)


# Of a task whose judge is a function of its own.
UNDECLARED = Declared("", "", tuple, {}, (), CLOSE, [], ("", 0))


def readings_of(asked: Questions, answers: Answers, declared: Declared | None = None) -> dict[str, Reading]:
    """{reading: Reading} of those that were answered, in the order in which they are asked.

    Args:
        declared: the task; by default a reading knows no right answers.
    """
    found: dict[str, tuple[Questions, Answers]] = {question.reading: ({}, {}) for question in asked.values()}
    for name, answer in answers.items():
        label, (questions, given) = asked[name].label, found[asked[name].reading]
        questions[label], given[label] = asked[name], answer
    return {reading: Reading(declared or UNDECLARED, *some) for reading, some in found.items() if some[1]}


def judged_in_readings(readings: dict[str, Reading], judge: Callable[[Reading], Verdict]) -> Verdict:
    """The verdict of a task: with right helpers, or with the student's own where that is better.

    With right helpers, an answer must be right in every reading. Readings in which it raised, hung or crashed
    do not count, unless it did so in all of them: it may support one form of helpers only.
    """
    right = [judge(some) for reading, some in readings.items() if reading != OWN]
    first = all_must_hold([found for found in right if found.outcome not in FAILED] or right)
    return first_or_right(first, [judge(readings[OWN])] if OWN in readings else [])


class _Told:
    """A reading as the key of a cache: equal where the same questions got the same answers, on one scale."""

    def __init__(self, reading: Reading, answers: bytes) -> None:
        self.reading = reading  # as long as it is held, no other task or question has one of these ids
        asked = tuple((label, id(question)) for label, question in reading.asked.items())
        self.key = id(reading.declared), asked, answers, repr(scale.SCALE)

    def __eq__(self, other):
        return self.key == other.key

    def __hash__(self):
        return hash(self.key)


@functools.lru_cache(maxsize=64)
def _judged(judge, told):
    return judge(told.reading)


def judged_once(judge: Callable[[Reading], Verdict], reading: Reading) -> Verdict:
    """The verdict on a reading, which is judged each time that other answers of its task come."""
    answers = packed(reading.answers)
    if answers is None or len(answers) > LARGEST:
        return judge(reading)
    return _judged(judge, _Told(reading, answers))


def none_arrived(reading: Reading) -> Verdict | None:
    """The verdict if a question brought no numbers."""
    return next((no_answer(answer) for answer in reading.answers.values() if not answer.arrived), None)
