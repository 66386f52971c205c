"""One jail worker for all files that do not need one of their own: its start takes longer than most tests."""

import functools
import importlib.util
import shutil
import subprocess
import types

import pytest
import typer.main
import typer.testing
from borrowed import PRELOAD, lend, ready

from autograder.engine import answers
from autograder.jail import Limits, Worker

PATIENT = Limits(task_seconds=30, submission_seconds=300)


@pytest.fixture(scope="session")
def shared_worker():
    with Worker(PATIENT, preload=PRELOAD) as running:
        yield ready(running)


@pytest.fixture
def borrowed_worker(shared_worker, monkeypatch):
    lend(ready(shared_worker), monkeypatch)


@pytest.fixture(scope="module")
def worker_of_the_class(shared_worker):
    """As `borrowed_worker`, for a whole file. It holds one conversation at a time: grade with one job."""
    with pytest.MonkeyPatch.context() as patch:
        lend(ready(shared_worker), patch)
        yield


@pytest.fixture
def place(graded_once, tmp_path):
    """A copy of the course that a file has graded, for a test that changes it."""
    from autograder.course.directory import Course

    return Course(shutil.copytree(graded_once.root, tmp_path / "copy"))


@pytest.fixture
def here(monkeypatch, capsys):
    """Runs the command line in this process, which has imported everything -> CompletedProcess."""
    from autograder import __main__ as commands

    def command(*words):
        monkeypatch.setattr("sys.argv", ["autograder", *map(str, words)])
        capsys.readouterr()
        try:
            status = commands.main() or 0
        except SystemExit as stopped:
            status = stopped.code or 0
        return subprocess.CompletedProcess(words, status, *capsys.readouterr())

    return command


@pytest.fixture
def nbgrader_here(monkeypatch):
    """nbgrader makes releases in this process, which has imported it."""
    import formgrader

    from autograder.course import releasing

    def run(command, cwd, env, **_):
        monkeypatch.setenv("PATH", env["PATH"])
        done = formgrader.buttons(cwd).generate_assignment(command[-1])
        return subprocess.CompletedProcess(command, int(not done["success"]), "", done.get("error", ""))

    monkeypatch.setattr(releasing, "subprocess", types.SimpleNamespace(run=run))


@pytest.fixture(scope="session", autouse=True)
def what_stays_the_same_is_asked_once():
    """Each grading looks which modules ask, and nbgrader starts a process with each new gradebook.

    For each command that is run, typer makes all commands with all of their options.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "asking_modules", functools.cache(answers.asking_modules))
        command = functools.cache(typer.main.get_command)
        patch.setattr(typer.main, "get_command", command)
        patch.setattr(typer.testing, "_get_command", command)
        if importlib.util.find_spec("nbgrader") is not None:
            import nbgrader.api

            ask = functools.cache(nbgrader.api.get_alembic_version)
            patch.setattr(nbgrader.api, "get_alembic_version", ask)
        yield


@pytest.fixture(scope="session", autouse=True)
def disks_are_not_waited_for():
    """Where nbgrader is not installed, nothing is graded."""
    if importlib.util.find_spec("nbgrader") is None:
        yield
        return
    import disks

    with disks.not_waited_for():
        yield


@pytest.fixture(scope="session", autouse=True)
def one_worker_for_a_class():
    """The other core runs other tests, and each worker's start takes longer than most submissions."""
    if importlib.util.find_spec("nbgrader") is None:
        yield
        return
    from autograder.course import workers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "cores", lambda: 1)
        yield


@pytest.fixture(scope="module")
def worker(shared_worker):
    """The shared worker with patient limits; a file that needs others has a fixture of its own."""
    shared_worker.limits = PATIENT
    return ready(shared_worker)
