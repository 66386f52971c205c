"""The mistakes that a judge declares, tested against itself: no notebook runs."""

from itertools import combinations
from typing import Any

import numpy as np

from autograder.authoring import proof
from autograder.engine.assignment import Task
from autograder.engine.judge import Answers
from autograder.engine.plan import seed_words

# What float32 arithmetic leaves: numbers closer than this are one number.
RELATIVE, ABSOLUTE = 1e-5, 1e-6


def tried(task: Task, assignment: str, secret: str) -> dict[str, Any]:
    """What the judge of a task says of the answers that its own declared mistakes give.

    Args:
        task: with `made`.
        assignment: its id.
        secret: draws the inputs.
    Returns:
        mistakes: {label: how often it lost marks, was named as itself, and among others}; a label is
            the id, followed by a blank and a word where a mistake has variants.
        pairs: [label, label] of different mistakes whose answers are the same.
    """
    questions = task.questions(np.random.default_rng(seed_words(secret, assignment, task.id)))
    made = task.made(questions) if task.made else {}
    found = proof.tried(task, questions, made)
    mistakes = {
        label: {
            "caught": int(one.caught),
            "named": int(one.named),
            "among": int(not one.named and one.id in one.among),
        }
        for label, one in found.items()
    }
    pairs = [
        [first, second]
        for first, second in combinations(sorted(made), 2)
        if found[first].id != found[second].id and same(made[first], made[second])
    ]
    return {"mistakes": mistakes, "pairs": pairs}


def same(first: Answers, second: Answers) -> bool:
    """Whether {question name: Answer} hold the same numbers within what float32 arithmetic leaves.

    Of exceptions the kind counts, and neither the words nor the place.
    """
    return first.keys() == second.keys() and all(
        answer.kind == second[name].kind and _same(_said(answer), _said(second[name]))
        for name, answer in first.items()
    )


def _said(answer):
    return answer.data if answer.arrived else answer.data.get("type")


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(_same(first[name], second[name]) for name in first)
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(_same, first, second))
    first, second = np.asarray(first), np.asarray(second)
    if first.dtype.kind not in "biuf" or second.dtype.kind not in "biuf":
        return np.array_equal(first, second)
    return first.shape == second.shape and np.allclose(first, second, RELATIVE, ABSOLUTE, equal_nan=True)
