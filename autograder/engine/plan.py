"""Which questions share a fork, and in which order.

A stand-in is the right function of a task, used instead of the student's own. A submission that has seen one
may keep it, so every fork keeps this invariant: no question about a task comes after, or together with, that
task's right function, or calls of it that were put right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from autograder.engine.assignment import Question

# What the worker learns of a question.
TOLD = ("probe", "arguments", "freedom", "watch", "replace")


class Chapter(NamedTuple):
    """Questions that are asked one after another, with one seed and the same stand-ins."""

    task: str  # name of the function that they are about
    stand_ins: tuple[str, ...]
    seed: int
    questions: list[dict[str, Any]]  # as the worker reads them

    @property
    def shows(self) -> set[str]:
        """Functions of which a submission sees what they should return: stand-ins, and calls put right."""
        put_right = (question for question in self.questions if question.get("replace"))
        return {*self.stand_ins, *(name for question in put_right for name in question["watch"])}

    def only(self, names: Collection[str]) -> Chapter:
        return self._replace(questions=[asked for asked in self.questions if asked["name"] in names])


def seed_words(*parts: Any) -> list[int]:
    """A seed for NumPy from any words; the course secret makes it unpredictable."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 32, 4)]


def chapters_of(task: str, asked: Mapping[Any, Question], seed: int, label: str = "{}") -> list[Chapter]:
    """Questions of one task as chapters; each has a fork of its own when the task is asked alone.

    Args:
        task: name of the function.
        asked: {name: Question}.
        seed: of the task; each chapter makes its own from it, the same in whatever fork it is asked.
        label: makes the questions' names from these.
    """
    parts: dict[tuple[tuple[str, ...], str, bool], list[dict[str, Any]]] = {}
    for name, question in asked.items():
        frame = {"name": label.format(name)} | {part: getattr(question, part) for part in TOLD}
        part = (question.stand_ins, question.group, question.fallback)
        parts.setdefault(part, []).append(frame)
    return [Chapter(task, part[0], seed_words(seed, *part)[0] >> 1, frames) for part, frames in parts.items()]


def shown_by(asked: Mapping[Any, Question]) -> set[str]:
    """Functions of which a submission sees what they should return, when it is asked these questions."""
    return set().union(*(chapter.shows for chapter in chapters_of("", asked, 0)))


def shared_fork(chapters: Sequence[Chapter]) -> list[Chapter]:
    """The chapters that may share one fork, in an order that keeps the invariant.

    A task is in it with all of its chapters or with none: where tasks need each other's right functions,
    some are left out, to be asked in another fork. Chapters without stand-ins come first, since a function
    that TensorFlow has traced keeps calling what it called then.
    """
    shown: dict[str, set[str]] = {}
    for chapter in chapters:
        shown.setdefault(chapter.task, set()).update(chapter.shows)
    waiting = [task for task in shown if task not in shown[task]]
    order = []
    while waiting:
        free = [task for task in waiting if not shown[task] & set(waiting)]
        if free:
            order.append(free[0])
        waiting.remove(free[0] if free else max(reversed(waiting), key=lambda task: len(shown[task])))
    chosen = sorted((c for c in chapters if c.task in order), key=lambda c: order.index(c.task))
    return sorted(chosen, key=lambda chapter: bool(chapter.shows))


def may_follow(before: Sequence[Chapter], chapters: Sequence[Chapter]) -> bool:
    """Whether chapters may be asked in the fork in which these others were: they keep the same two rules."""
    if any(chapter.stand_ins for chapter in before) and not all(chapter.stand_ins for chapter in chapters):
        return False
    return _shown_too_early([*before, *chapters]) is None


def check_invariant(chapters: Sequence[Chapter]) -> None:
    """
    Raises:
        RuntimeError: a question would be asked where the right function of its task was shown.
    """
    if task := _shown_too_early(chapters):
        raise RuntimeError(f"a question about {task} was planned after its right function")


def _shown_too_early(chapters: Sequence[Chapter]) -> str | None:
    """A task that is asked about after, or together with, its right function."""
    shown: set[str] = set()
    for chapter in chapters:
        shown.update(chapter.shows)
        if chapter.task in shown:
            return chapter.task
    return None
