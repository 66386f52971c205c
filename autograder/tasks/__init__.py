"""What to ask about each assignment, how to judge the answers, which mistakes to name."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

ASSIGNMENTS = {"gmm-two-ways": "gmm_two_ways", "gflownet-em": "gflownet_em"}


class Question(NamedTuple):
    """One call of a probe in the jail.

    Questions of a task with the same stand-ins and group share a fork.
    """

    probe: str  # function in the assignment's probes
    arguments: tuple
    stand_ins: tuple = ()  # right functions put in place of the student's
    freedom: dict = {}  # which of a student's freedoms the stand-ins use
    group: str = ""
    fallback: bool = False  # asked only if the answers so far do not earn full marks
    watch: tuple = ()  # functions of the notebook whose calls are recorded
    replace: tuple = ()  # what some of these calls return instead of their own values
    kept: tuple = ()  # what the judge compares with, and the jail is not told


class Task(NamedTuple):
    """An automatic task of an assignment."""

    id: str
    points: int
    name: str  # of the function or class
    questions: Callable[[Any], dict]  # random generator -> {question name: Question}
    judge: Callable[[dict, dict], Any]  # questions, {question name: Answer} -> Verdict
    doc: str  # the sentence that the student reads
    patience: float = 1.0  # times the usual time for its questions


class Assignment(NamedTuple):
    """The automatic part of an assignment."""

    id: str
    tasks: tuple
    preset: Callable[[], dict]  # names that exist before the first cell runs
    module: str  # stem of its files in `jailed`
    examples: dict = {}  # task id -> counterexample.Examples
    quantities: tuple = ()  # of upstream.Quantity
    inputs: Callable[[Question], dict] = lambda question: {}  # {name: float64 arguments} of the quantities


def task(id, points, name, questions, patience=1.0):
    """Make a Task of the decorated judge, whose docstring is the sentence that the student reads."""
    return lambda judge: Task(id, points, name, questions, judge, judge.__doc__, patience)


def load(assignment):
    """The Assignment of that name.

    Raises:
        KeyError: there is none.
    """
    if assignment not in ASSIGNMENTS:
        raise KeyError(f"Expected an assignment of {sorted(ASSIGNMENTS)}, got {assignment!r}.")
    return import_module(f"autograder.tasks.{ASSIGNMENTS[assignment]}").ASSIGNMENT
