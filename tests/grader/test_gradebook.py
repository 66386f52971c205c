"""What a person enters in the gradebook, and where it shows. No student code runs here."""

import shutil
import subprocess
import sys

import nbformat
import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

from autograder import classes, grading, submission, tasks
from autograder import course as courses
from autograder.judge import Finding

ASSIGNMENT = "gmm-two-ways"
RULES = tasks.load(ASSIGNMENT)
ANSWERS = {"expected_density": "About **1/10**.", "means_mse": "Components can be *permuted*."}


def hand_in(place, student, answers):
    """Submit the solution with these written answers; None leaves the release's text."""
    notebook = nbformat.read(place.source(ASSIGNMENT), as_version=4)
    release = submission.read_release(place.release(ASSIGNMENT))
    released = {submission.grade_id(cell): cell.source for cell in release.cells}
    for cell in notebook.cells:
        name = submission.grade_id(cell)
        if name in answers:
            cell.source = released[name] if answers[name] is None else answers[name]
    path = place.root / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def judged(path, release, rules, *_):
    """All right, but 3.2 of 8 for the last task."""
    results = {t.id: grading.TaskResult(float(t.points), t.points, "correct") for t in rules.tasks}
    finding = Finding("normalised-over-data", "Look at `axis=1`.", "Sum over `K`.")
    results["emgmm_model"] = grading.TaskResult(3.2, 8, "partial", (finding,))
    return grading.Result("graded", (), results, submission.read(path, release))


@pytest.fixture(scope="module", autouse=True)
def judge_without_running():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classes, "_grade_twice_if_needed", judged)
        yield


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory):
    """A graded course of ada, who answered everything, and bela, who left out means_mse."""
    made = courses.init(tmp_path_factory.mktemp("gradebook") / "course")
    hand_in(made, "ada", ANSWERS)
    hand_in(made, "bela", {**ANSWERS, "means_mse": None})
    classes.grade(made, ASSIGNMENT)
    return made


@pytest.fixture
def place(graded_once, tmp_path):
    """A copy of the graded course, for a test that changes it."""
    return courses.Course(shutil.copytree(graded_once.root, tmp_path / "copy"))


def files(place):
    return {
        path: path.read_bytes()
        for folder in ("autograded", "reports", "gradebook.db")
        for path in [place.root / folder, *(place.root / folder).rglob("*")]
        if path.is_file()
    }


def traps(place):
    """Submissions that leave a file behind if anything runs them -> that file."""
    sprung = place.root / "sprung"
    for path in place.submissions(ASSIGNMENT).values():
        notebook = nbformat.read(path, as_version=4)
        notebook.cells.insert(0, nbformat.v4.new_code_cell(f"open({str(sprung)!r}, 'w').close()"))
        nbformat.write(notebook, path)
    return sprung


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_nbgraders_autograde_refuses_and_changes_nothing(place, force):
    sprung, before = traps(place), files(place)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT, *force],
        cwd=place.root, env=courses.environment_with_tools(), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1 and f"use `autograder grade {ASSIGNMENT}`" in done.stderr
    assert files(place) == before and not sprung.exists()


def test_the_formgraders_button_refuses_and_changes_nothing(place):
    sprung, before = traps(place), files(place)
    config = PyFileConfigLoader("nbgrader_config.py", path=str(place.root)).load_config()
    said = NbGraderAPI(CourseDirectory(config=config), config=config).autograde(ASSIGNMENT, "ada")
    assert not said["success"] and f"use `autograder grade {ASSIGNMENT}`" in said["log"]
    assert files(place) == before and not sprung.exists()
