"""Hostile submissions: none gains a point, changes another's result, or makes the grader fail.

Each file of `tests/attacks` is one student's: `# %% cell ID` puts what follows into the answer, check or
given cell of that id (`added`: a cell of its own before all), with nbgrader metadata after the id;
`# %% markdown ID` is a written answer. All other answers are missing, so that every point is undeserved.
`# assignment: ID` says of which assignment (gmm-two-ways if there is no such line);
`# seconds: N` is the time that the attack gets for a task; `# outcome: TASK WORD` shows that what it tries
was tried, and failed: those that look for something raise where they find nothing, and crash elsewhere;
`# outcome under landlock: TASK WORD`, in a line below, where the second kind of jail says it in another way
(`WORD|WORD` where it depends on who is faster).
`# a person decides: WHY` says why an attack that earns nothing is left `ungraded`, as the contract has it
where no known mistake was made and the fault may be the grader's. It costs a person's time.
"""

import copy
import functools
import json
import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import refused
from submitted import assignment_of, cells_of, touched_by

from autograder import tasks
from autograder.course import grading_run as classes
from autograder.engine import grading, submission
from autograder.jail import JAILS, Limits, Worker, isolation, landlock
from autograder.report import pages as report

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "tests" / "attacks"
ATTACKS = sorted(PLACE.glob("*.py"))
# The one task that the two honest students beside each attack are asked, so that many attacks can be tried,
# and what the second of them answers.
BESIDE = {
    "gmm-two-ways": ("mstep", "gmm-two-ways/wrong/mstep__divided_by_n.py"),
    "gflownet-em": ("exact_m_step", "gflownet-em/wrong/exact_m_step__over_n.py"),
}
PATIENT = Limits(task_seconds=60, submission_seconds=300, memory_bytes=2 << 30)


@functools.cache
def assignment(name):
    """Rules and release of an assignment, and what its two honest students hand in."""
    one_task, wrong_answer = BESIDE[name]
    release = submission.read_release(ROOT / "assignments" / name / f"{name}.ipynb")
    solution = nbformat.read(ROOT / "solutions" / name / f"{name}.ipynb", as_version=4)
    wrong = copy.deepcopy(solution)
    answer = next(cell for cell in wrong.cells if submission.grade_id(cell) == one_task)
    answer.source = (ROOT / "tests" / "answers" / wrong_answer).read_text()
    honest = {
        student: submission.merge(
            [dict(cell_type=c.cell_type, source=c.source, metadata=c.metadata) for c in notebook.cells],
            release,
        )
        for student, notebook in (("right", solution), ("wrong", wrong))
    }
    return SimpleNamespace(rules=tasks.load(name), release=release, one_task=one_task, honest=honest)


def only(rules, touched):
    return rules._replace(tasks=tuple(task for task in rules.tasks if task.id in touched))


def rules_about(path):
    """The tasks that an attack touches; the others are missing anyway."""
    course = assignment(assignment_of(path))
    return only(course.rules, touched_by(path) | {course.one_task})


def handed_in(path, release, folder):
    """Path of the notebook that this attacker hands in."""
    place = folder / f"{path.stem}.ipynb"
    place.write_text(json.dumps({"cells": cells_of(path, release), "metadata": {}, "nbformat": 4}))
    return place


# Of what notebooks import: for another module a worker would start again.
PRELOAD = ("matplotlib", "matplotlib.pyplot")


@pytest.fixture(scope="module", params=JAILS)
def worker(request):
    """A worker in a kind of jail; "shared": the one that all files share."""
    if request.param == "shared":
        shared = request.getfixturevalue("shared_worker")
        limits = shared.limits
        yield shared
        shared.limits = limits
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landlock, "launch", refused.launch)
        with Worker(PATIENT, request.param, preload=PRELOAD) as running:
            yield running


def grade_honest(worker, name, rules):
    """What both honest students of an assignment get, by name."""
    worker.limits = PATIENT
    return {
        student: grading.judge_submission(one, rules, "attacks", worker).tasks
        for student, one in assignment(name).honest.items()
    }


@pytest.fixture(scope="module")
def honest(worker):
    """Asks both honest students of an assignment one task."""

    def grade(name):
        course = assignment(name)
        return grade_honest(worker, name, only(course.rules, {course.one_task}))

    return grade


