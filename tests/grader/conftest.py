"""One jail worker for all files that do not need one of their own: its start takes longer than most tests."""

import pytest

from autograder.jail import Limits, Worker

PRELOAD = ("tensorflow_probability", "scipy.stats", "scipy.special", "pandas", "tqdm")
PATIENT = Limits(task_seconds=30, submission_seconds=300)


@pytest.fixture(scope="session")
def shared_worker():
    with Worker(PATIENT, preload=PRELOAD) as running:
        yield running


@pytest.fixture(scope="module")
def worker(shared_worker):
    """The shared worker with patient limits; a file that needs others has a fixture of its own."""
    shared_worker.limits = PATIENT
    return shared_worker
