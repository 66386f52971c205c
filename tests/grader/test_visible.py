"""The visible checks of a release: what they say of a file and of a session, where no judge is installed."""

import copy
import json
import sys
from pathlib import Path

import nbformat
import pytest
from command_line import invoked
from solved import solution

from autograder import CannotCheck, tasks
from autograder.engine import submission
from autograder.jail import Transcript
from autograder.student import checking, command, visible

ROOT = Path(__file__).resolve().parents[2]
GIVEN = """class NotYet(AssertionError):
    pass
def expect(condition, words):
    if not condition:
        raise NotYet(words)"""
CELLS = {
    "given_checks": GIVEN,
    "double": "def double(x):\n    raise NotImplementedError('TODO')",
    "test_double": "expect(double(2) == 4, 'double(2) is not 4.')\nexpect(double(0) == 0, 'later')",
    "half": "def half(x):\n    raise NotImplementedError('TODO')",
    "test_half": "expect(half(4) == 2, 'half(4) is not 2.')",
}


def notebook(**answers):
    cells = []
    for identity, source in CELLS.items():
        cell = nbformat.v4.new_code_cell(answers.get(identity, source))
        answer, test = identity in ("double", "half"), identity.startswith("test_")
        about = {
            "grade_id": identity,
            "solution": answer,
            "grade": test,
            "locked": not answer,
            "schema_version": 3,
            "task": False,
        }
        cell.metadata.nbgrader = about | ({"points": 5} if test else {})
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture
def release(tmp_path):
    path = tmp_path / "hw.ipynb"
    nbformat.write(notebook(), path)
    return path


def saved(tmp_path, **answers):
    path = tmp_path / "mine.ipynb"
    nbformat.write(notebook(**answers), path)
    return path


@pytest.mark.parametrize("assignment", tasks.ASSIGNMENTS)
def test_a_release_says_of_its_tasks_what_its_judge_says(assignment):
    without = visible.rules_of(assignment, checking.release_of(assignment)).tasks
    assert [(t.id, t.name, t.points) for t in without] == [
        (t.id, t.name, t.points) for t in tasks.load(assignment).tasks
    ]


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"double": "def double(x):\n    return 2 * x"}, {"double": "", "half": visible.UNWRITTEN}),
        (
            {"double": "def double(x):\n    return x + 2", "half": "def half(x):\n    return x"},
            {"double": "later", "half": "half(4) is not 2."},
        ),
        (
            {"double": "def double(x):\n    return 1 / 0", "half": "def half(x):\n    return x / 2"},
            {"double": "ZeroDivisionError: division by zero", "half": ""},
        ),
        (
            {"half": "def half(x):\n    return x / 2\nexpect = lambda *_: None"},
            {"double": visible.UNWRITTEN, "half": ""},
        ),
    ],
)
def test_checks_say_what_is_not_right(answers, found, release, tmp_path, worker):
    read = submission.read_release(release)
    own = submission.read(saved(tmp_path, **answers), read)
    seen = visible.check("hw", own, read, worker)
    assert seen.found == found
    assert f"{list(found.values()).count('')} of 2 visible checks pass" in str(seen)


@pytest.mark.parametrize(("ended", "words"), [("timeout", "took too long"), ("crashed", "ended the process")])
def test_a_check_that_does_not_end_is_named(ended, words, release, tmp_path):
    read = submission.read_release(release)
    answers = {name: f"def {name}(x):\n    return x" for name in ("double", "half")}
    own = submission.read(saved(tmp_path, **answers), read)
    transcript = Transcript([{"event": "started", "at": [2, 1, 0]}], ended, 1.0)
    places = {"double": 2, "half": 4}
    asked = visible.rules_of("hw", read).tasks
    said = [visible.said_of(task, own, transcript, places[task.id]) for task in asked]
    assert words in said[0] and "did not run" in said[1]


def test_a_notebook_without_checks_is_no_release(tmp_path, release):
    empty = tmp_path / "empty.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), empty)
    for path in (empty, tmp_path / "absent.ipynb"):
        with pytest.raises(CannotCheck, match="cannot be used as a release"):
            checking.check(release, release=path)


@pytest.fixture
def without_judges(monkeypatch):
    monkeypatch.setattr(tasks, "ASSIGNMENTS", {})


def test_without_judges_the_students_command_runs_the_checks(
    without_judges, release, tmp_path, monkeypatch, capsys, worker
):
    monkeypatch.setattr(checking, "worker_for", lambda *_: Borrowed(worker))
    mine = saved(tmp_path, double="def double(x):\n    return 2 * x")
    monkeypatch.setattr(sys, "argv", ["autograder", "check", str(mine), "--release", str(release), "--json"])
    with pytest.raises(SystemExit) as status:
        command.main()
    told = json.loads(capsys.readouterr().out)
    assert status.value.code == command.SOME_DO_NOT_PASS
    checks = {"double": {"passes": True, "words": ""}, "half": {"passes": False, "words": visible.UNWRITTEN}}
    assert told == {"assignment": "hw", "visible": checks}
    same = invoked("check", mine, "--release", release, "--json")
    assert same.exit_code == command.SOME_DO_NOT_PASS and json.loads(same.stdout) == told


def test_without_judges_what_can_be_checked_are_the_releases(without_judges):
    known = checking.readable()
    assert sorted(known) == tasks.released() and all(rules.tasks for rules in known.values())


class Borrowed:
    """A worker that is not stopped afterwards."""

    def __init__(self, worker):
        self.worker = worker

    def __enter__(self):
        return self.worker

    def __exit__(self, *error):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("assignment", tasks.ASSIGNMENTS)
def test_a_solved_notebook_passes_all_and_the_release_none(assignment, worker):
    release = checking.release_of(assignment)
    for path, passing in ((solution(assignment), True), (tasks.release_of(assignment), False)):
        seen = visible.check(assignment, submission.read(path, release), release, worker)
        assert {not words for words in seen.found.values()} == {passing}, str(seen)


@pytest.mark.slow
def test_a_session_is_checked_as_its_file(worker):
    pytest.importorskip("IPython")
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from autograder.student import session

    name, config = "gmm-two-ways", Config()
    config.HistoryManager.enabled = False
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=config)
    release = checking.release_of(name)
    solved = submission.read_release(solution(name))
    wanted = {"given_imports", "given_ground_truth", "mixture_likelihood", "mstep"}
    for cell in solved.cells:
        if submission.grade_id(cell) in wanted:
            shell.run_cell(cell.source, store_history=True)
    own, account = session.read(shell, release, visible.rules_of(name, release))
    seen = visible.check(name, own, release, worker, account)
    InteractiveShell.clear_instance()
    assert set(seen.passing) == {"mixture_likelihood", "mstep"} and "In [" in str(seen)


def test_a_check_that_is_skipped_is_no_check():
    cells = copy.deepcopy(checking.release_of("gmm-two-ways"))
    (check,) = [cell for cell in cells.cells if submission.grade_id(cell) == "test_mstep"]
    check.metadata.tags = [submission.SKIP_TAG]
    assert "mstep" not in {task.id for task in visible.rules_of("hw", cells).tasks}