@pytest.fixture(scope="module")
def undisturbed(honest):
    """What the honest students of an assignment get before any attack that is beside them."""

    @functools.cache
    def before(name):
        results, (task, _) = honest(name), BESIDE[name]
        assert results["right"][task].outcome == "correct"
        assert results["wrong"][task].outcome == "partial"
        return results

    return before


# Two of bubblewrap, or one that watches; the worker, and its small helper that makes namespaces.
PROCESSES = {"bubblewrap": 4, "landlock": 2}
# One of each kind, one after another in one worker; `make test-slow` tries all, in both kinds of jail, and
# looks after each. `test_jail` has one under Landlock, and what that stops by other means.
QUICK = (
    "forge_answers_ahead",
    "gfn_system_calls_of_another_kind",
    "import_reference",
    "kill_everything",
    "leave_a_daemon",
    "network",
    "patch_numpy_comparisons",
    "read_the_gradebook",
    "script_in_messages",
    "steal_stand_ins",
)


def attack(worker, name, folder):
    """Let one attacker hand in, and look at what became of it."""
    path = PLACE / f"{name}.py"
    release = assignment(assignment_of(path)).release
    seconds = re.search(r"^# seconds: (\d+)", path.read_text(), re.M)
    seconds = float(seconds[1]) if seconds else 20.0
    worker.limits = PATIENT._replace(task_seconds=seconds, submission_seconds=3 * seconds)
    handed = handed_in(path, release, folder)
    result = grading.grade_notebook(handed, release, rules_about(path), "attacks", worker=worker)
    assert_it_gained_nothing(path, result, worker.kind)
    assert_it_is_plain_text(path, result)


def assert_it_gained_nothing(path, result, kind):
    assert result.status == "graded"
    assert {key: task.points for key, task in result.tasks.items() if task.points} == {}
    undecided = any(task.outcome == "ungraded" for task in result.tasks.values())
    assert undecided == bool(re.search(r"^# a person decides: \S", path.read_text(), re.M))
    said = re.findall(rf"^# outcome(?: under {kind})?: (\w+ [\w|]+)", path.read_text(), re.M)
    if said:
        task, outcomes = said[-1].split()
        assert result.tasks[task].outcome in outcomes.split("|"), result.tasks[task].findings


def assert_it_is_plain_text(path, result):
    """What a reader sees and the gradebook keeps can be held by any file and page."""
    name = assignment_of(path)
    row = classes.result_dict(result)
    json.dumps(row).encode()
    page = report.feedback(
        "mallory",
        {"assignment": name, "max_score": 100, "students": {"mallory": row}},
        assignment(name).rules,
        dict(result.submission.answers),
    )
    page.encode()
    assert page.count("<script") == 0 and "<img" not in page and "<iframe" not in page
    assert "default-src 'none'" in page
    assert not any("SPEAKS FOR THE GRADER" in flag.message for flag in result.flags)


@pytest.mark.parametrize("worker", ["shared"], indirect=True)
def test_attacks_gain_nothing_and_change_no_other_result(worker, honest, undisturbed, tmp_path):
    before = undisturbed("gmm-two-ways")
    for name in QUICK:
        attack(worker, name, tmp_path)
        assert isolation.jailed_processes(worker) == PROCESSES[worker.kind], name
    assert honest("gmm-two-ways") == before


@pytest.mark.slow
@pytest.mark.parametrize("worker", JAILS, indirect=True)
@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: path.stem)
def test_an_attack_gains_nothing_and_changes_no_other_result(path, worker, honest, undisturbed, tmp_path):
    before = undisturbed(assignment_of(path))
    attack(worker, path.stem, tmp_path)
    assert honest(assignment_of(path)) == before
    assert isolation.jailed_processes(worker) == PROCESSES[worker.kind]


@pytest.mark.slow
@pytest.mark.parametrize("worker", JAILS, indirect=True)
@pytest.mark.parametrize("name", BESIDE)
def test_after_all_attacks_the_right_answers_get_full_marks(name, worker):
    course = assignment(name)
    results = grade_honest(worker, name, course.rules)
    assert {task.outcome for task in results["right"].values()} == {"correct"}
    wrong = [task for task, result in results["wrong"].items() if result.outcome != "correct"]
    assert wrong == [course.one_task]
