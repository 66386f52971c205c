"""What several test modules need."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENT = "gmm-two-ways"
# Files of half a minute or more. They begin first, so that the others can fill what is left of both cores.
LONGEST = {
    "test_distribute.py",
    "test_nothing_lost.py",
    "test_sample_class.py",
    "test_defaults.py",
    "test_check.py",
    "test_jail.py",
    "test_gradebook.py",
    "test_gflownet.py",
    "test_compare.py",
}


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def release():
    """The committed release notebook."""
    from autograder.engine import submission

    return submission.read_release(ROOT / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")


@pytest.fixture(scope="module")
def judge_without_running(request):
    """Submissions are judged by the test module's own `judged`, and nothing runs."""
    from autograder.course.workers import Workers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Workers, "judged", request.module.judged)
        patch.setattr(Workers, "launch", lambda *_: None)
        yield
