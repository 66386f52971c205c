"""The submissions whose verdicts are frozen: answers, mutants, the sample class."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import nbformat

from autograder import tasks
from autograder.engine import outline, submission
from autograder.engine.upstream import reachable
from autograder.evidence import mutants as mutations
from autograder.jail import Limits

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = ROOT / "tests" / "answers"
FOLDERS = {name: ANSWERS / name for name in ("gmm-two-ways", "gflownet-em")}
SECRETS = ("one",)
LIMITS = Limits(task_seconds=30, submission_seconds=300)
MUTANTS = 60  # of each task, at most


class Case(NamedTuple):
    """One notebook, as it is handed in.

    `cells` makes its cells; `asked` are ids of the tasks that are judged, all where it is empty.
    """

    name: str
    assignment: str
    cells: Callable[[], list]
    asked: tuple[str, ...] = ()
    limits: Limits = LIMITS

    def text(self) -> str:
        """The notebook as a file."""
        return json.dumps({"cells": self.cells(), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})

    def digest(self) -> str:
        """Changes with what is handed in."""
        cells = [(cell["cell_type"], cell["source"], cell["metadata"]) for cell in self.cells()]
        return hashlib.sha256(json.dumps([cells, self.asked, self.limits]).encode()).hexdigest()[:12]


def all_cases(mutants: bool = True) -> Iterator[Case]:
    """Every case, in a fixed order, or those that no program makes; names are unique."""
    for assignment, folder in FOLDERS.items():
        yield from _answers(assignment, folder)
        yield from _mutants(assignment) if mutants else ()
    for path in sorted((ROOT / "examples" / "submitted").glob("*/*/*.ipynb")):
        yield Case(f"sample/{path.parent.parent.name}/{path.stem}", path.stem, partial(_read, path))


def answer_cells(path: Path) -> dict[str, str]:
    """{cell id: source} of a file with one answer, or with several cells."""
    if path.suffix == ".json":
        case = json.loads(path.read_text())
        before = case.get("extra_cells_before", {})
        return {
            name: (f"{before[name]}\n# %% cell\n" if name in before else "") + source
            for name, source in case["cells"].items()
        }
    _, *parts = re.split(r"^# %% (?!cell$)(\w+)\n", path.read_text(), flags=re.M)
    return dict(zip(parts[::2], parts[1::2], strict=True)) or {path.stem.split("__")[0]: path.read_text()}


def _answers(assignment, folder):
    for kind in ("right", "wrong", "cross"):
        for path in sorted([*(folder / kind).glob("*.py"), *(folder / kind).glob("*.json")]):
            cells = partial(_solved, assignment, answer_cells(path))
            yield Case(f"{assignment}/{kind}/{path.stem}", assignment, cells)


def _mutants(assignment):
    sources = {identity: cell.source for identity, cell in _solution_cells(assignment).items()}
    users = users_of(assignment)
    for task in tasks.load(assignment).tasks:
        found = mutations.mutants(sources[task.id])
        chosen = set(mutations.spread(found)[:MUTANTS])
        for mutant in filter(chosen.__contains__, found):
            cells = partial(_solved, assignment, {task.id: mutant.source})
            asked = tuple(sorted(users[task.id]))
            yield Case(f"{assignment}/mutant/{task.id}/{mutant.id}", assignment, cells, asked)


def users_of(assignment: str) -> dict[str, set[str]]:
    """{task id: ids of the tasks whose reference can reach its function, itself among them}."""
    known = {}
    for cell in _solution(assignment).cells:
        if cell.cell_type == "code":
            known.update(outline.definitions(cell.source))
    rules = tasks.load(assignment).tasks
    return {
        task.id: {task.id, *(o.id for o in rules if task.name in reachable(known[o.name], known))}
        for task in rules
    }


@cache
def _solution(assignment):
    return nbformat.read(ROOT / "solutions" / assignment / f"{assignment}.ipynb", as_version=4)


def _solution_cells(assignment):
    cells = _solution(assignment).cells
    return {submission.grade_id(cell): cell for cell in cells if submission.grade_id(cell)}


def _read(path):
    return nbformat.read(path, as_version=4).cells


def _solved(assignment, answers):
    """The cells of the solution with other answers; `# %% cell` separates a cell before an answer."""
    cells = []
    for cell in _solution(assignment).cells:
        if (source := answers.get(submission.grade_id(cell))) is not None:
            *before, source = re.split(r"^# %% cell\n", source, flags=re.M)
            cells += map(nbformat.v4.new_code_cell, before)
            cell = nbformat.from_dict({**cell, "source": source})
        cells.append(cell)
    return cells
