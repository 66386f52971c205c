"""What evidence is about: the reference notebook of a course, its rules, and what is exchanged in it."""

import ast
import copy
import hashlib
import json
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import nbformat

from autograder import tasks
from autograder.course.directory import Course, CourseError
from autograder.engine import outline, submission, syntax
from autograder.engine.answers import asking_version
from autograder.engine.assignment import Assignment
from autograder.engine.upstream import reachable
from autograder.evidence.mutants import Mutant, mutants, spread

PACKAGE = Path(__file__).resolve().parents[1]
MOST = 60  # mutants of each task
LISTED = "equivalent_mutants.json"


class Subject(NamedTuple):
    """An assignment of a course, as its judge is examined."""

    rules: Assignment
    reference: nbformat.NotebookNode  # the source notebook, with its answers
    release: nbformat.NotebookNode
    mutants: dict[str, tuple[Mutant, ...]]  # task id -> in the order in which they are judged
    users: dict[str, set[str]]  # task id -> ids of the tasks whose code can reach its function, and its own
    listed: dict[tuple[str, str], str]  # (task id, edit) -> why that mutant is no mistake
    unknown: tuple[tuple[str, str], ...]  # of those listed, the edits that no mutant has
    version: str  # changes with all that decides a result

    def submitted(self, sources: dict[str, str]) -> submission.Submission:
        """The reference handed in, with other sources in the cells of these ids."""
        cells = copy.deepcopy(self.reference.cells)
        for cell in cells:
            cell.source = sources.get(submission.grade_id(cell) or "", cell.source)
        return submission.merge(cells, self.release)

    def only(self, names: set[str]) -> Assignment:
        """The rules of these tasks, without the words that an answer's smallest case would add."""
        chosen = tuple(task for task in self.rules.tasks if task.id in names)
        return self.rules._replace(tasks=chosen, examples={})

    @property
    def lines(self) -> dict[str, list[str]]:
        """{task id: the lines of its reference cell}."""
        return {name: source.split("\n") for name, source in references(self.reference, self.rules).items()}


def subject_of(course: Course, assignment: str) -> Subject:
    """Read a course's source notebook, release, rules and listed mutants.

    Raises:
        CourseError: a file is missing or damaged, or the source notebook lacks a reference answer.
    """
    source, released = course.source(assignment), course.release(assignment)
    for path, remedy in (
        (source, "put the source notebook there"),
        (released, f"make it with `autograder release {assignment}`"),
    ):
        if not path.is_file():
            raise CourseError(f"Expected the notebook {path}, found none; {remedy}.")
    rules = course.rules(assignment)
    try:
        notebook, release = nbformat.read(source, as_version=4), submission.read_release(released)
    except (ValueError, submission.Unreadable) as error:
        raise CourseError(f"Expected {source} and {released} to be notebooks: {error}") from None
    answers = references(notebook, rules)
    if absent := [task.id for task in rules.tasks if task.id not in answers]:
        raise CourseError(f"Expected a cell of id {', '.join(absent)} in {source}, found none.")
    found: dict[str, list[Mutant]] = {}
    listed = listed_of(course, assignment)
    for task, text in answers.items():
        try:
            found[task] = spread(mutants(text))
        except SyntaxError as error:
            raise CourseError(f"The reference cell {task} in {source} is not Python: {error}") from None
    edits = {(task, mutant.edit) for task, some in found.items() for mutant in some}
    return Subject(
        rules,
        notebook,
        release,
        {task: tuple(some[:MOST]) for task, some in found.items()},
        users_of(notebook, rules),
        listed,
        tuple(sorted(listed.keys() - edits)),
        version_of(rules, shipped_judge(course, assignment), source, released),
    )


def references(notebook: nbformat.NotebookNode, rules: Assignment) -> dict[str, str]:
    """{task id: source of its reference cell}, in the order of the rules."""
    cells = {submission.grade_id(cell): cell.source for cell in notebook.cells}
    return {task.id: cells[task.id] for task in rules.tasks if task.id in cells}


def users_of(notebook: nbformat.NotebookNode, rules: Assignment) -> dict[str, set[str]]:
    """{task id: ids of the tasks whose reference can reach its function, itself among them}."""
    known: dict[str, ast.AST] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and syntax.is_python(cell.source):
            known.update(outline.definitions(cell.source))
    return {
        task.id: {task.id, *(o.id for o in rules.tasks if task.name in reachable(known.get(o.name), known))}
        for task in rules.tasks
    }


def listed_of(course: Course, assignment: str) -> dict[tuple[str, str], str]:
    """{(task id, edit): why this mutant is no mistake}, from the judge's own list, if there is one.

    Raises:
        CourseError: the list is not {task: {reason: [edit, ...]}}.
    """
    own = course.root / "judges" / f"{assignment}.equivalent.json"
    shipped = shipped_judge(course, assignment)
    path = own if own.is_file() or not shipped else shipped / LISTED
    if not path.is_file():
        return {}
    try:
        entries = [
            ((task, edit), reason)
            for task, reasons in json.loads(path.read_text("utf-8")).items()
            for reason, edits in reasons.items()
            for edit in edits
        ]
    except (ValueError, AttributeError, TypeError) as error:
        raise CourseError(
            f'Expected {{"task": {{"why it is no mistake": ["was -> now", ...]}}}} in {path}: {error}'
        ) from None
    if twice := [key for key, count in Counter(key for key, _ in entries).items() if count > 1]:
        raise CourseError(f"{path} lists {twice[0][1]!r} of {twice[0][0]} twice; leave one.")
    return dict(entries)


def shipped_judge(course: Course, assignment: str) -> Path | None:
    """The folder of the judge, where it is part of this package and no course's own."""
    if course.judge(assignment):
        return None
    return Path(import_module(tasks.ASSIGNMENTS[assignment]).__file__ or "").parent


def version_of(rules: Assignment, shipped: Path | None, *notebooks: Path) -> str:
    """A digest of all that decides a result, apart from what a trial exchanges and asks.

    Args:
        shipped: the folder of the judge, where `rules.version` knows nothing of its text.
    """
    rooms = [*(PACKAGE / name for name in ("engine", "jail", "authoring")), *filter(None, [shipped])]
    judge = [path for room in rooms for path in room.rglob("*.py")]
    trials = [Path(__file__).with_name(name) for name in ("trials.py", "tables.py")]
    digest = hashlib.sha256(f"{asking_version()} {rules.version}".encode())
    for path in [*sorted(judge), *trials, *notebooks]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
