"""What students answered in grading, from the kept records: which wrong answers are equal to the last bit."""

import collections
import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from autograder.course.term.similar import Wrong
from autograder.engine import answers
from autograder.engine.assignment import Assignment
from autograder.engine.grading import Report
from autograder.engine.interview import answers_in, questions_of
from autograder.engine.judge import UNEXPLAINED
from autograder.jail.inside import wire

FEWEST_NUMBERS = 8  # different ones; with fewer, equal answers mean little


def wrong_answers(report: Report, records: Mapping[str, bytes], rules: Assignment, secret: str) -> Wrong:
    """{student: {task: (digests of wrong answers, known mistake or "")}}, as `similar.same_answers` takes it.

    Args:
        report: as in grades.json.
        records: {student: bytes of the kept record}.
        rules: the assignment's `engine.assignment.Assignment`.
        secret: of the course.
    """
    questions = {task: set(asked) for task, asked in questions_of(rules, secret).items()}
    given: dict[str, dict[str, set[bytes]]] = {}
    right: dict[str, set[bytes]] = collections.defaultdict(set)
    for student, record in records.items():
        rows = report["students"][student]["tasks"]
        given[student] = {task: found for task, found in digests(record, questions).items() if task in rows}
        for task, found in given[student].items():
            if rows[task]["points"] == rows[task]["max"]:
                right[task] |= found
    return {
        student: {
            task: (found - right[task], known_mistake(report["students"][student]["tasks"][task]))
            for task, found in tasks.items()
            if found - right[task]
        }
        for student, tasks in given.items()
    }


def known_mistake(task: Mapping[str, Any]) -> str:
    """The message of the known mistakes of a task of grades.json; "" where something is unexplained."""
    findings = task["findings"]
    if not findings or any(finding["id"] in UNEXPLAINED for finding in findings):
        return ""
    return findings[0]["message"]


def digests(record: bytes, questions: Mapping[str, Collection[str]]) -> dict[str, set[bytes]]:
    """{task: set of digests} of the answers in a kept record that hold enough different numbers.

    A question that was asked in a fork of its own does not say its task: it counts for all that have one of
    that name.
    """
    found = collections.defaultdict(set)
    for transcript, _ in answers.read(record).values():
        for name, answer in answers_in(transcript.frames):
            if not answer.arrived or len(numbers_in(answer.data)) < FEWEST_NUMBERS:
                continue
            task, _, rest = name.partition(" ")
            tasks, label = [task], rest
            if rest not in questions.get(task, ()):
                tasks, label = [one for one, names in questions.items() if name in names], name
            try:
                digest = hashlib.sha256(label.encode() + b"\0" + wire.pack(answer.data)).digest()
            except (wire.WireError, RecursionError):
                continue  # it could be read, but cannot be written again
            for one in tasks:
                found[one].add(digest)
    return found


def numbers_in(data: Mapping[str, Any]) -> np.ndarray:
    """The different finite numbers of the arrays in an answer."""
    arrays = [np.ravel(value).astype(float) for value in data.values() if isinstance(value, np.ndarray)]
    numbers = np.unique(np.concatenate(arrays)) if arrays else np.empty(0)
    return numbers[np.isfinite(numbers)]
