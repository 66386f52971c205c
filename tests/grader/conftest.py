"""One jail worker for all files that do not need one of their own: its start takes longer than most tests."""

import functools
import importlib.util

import pytest

from autograder.engine import grading
from autograder.jail import DEFAULT_LIMITS, Limits, Worker

PRELOAD = ("tensorflow_probability", "scipy.stats", "scipy.special", "pandas", "tqdm")
PATIENT = Limits(task_seconds=30, submission_seconds=300)


@pytest.fixture(scope="session")
def shared_worker():
    with Worker(PATIENT, preload=PRELOAD) as running:
        yield running


class Borrowed:
    """Stands for a worker that somebody starts for one submission; the shared one holds its conversations."""

    def __init__(self, running, limits):
        self.running, self.limits = running, limits

    def __getattr__(self, name):
        return getattr(self.running, name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def launch(self):
        pass

    def start(self):
        pass

    def stop(self):
        pass


@pytest.fixture
def borrowed_worker(shared_worker, monkeypatch):
    """Who grades a single notebook, or checks a file, waits for no worker of its own."""
    from autograder.course import releasing
    from autograder.student import checking

    def borrow(limits=DEFAULT_LIMITS, jailed=True, preload=(), private=(), python=None):
        assert jailed and python is None
        shared_worker.prepare(preload)
        return Borrowed(shared_worker, limits)

    for module in (grading, checking, releasing):
        monkeypatch.setattr(module, "Worker", borrow)


@pytest.fixture(scope="session", autouse=True)
def alembic_is_asked_once():
    """nbgrader starts a process, for seconds, with each new gradebook, and always gets the same answer."""
    if importlib.util.find_spec("nbgrader") is None:
        yield
        return
    import nbgrader.api

    with pytest.MonkeyPatch.context() as patch:
        ask = functools.cache(nbgrader.api.get_alembic_version)
        patch.setattr(nbgrader.api, "get_alembic_version", ask)
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
    return shared_worker
