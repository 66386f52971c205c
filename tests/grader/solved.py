"""The solution of an assignment with other answers in it, judged as a submission."""

import copy
import functools
import re
from pathlib import Path

import nbformat

from autograder import grading, submission, tasks

ROOT = Path(__file__).resolve().parents[2]


def solution(assignment):
    return ROOT / "solutions" / assignment / f"{assignment}.ipynb"


@functools.cache
def _notebooks(assignment):
    released = ROOT / "assignments" / assignment / f"{assignment}.ipynb"
    return nbformat.read(solution(assignment), as_version=4), submission.read_release(released)


def judged(worker, assignment, answers, secret="tests", last=None):
    """The Result of a solved notebook in which these answers stand.

    Args:
        answers: {cell id: source}; what is before a line `# %% cell` becomes a cell of its own.
        last: source of a cell at the end.
    """
    solved, release = _notebooks(assignment)
    cells = []
    for cell in copy.deepcopy(solved.cells):
        source = answers.get(submission.grade_id(cell), cell.source)
        *before, cell.source = re.split(r"^# %% cell\n", source, flags=re.M)
        cells += [*map(nbformat.v4.new_code_cell, before), cell]
    cells += [nbformat.v4.new_code_cell(last)] if last else []
    return grading.judge_submission(submission.merge(cells, release), tasks.load(assignment), secret, worker)
