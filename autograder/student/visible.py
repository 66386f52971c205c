"""The visible checks of a release, run on a student's functions from outside the notebook.

They need nothing but the release itself, and so work where no judge is installed: on students' machines
and in a repository's own runs. They are not a grade: grading uses other inputs.
"""

from pathlib import Path
from typing import Any, NamedTuple

from nbformat import NotebookNode

from autograder.engine import outline, submission
from autograder.engine.assignment import TEST, Assignment, Questions, Task
from autograder.engine.judge import Verdict
from autograder.engine.submission import Cell, Submission, grade_id
from autograder.jail import End, Transcript, Worker
from autograder.report import pages as report

NOT_YET = "NotYet"  # what the checks of a release raise; their words stand alone
UNWRITTEN = "Not written yet."
NOTE = "These are the notebook's own checks, not a grade: grading uses other inputs."


class Seen(NamedTuple):
    """What the visible checks said; shown as a page in a notebook and as text in a terminal."""

    assignment: str
    found: dict[str, str]  # {task id: "" where its check passes, else what is not right}
    account: tuple[str, ...] = ()  # sentences: what was checked

    @property
    def passing(self) -> list[str]:
        return [name for name, words in self.found.items() if not words]

    @property
    def all_pass(self) -> bool:
        return not any(self.found.values())

    @property
    def headline(self) -> str:
        """How many pass, and what to do next."""
        behind = next((name for name, words in self.found.items() if words), None)
        words = f"{len(self.passing)} of {len(self.found)} visible checks pass"
        return f"{words}; next: {behind}." if behind else f"{words}: all of them."

    def __str__(self) -> str:
        lines = [f"{name}: {words or 'passes'}" for name, words in self.found.items()]
        return "\n".join([*self.account, self.headline, *lines, NOTE])

    def as_json(self) -> dict[str, Any]:
        checks = {name: {"passes": not words, "words": words} for name, words in self.found.items()}
        return {"assignment": self.assignment, "visible": checks}

    def _repr_pretty_(self, printer, cycle):
        printer.text(str(self))

    def _repr_html_(self):
        return report.PAGES.get_template("visible.html").render(seen=self, note=NOTE)


def rules_of(name: str, release: NotebookNode) -> Assignment:
    """What a release says of its own tasks, without any judge: their ids, functions and points."""
    cells = {id: cell for cell in release.cells if (id := grade_id(cell)) and cell.cell_type == "code"}
    tasks = tuple(
        Task(id, submission.points(cells[TEST + id]) or 0, function, no_questions, no_judge, "")
        for id, cell in cells.items()
        if submission.is_answer(cell) and TEST + id in cells and not skipped(cells[TEST + id])
        for function in [next(iter(outline.definitions(cell.source)), id)]
    )
    return Assignment(name, tasks, dict, "", lambda names: "")


def no_questions(rng: object) -> Questions:
    """Stands where a task needs questions; the visible checks ask none."""
    return {}


def no_judge(questions: object, answers: object) -> Verdict:
    """Stands where a task needs a judge; the visible checks never call it."""
    raise NotImplementedError("This assignment is read from its release, which judges nothing.")


def check(
    name: str, own: Submission, release: NotebookNode, worker: Worker, account: tuple[str, ...] = ()
) -> Seen:
    """Run a submission's cells, with the checks of the release in their places -> Seen.

    Args:
        name: of the assignment.
        own: of a file or of a session, as `submission.read` and `session.read` return it.
        worker: runs them; its limits count for all of them together.
    """
    rules, cells = rules_of(name, release), cells_with_checks(own, release)
    own_checks = outline.outline_of(tuple(cell.source for cell in cells)).own_checks()
    request = {
        "cells": [{**cell._asdict(), "gives": []} for cell in cells],
        "preset": {},
        "skip": sorted(own_checks),
        "names": [task.name for task in rules.tasks],
        "probes": "",
        "chapters": [],
    }
    transcript = worker.ask(request, worker.limits.submission_seconds)
    places = {cell.id: number for number, cell in enumerate(cells)}
    found = {task.id: said_of(task, own, transcript, places[TEST + task.id]) for task in rules.tasks}
    return Seen(name, found, account)


def cells_with_checks(own: Submission, release: NotebookNode) -> list[Cell]:
    """The student's cells, the given ones, and the checks of the release."""
    of_file = [cell for cell in own.notebook.cells if cell.cell_type == "code" and not skipped(cell)]
    if own.notebook is not release:
        return [Cell(grade_id(cell) or cell.id, cell.source) for cell in of_file]
    given = [cell for cell in of_file if not submission.is_answer(cell)]
    return [*own.cells, *(Cell(grade_id(cell) or cell.id, cell.source) for cell in given)]


def skipped(cell: NotebookNode) -> bool:
    return submission.SKIP_TAG in cell.metadata.get("tags", ())


def said_of(task: Task, own: Submission, transcript: Transcript, place: int) -> str:
    """What is not right of a task; "" where its check passes.

    Args:
        place: of the check among the cells that ran.
    """
    if task.id in own.untouched:
        return UNWRITTEN
    frames = [frame for frame in transcript.frames if frame.get("at", [None])[0] == place]
    raised = next((frame for frame in frames if frame["event"] == "raised"), None)
    if raised:
        message = raised["message"] or "no message"
        return message if raised["type"] == NOT_YET else f"{raised['type']}: {message}"
    if not frames:
        return "Its check did not run: a cell before it took too long or ended the process."
    if transcript.frames[-1] is frames[-1]:  # `ready` would follow
        late = transcript.ended == End.TIMEOUT
        return "Its check took too long." if late else "Its check ended the process."
    return ""


def release_at(path: Path) -> Any:
    """The release notebook in a file.

    Raises:
        ValueError: it has no task with a check of its own.
    """
    release = submission.read_release(path)
    if not rules_of(path.stem, release).tasks:
        raise ValueError("Expected checks, cells with ids test_ID behind answers with ids ID, found none.")
    return release
