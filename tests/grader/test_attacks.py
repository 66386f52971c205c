"""Hostile submissions: none gains a point, changes another's result, or makes the grader fail.

Each file of `tests/attacks` is one student's: `# %% cell ID` puts what follows into the answer, check or
given cell of that id (`added`: a cell of its own before all), with nbgrader metadata after the id;
`# %% markdown ID` is a written answer. All other answers are missing, so that every point is undeserved.
`# seconds: N` is the time that the attack gets for a task; `# outcome: TASK WORD` shows that what it tries
was tried, and failed: those that look for something raise where they find nothing, and crash elsewhere.
"""

import copy
import json
import os
import re
from pathlib import Path

import nbformat
import pytest

from autograder import classes, grading, report, submission, tasks
from autograder.jail import Limits, Worker

ROOT = Path(__file__).resolve().parents[2]
ATTACKS = sorted((ROOT / "tests" / "attacks").glob("*.py"))
SOLUTION = ROOT / "solutions" / "gmm-two-ways" / "gmm-two-ways.ipynb"
WRONG = ROOT / "tests" / "answers" / "wrong" / "mstep__divided_by_n.py"
RULES = tasks.load("gmm-two-ways")
# What the two honest students beside each attack are asked: one task, so that many attacks can be tried.
ONE_TASK = RULES._replace(tasks=tuple(task for task in RULES.tasks if task.id == "mstep"))
PATIENT = Limits(task_seconds=60, submission_seconds=300, memory_bytes=2 << 30)
OUTPUTS = {
    "points": nbformat.v4.new_output("execute_result", {"text/plain": "15.0"}),
    "script": nbformat.v4.new_output("display_data", {"text/html": "<script>alert('output')</script>"}),
    "giant": nbformat.v4.new_output("stream", name="stdout", text="x" * (5 << 20)),
}


def cells_of(path, release):
    """The cells as this attacker hands them in."""
    cells = [
        {"cell_type": c.cell_type, "source": c.source, "metadata": json.loads(json.dumps(c.metadata))}
        for c in release.cells
    ]
    places, seen = {submission.grade_id(cell): cell for cell in cells}, set()
    text = path.read_text().replace("<NUL>", "\0").replace("<LONE SURROGATE>", "\ud800")
    parts = re.split(r"^# %% (?:cell|markdown) (\w+)(.*)$", text, flags=re.M)[1:]
    for identity, about, source in zip(*[iter(parts)] * 3, strict=True):
        if identity == "added":
            cells.insert(0, {"cell_type": "code", "source": source, "metadata": {}})
            continue
        cell, about = places[identity], json.loads(about or "{}")
        if identity in seen:
            cell = copy.deepcopy(cell)
            cells.append(cell)
        seen.add(identity)
        cell["source"] = source
        cell["outputs"] = [OUTPUTS[name] for name in [about.pop("outputs", None)] if name]
        cell["metadata"]["nbgrader"] |= about
    return cells


def rules_about(path):
    """The tasks that an attack touches; the others are missing anyway."""
    touched = set(re.findall(r"^# %% cell (\w+)", path.read_text(), re.M)) | {"mstep"}
    return RULES._replace(tasks=tuple(task for task in RULES.tasks if task.id in touched))


def handed_in(path, release, folder):
    """Path of the notebook that this attacker hands in."""
    place = folder / f"{path.stem}.ipynb"
    place.write_text(json.dumps({"cells": cells_of(path, release), "metadata": {}, "nbformat": 4}))
    return place


@pytest.fixture(scope="module")
def worker():
    with Worker(PATIENT, preload=("matplotlib.pyplot",)) as running:
        yield running


@pytest.fixture(scope="module")
def honest(worker, release):
    """Grades both honest students, by name."""
    solution = nbformat.read(SOLUTION, as_version=4)
    wrong = copy.deepcopy(solution)
    next(cell for cell in wrong.cells if submission.grade_id(cell) == "mstep").source = WRONG.read_text()
    merged = {
        name: submission.merge(
            [dict(cell_type=c.cell_type, source=c.source, metadata=c.metadata) for c in notebook.cells],
            release,
        )
        for name, notebook in (("right", solution), ("wrong", wrong))
    }

    def grade(rules):
        worker.limits = PATIENT
        return {
            name: grading.judge_submission(one, rules, "attacks", worker).tasks
            for name, one in merged.items()
        }

    return grade


@pytest.fixture(scope="module")
def undisturbed(honest):
    """What both get before any attack."""
    results = honest(ONE_TASK)
    assert results["right"]["mstep"].outcome == "correct" and 0 < results["wrong"]["mstep"].points < 15
    return results


def jail_processes(worker):
    """How many processes the jail has, seen from outside."""
    found, todo = [], [worker.process.pid]
    while todo:
        found.append(todo.pop())
        for task in os.listdir(f"/proc/{found[-1]}/task"):
            todo += map(int, Path(f"/proc/{found[-1]}/task/{task}/children").read_text().split())
    return len(found)


# One of each kind; `make test-slow` tries all.
QUICK = {
    "forge_answers_ahead", "import_reference", "inspect_frames", "kill_everything", "leave_a_daemon",
    "network", "patch_numpy_comparisons", "read_the_gradebook", "rewritten_points", "script_in_messages",
}  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, marks=[pytest.mark.slow] * (p.stem not in QUICK), id=p.stem) for p in ATTACKS],
)
def test_an_attack_gains_nothing_and_changes_no_other_result(
    path, worker, honest, undisturbed, release, tmp_path
):
    seconds = re.search(r"^# seconds: (\d+)", path.read_text(), re.M)
    seconds = float(seconds[1]) if seconds else 20.0
    worker.limits = PATIENT._replace(task_seconds=seconds, submission_seconds=3 * seconds)
    handed = handed_in(path, release, tmp_path)
    result = grading.grade_notebook(handed, release, rules_about(path), "attacks", worker=worker)
    assert result.status == "graded"
    assert {name: task.points for name, task in result.tasks.items() if task.points} == {}
    assert not [task for task in result.tasks.values() if task.outcome == "ungraded"]
    if outcome := re.search(r"^# outcome: (\w+) (\w+)", path.read_text(), re.M):
        assert result.tasks[outcome[1]].outcome == outcome[2], result.tasks[outcome[1]].findings
    assert honest(ONE_TASK) == undisturbed
    assert jail_processes(worker) == 4  # two of bubblewrap, the worker, and its small helper

    # What a reader sees and the gradebook keeps: plain text that any file and page can hold.
    row = classes.result_dict(result)
    json.dumps(row).encode()
    page = report.feedback(
        "mallory",
        {"assignment": RULES.id, "max_score": 100, "students": {"mallory": row}},
        RULES,
        dict(result.submission.answers),
    )
    page.encode()
    assert page.count("<script") == 0 and "<img" not in page and "<iframe" not in page
    assert "default-src 'none'" in page


def test_after_all_attacks_the_right_answers_get_full_marks(worker, honest):
    results = honest(RULES)
    assert {task.outcome for task in results["right"].values()} == {"correct"}
    assert [name for name, task in results["wrong"].items() if task.outcome != "correct"] == ["mstep"]
