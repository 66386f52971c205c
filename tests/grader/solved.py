"""The solution of an assignment with other answers in it, judged as a submission."""

import copy
import functools
import re
from pathlib import Path

import nbformat

from autograder import tasks
from autograder.engine import grading, submission

ROOT = Path(__file__).resolve().parents[2]


def solution(assignment):
    return ROOT / "solutions" / assignment / f"{assignment}.ipynb"


@functools.cache
def _notebooks(assignment):
    released = ROOT / "assignments" / assignment / f"{assignment}.ipynb"
    return nbformat.read(solution(assignment), as_version=4), submission.read_release(released)


def judged(worker, assignment, answers, secret="tests", last=None, only=None):
    """The Result of a solved notebook in which these answers stand.

    Args:
        answers: {cell id: source}; what is before a line `# %% cell` becomes a cell of its own.
        last: source of a cell at the end.
        only: ids of the tasks that are asked; all if None.
    """
    solved, release = _notebooks(assignment)
    cells = []
    for cell in copy.deepcopy(solved.cells):
        source = answers.get(submission.grade_id(cell), cell.source)
        *before, cell.source = re.split(r"^# %% cell\n", source, flags=re.M)
        cells += [*map(nbformat.v4.new_code_cell, before), cell]
    cells += [nbformat.v4.new_code_cell(last)] if last else []
    rules = tasks.load(assignment)
    if only is not None:
        rules = rules._replace(tasks=tuple(task for task in rules.tasks if task.id in only))
    return grading.judge_submission(submission.merge(cells, release), rules, secret, worker)
