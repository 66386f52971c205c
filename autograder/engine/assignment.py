"""What an assignment says to the engine: its tasks, their questions and their judges."""

from collections.abc import Callable
from typing import Any, NamedTuple

from autograder.engine.identities import grade_id
from autograder.engine.identities import points as points_of

OWN = "own"  # the reading of questions that are asked with the student's own functions


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
    reading: str = ""  # under which helpers it is asked; `OWN` where they are the student's
    label: str = ""  # of what is asked, the same in each reading


class Task(NamedTuple):
    """An automatic task of an assignment."""

    id: str
    points: float  # as the notebook says
    name: str  # of the function or class
    questions: Callable[[Any], dict]  # random generator -> {question name: Question}
    judge: Callable[[dict, dict], Any]  # questions, {question name: Answer} -> Verdict
    doc: str  # the sentence that the student reads
    patience: float = 1.0  # times the usual time for its questions
    made: Callable[[dict], dict] | None = None  # questions -> {mistake: {question name: its Answer}}
    place: str = ""  # the file and line of its author's words


class Assignment(NamedTuple):
    """The automatic part of an assignment."""

    id: str
    tasks: tuple
    preset: Callable[[], dict]  # names that exist before the first cell runs
    probes: str  # text of the functions that ask, run in the jail
    stand_ins: Callable[[tuple], str]  # names -> text of the right functions that stand in for a student's
    examples: dict = {}  # task id -> counterexample.Examples
    quantities: tuple = ()  # of upstream.Quantity
    inputs: Callable[[Question], dict] = lambda question: {}  # {name: float64 arguments} of the quantities
    curves: Callable[[], dict] = dict  # () -> {task id: [Curve]}
    origin: Any = None  # a value whose `load()` makes this assignment on another machine
    version: str = ""  # of what it says, where that is no part of this package


    def for_notebook(self, notebook: Any) -> "Assignment":
        """The same, with points and order as the cells of a release or its source say."""
        points = {grade_id(cell): points_of(cell) for cell in notebook.cells if grade_id(cell)}
        places = {name.removeprefix(TEST): place for place, name in enumerate(points)}
        tasks = sorted(self.tasks, key=lambda task: places.get(task.id, len(places)))
        return self._replace(
            tasks=tuple(task._replace(points=points.get(TEST + task.id) or 0) for task in tasks)
        )


TEST = "test_"  # begins the id of the cell that holds a task's points


def task(id, name, questions, patience=1.0):
    """Make a Task of the decorated judge, whose docstring is the sentence that the student reads."""
    return lambda judge: Task(id, 0.0, name, questions, judge, judge.__doc__, patience)
