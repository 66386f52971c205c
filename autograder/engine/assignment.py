"""What an assignment says to the engine: its tasks, their questions and their judges."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from nbformat import NotebookNode

from autograder.engine.identities import grade_id
from autograder.engine.identities import points as points_of
from autograder.engine.judge import Answers, Verdict

if TYPE_CHECKING:
    from autograder.engine.counterexample import Examples
    from autograder.engine.curve import Curve
    from autograder.engine.upstream import Quantity

Arguments = tuple[Any, ...]  # of one call: arrays, numbers and lists of arrays
Inputs = Mapping[str, Sequence[np.ndarray]]  # {name: arguments of an upstream.Quantity, in float64}
OWN = "own"  # the reading of questions that are asked with the student's own functions


class Question(NamedTuple):
    """One call of a probe in the jail.

    Questions of a task with the same stand-ins and group share a fork.
    """

    probe: str  # function in the assignment's probes
    arguments: Arguments
    stand_ins: tuple[str, ...] = ()  # right functions put in place of the student's
    freedom: dict[str, Any] = {}  # which of a student's freedoms the stand-ins use
    group: str = ""
    fallback: bool = False  # asked only if the answers so far do not earn full marks
    watch: tuple[str, ...] = ()  # functions of the notebook whose calls are recorded
    replace: tuple[dict[str, Any], ...] = ()  # what some of these calls return instead of their own values
    kept: tuple[Any, ...] = ()  # what the judge compares with, and the jail is not told
    reading: str = ""  # under which helpers it is asked; `OWN` where they are the student's
    label: str = ""  # of what is asked, the same in each reading


Questions = dict[str, Question]  # {name: Question}
Draw = Callable[[np.random.Generator], Questions]
Judge = Callable[[Questions, Answers], Verdict]


class Task(NamedTuple):
    """An automatic task of an assignment."""

    id: str
    points: float  # as the notebook says
    name: str  # of the function or class
    questions: Draw
    judge: Judge
    doc: str  # the sentence that the student reads
    patience: float = 1.0  # times the usual time for its questions
    made: Callable[[Questions], dict[str, Answers]] | None = None  # questions -> {mistake: its answers}
    place: str = ""  # the file and line of its author's words


class Origin(Protocol):
    """What makes the same assignment on another machine."""

    def load(self) -> "Assignment": ...


class Assignment(NamedTuple):
    """The automatic part of an assignment."""

    id: str
    tasks: tuple[Task, ...]
    preset: Callable[[], dict[str, Any]]  # names that exist before the first cell runs
    probes: str  # text of the functions that ask, run in the jail
    stand_ins: Callable[[tuple[str, ...]], str]  # names -> text of right functions in place of a student's
    examples: "dict[str, Examples]" = {}  # by task id
    quantities: "tuple[Quantity, ...]" = ()
    inputs: Callable[[Question], Inputs] = lambda question: {}  # of the quantities
    curves: "Callable[[], dict[str, list[Curve]]]" = dict  # by task id
    origin: Origin | None = None
    version: str = ""  # of what it says, where that is no part of this package

    def for_notebook(self, notebook: NotebookNode) -> "Assignment":
        """The same, with points and order as the cells of a release or its source say."""
        points = {name: points_of(cell) for cell in notebook.cells if (name := grade_id(cell))}
        places = {name.removeprefix(TEST): place for place, name in enumerate(points)}
        tasks = sorted(self.tasks, key=lambda task: places.get(task.id, len(places)))
        return self._replace(
            tasks=tuple(task._replace(points=points.get(TEST + task.id) or 0) for task in tasks)
        )


TEST = "test_"  # begins the id of the cell that holds a task's points


def task(
    id: str, name: str, questions: Callable[[np.random.Generator], Questions], patience: float = 1.0
) -> Callable[[Callable[[Questions, Answers], Verdict]], Task]:
    """Make a Task of the decorated judge, whose docstring is the sentence that the student reads."""
    return lambda judge: Task(id, 0.0, name, questions, judge, judge.__doc__ or "", patience)
