"""What several test modules need."""

import gc
from pathlib import Path

import pytest
import shape_checks
from hypothesis import settings

# Before any test module imports what is to be checked.
shape_checks.install()
# Before any test is decorated: the same examples on every machine, however busy it is.
settings.register_profile("tests", deadline=None, derandomize=True, database=None)
settings.load_profile("tests")

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENT = "gmm-two-ways"
# The longest files, longest first. They begin first, so that the others can fill what is left of both cores.
LONGEST = (
    "test_sample_class.py",
    "test_jail.py",
    "test_unlucky.py",
    "test_nothing_lost.py",
    "test_term.py",
    "test_lessons.py",
    "test_hierarchical_em.py",
    "test_gflownet.py",
    "test_fit_command.py",
    "test_distribute.py",
    "test_models.py",
    "test_counterexample.py",
    "test_check.py",
    "test_upstream.py",
    "test_defaults.py",
    "test_compare.py",
    "test_serving.py",
    "test_types.py",
    "test_package.py",
    "test_select.py",
    "test_sklearn_suite.py",
    "test_table.py",
)
# Files of a second or two, without a worker of the jail. They begin last, so that no core waits for long.
QUICKEST = (
    "test_command.py",
    "test_house.py",
    "test_lateness.py",
    "test_logspace.py",
    "test_newer.py",
    "test_oracle.py",
    "test_pages.py",
    "test_plan.py",
    "test_statistics.py",
    "test_syntax.py",
    "test_tables.py",
    "test_wire.py",
)


def pytest_collection_modifyitems(items):
    places = {name: place for place, name in enumerate(LONGEST)}
    places |= dict.fromkeys(QUICKEST, len(LONGEST) + 1)
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is imported here stays: a million objects, among which no search for garbage finds any."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        # Whole searches as rarely as before, when they waited for a quarter of all objects to be new.
        gc.set_threshold(2_000, 10, 20)


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
