"""A course from its first command to the exported grades, as an instructor runs it."""

import copy
import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from command_line import invoked

from autograder import tasks
from autograder.authoring.proof import Proof
from autograder.course import directory as courses
from autograder.course import gradebook, releasing
from autograder.course import grading_run as classes
from autograder.course.workers import Workers
from autograder.engine import submission
from autograder.jail import DEFAULT_LIMITS
from autograder.report import pages as report

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = "gmm-two-ways"
RULES = tasks.load(ASSIGNMENT)


def submit(course, student, source):
    folder = course.root / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True)
    target = folder / f"{ASSIGNMENT}.ipynb"
    target.write_bytes(source) if isinstance(source, bytes) else shutil.copyfile(source, target)


@pytest.fixture(scope="module")
def graded(tmp_path_factory, worker_of_the_class):
    """(course, what the command said) of a class with the best, the untouched and unreadable submissions."""
    course = courses.init(tmp_path_factory.mktemp("course") / "latent variables")
    submit(course, "Zoë Ångström", course.source(ASSIGNMENT))
    submit(course, "untouched", course.release(ASSIGNMENT))
    submit(course, "empty", b"")
    submit(course, "no-json", b"{")
    submit(course, "other", b'{"cells": [{"cell_type": "code", "source": "1", "metadata": {}}]}')
    submit(course, "large", b" " * (21 << 20))
    (course.root / "submitted" / "nothing" / ASSIGNMENT).mkdir(parents=True)
    return course, invoked("grade", ASSIGNMENT, "--jobs", 1, "--course", course.root)


def grades(course):
    return json.loads((course.reports(ASSIGNMENT) / "grades.json").read_text())


def test_grade_ends_with_status_3_when_some_are_unreadable(graded):
    assert graded[1].exit_code == 3, graded[1].output


def test_the_solution_gets_full_marks_and_the_untouched_release_none(graded):
    students = grades(graded[0])["students"]
    best = students["Zoë Ångström"]
    assert best["score"] == 91 and best["manual_pending"] == 9
    assert {t["outcome"] for t in best["tasks"].values()} == {"correct"}
    untouched = students["untouched"]
    assert untouched["score"] == 0 and untouched["manual_pending"] == 0
    assert {t["outcome"] for t in untouched["tasks"].values()} == {"missing"}


def test_what_cannot_be_read_has_a_row_with_the_reason(graded):
    students = grades(graded[0])["students"]
    reasons = {
        "empty": "empty",
        "no-json": "not-a-notebook",
        "other": "wrong-assignment",
        "large": "too-large",
        "nothing": "not-a-notebook",
    }
    for student, reason in reasons.items():
        assert students[student]["status"] == "unreadable"
        assert [flag["id"] for flag in students[student]["flags"]] == [reason]
        assert students[student]["flags"][0]["message"]


def test_grades_json_has_the_form_of_the_contract(graded):
    report = grades(graded[0])
    assert report["assignment"] == ASSIGNMENT and report["max_score"] == 100
    for row in report["students"].values():
        assert set(row) == {"status", "score", "manual_pending", "flags", "tasks"}
        assert {name: t["max"] for name, t in row["tasks"].items()} == {
            "make_data": 5,
            "mixture_likelihood": 25,
            "gmm_model": 15,
            "loss": 4,
            "train": 4,
            "mixture_posterior_logits": 15,
            "mstep": 15,
            "emgmm_model": 8,
        }
        for task in row["tasks"].values():
            assert set(task) == {"points", "max", "outcome", "findings"}


def test_the_gradebook_has_the_same_scores(graded):
    with gradebook.opened(graded[0]) as book:
        entry = book.find_submission(ASSIGNMENT, "Zoë Ångström")
        assert (entry.score, entry.max_score) == (91, 100)
        assert entry.needs_manual_grade
        assert not book.find_submission(ASSIGNMENT, "untouched").needs_manual_grade


def test_grading_one_student_again_merges_and_changes_nothing(graded, here):
    course, _ = graded
    before = grades(course)
    again = here("grade", ASSIGNMENT, "--course", course.root, "--student", "untouched", "--force")
    assert again.returncode == 3 and grades(course) == before


def test_submissions_at_the_same_time_have_a_worker_each():
    with Workers(DEFAULT_LIMITS, True) as workers:
        first, second = workers.take(), workers.take()
        assert first is not second
        workers.give_back(first)
        assert workers.take() is first


def test_manual_points_and_penalties_count_and_survive(graded):
    course, _ = graded
    with gradebook.opened(course) as book:
        notebook = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "Zoë Ångström")
        book.find_grade("means_mse", ASSIGNMENT, ASSIGNMENT, "Zoë Ångström").manual_score = 4
        book.find_comment("means_mse", ASSIGNMENT, ASSIGNMENT, "Zoë Ångström").manual_comment = "Good."
        notebook.late_submission_penalty = 10
        book.db.commit()
    classes.grade(courses.open_course(course.root, ASSIGNMENT), ASSIGNMENT, ["Zoë Ångström"])
    row = grades(course)["students"]["Zoë Ångström"]
    assert (row["score"], row["manual_pending"]) == (91 + 4 - 10, 4)
    with gradebook.opened(course) as book:
        comment = book.find_comment("means_mse", ASSIGNMENT, ASSIGNMENT, "Zoë Ångström")
        assert comment.comment == "Good."
        book.find_grade("means_mse", ASSIGNMENT, ASSIGNMENT, "Zoë Ångström").manual_score = None
        notebook = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "Zoë Ångström")
        notebook.late_submission_penalty = None
        book.db.commit()
    classes.grade(courses.open_course(course.root, ASSIGNMENT), ASSIGNMENT, ["Zoë Ångström"])


def test_pages_and_csv_are_written(graded, here):
    course, _ = graded
    for command in ("feedback", "report", "export"):
        done = here(command, ASSIGNMENT, "--course", course.root)
        assert done.returncode == 0, done.stderr
    page = (course.feedback("Zoë Ångström", ASSIGNMENT)).read_text()
    assert "91" in page and "Content-Security-Policy" in page and "<script" not in page
    assert "Zoë Ångström" in (course.reports(ASSIGNMENT) / "report.html").read_text()
    with (course.reports(ASSIGNMENT) / "grades.csv").open(newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows["Zoë Ångström"]["score"] == "91.0" and rows["empty"]["status"] == "unreadable"


@pytest.mark.slow  # test_sample_class makes it, too
def test_nbgraders_own_feedback_works_on_what_was_written(graded):
    course, _ = graded
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_feedback", ASSIGNMENT, "--force"],
        cwd=course.root,
        env=courses.environment_with_tools(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    page = course.feedback("Zoë Ångström", ASSIGNMENT).read_text()
    assert "25 of 25 points: correct" in page


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["grade", "no-such-assignment"], 2),
        (["grade", ASSIGNMENT, "--jobs", "0"], 2),
        (["grade", ASSIGNMENT, "--student", "nobody"], 2),
        (["export", ASSIGNMENT, "--to", "csv", "--replace"], 2),
        (["export", ASSIGNMENT, "--to", "excel"], 2),
        (["check", "no-such.ipynb"], 2),
        (["no-such-command"], 2),
    ],
)
def test_wrong_usage_ends_with_status_2_and_words(graded, here, words, status):
    course = [] if words[0] in ("check", "no-such-command") else ["--course", graded[0].root]
    done = here(*words, *course)
    assert done.returncode == status
    assert done.stderr.strip() and "Traceback" not in done.stderr


def test_a_folder_that_is_no_course_is_refused_with_what_to_do(tmp_path, here):
    done = here("grade", ASSIGNMENT, "--course", tmp_path)
    assert done.returncode != 0 and "autograder init" in done.stderr and "Traceback" not in done.stderr
    assert here("init", ROOT).returncode == 1


def test_check_prints_one_students_object(here, borrowed_worker):
    done = here("check", ROOT / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", "--json")
    row = json.loads(done.stdout)
    assert done.returncode == 0 and row["score"] == 91 and row["flags"] == []


def test_check_names_the_written_questions(here, borrowed_worker):
    done = here("check", ROOT / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    said = " ".join(done.stdout.split())
    assert said.startswith("0 of 91 automatic points so far; next: make_data.")
    assert "A person reads the written questions, 9 points" in said
    assert "means_mse: not answered, 0 of 5" in said
    assert len(done.stderr.splitlines()) == 1 and "Checking" in done.stderr


def test_check_of_what_is_no_notebook_prints_the_reason_only(tmp_path, here):
    path = tmp_path / "broken.ipynb"
    path.write_text("{")
    done = here("check", path)
    assert done.returncode == 3 and done.stdout.startswith("The file is not JSON")
    assert "not answered" not in done.stdout and "points" not in done.stdout


# --- release -------------------------------------------------------------------------------------


@pytest.fixture
def proven(monkeypatch):
    """The judge has stood its proof, which `test_authoring` and `test_course_judges` are about."""
    monkeypatch.setattr(releasing, "prove", lambda rules: Proof((), ()))


def committed(course, here):
    """(the release that the command makes, the committed one)."""
    shutil.rmtree(course.root / "assignments")
    done = here("release", ASSIGNMENT, "--course", course.root)
    assert done.returncode == 0, done.stderr
    ours = ROOT / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    return course.release(ASSIGNMENT).read_text(), ours.read_text()


def test_the_committed_release_is_current(tmp_path, here, proven, borrowed_worker, nbgrader_here):
    made, ours = committed(courses.init(tmp_path / "course"), here)
    assert made == ours


@pytest.mark.slow  # the same with nbgrader in this process
def test_a_release_is_made_by_a_process_of_nbgraders(tmp_path, here, borrowed_worker):
    made, ours = committed(courses.init(tmp_path / "course"), here)
    assert made == ours


def test_the_release_holds_no_solution(release):
    solution = nbformat.read(ROOT / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    text = nbformat.writes(release)
    assert "BEGIN SOLUTION" not in text and "autograder/oracle" not in text
    for cell in solution.cells:
        if not submission.is_answer(cell):
            continue
        hidden = cell.source
        if "### BEGIN SOLUTION" in hidden:
            hidden = "\n".join(
                part.split("### END SOLUTION")[0] for part in hidden.split("### BEGIN SOLUTION")[1:]
            )
        lines = [line.strip() for line in hidden.splitlines() if len(line.strip()) > 25]
        assert lines, submission.grade_id(cell)
        assert not [line for line in lines if json.dumps(line)[1:-1] in text]


def test_the_release_has_the_contracts_ids_and_points(release):
    assert releasing.faults_of_release(release, RULES) == []
    manual = {
        submission.grade_id(cell): submission.points(cell)
        for cell in release.cells
        if cell.cell_type == "markdown" and submission.points(cell) is not None
    }
    assert manual == {"expected_density": 4, "means_mse": 5}
    assert {task.id: task.points for task in RULES.tasks} == {
        "make_data": 5,
        "mixture_likelihood": 25,
        "gmm_model": 15,
        "loss": 4,
        "train": 4,
        "mixture_posterior_logits": 15,
        "mstep": 15,
        "emgmm_model": 8,
    }


@pytest.mark.parametrize("name", ["test_statistic", "score", "penalty"])
def test_answers_have_names_of_their_own(release, name):
    changed = copy.deepcopy(release)
    (cell,) = [cell for cell in changed.cells if submission.grade_id(cell) == "means_mse"]
    cell.metadata.nbgrader.grade_id = name
    (fault,) = releasing.faults_of_release(changed, RULES)
    assert f"the answer {name} needs another id" in fault


def test_a_release_with_wrong_points_or_ids_is_refused(tmp_path, proven, borrowed_worker, nbgrader_here):
    course = courses.init(tmp_path / "course")
    course.release(ASSIGNMENT).unlink()
    path = course.source(ASSIGNMENT)
    notebook = nbformat.read(path, as_version=4)
    cells = {submission.grade_id(cell): cell for cell in notebook.cells}
    cells["test_mstep"].metadata.nbgrader.update(points=0)
    cells["test_loss"].metadata.nbgrader.update(grade_id="test_l")
    nbformat.write(notebook, path)
    with pytest.raises(courses.CourseError) as refused:
        releasing.release(course, ASSIGNMENT)
    assert "test_mstep has no points" in str(refused.value)
    assert "test_loss is missing" in str(refused.value)
    assert not course.release(ASSIGNMENT).exists()


@pytest.mark.slow  # test_course_judges has a small one
def test_a_release_whose_reference_is_wrong_is_refused(tmp_path, monkeypatch, proven, borrowed_worker):
    course = courses.init(tmp_path / "course")
    monkeypatch.setattr(releasing, "generated", lambda *_: course.release(ASSIGNMENT))
    path = course.source(ASSIGNMENT)
    notebook = nbformat.read(path, as_version=4)
    cell = next(c for c in notebook.cells if submission.grade_id(c) == "loss")
    cell.source = "def loss(model, inputs):\n    return tf.reduce_mean(model(inputs))"
    nbformat.write(notebook, path)
    with pytest.raises(courses.CourseError, match="the reference gets"):
        releasing.release(course, ASSIGNMENT)


def test_the_repository_is_the_course_that_init_makes(tmp_path):
    course = courses.init(tmp_path / "course")
    for name in ("nbgrader_config.py", f"solutions/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"):
        assert (course.root / name).read_text() == (ROOT / name).read_text()
    with pytest.raises(courses.CourseError, match="empty or new"):
        courses.init(course.root)


def test_feedback_escapes_what_a_student_wrote():
    evil = "<script>alert(1)</script>"
    finding = {"id": "raised", "message": evil, "hint": evil}
    task = {"points": 0.0, "max": 5, "outcome": "error", "findings": [finding]}
    row = {
        "status": "graded",
        "score": 0.0,
        "manual_pending": 0,
        "flags": [{"id": "x", "message": evil}],
        "tasks": {"make_data": task},
    }
    graded = {"assignment": ASSIGNMENT, "max_score": 100, "students": {evil: row}}
    pages = [
        report.feedback(evil, graded, RULES, {"make_data": evil, "means_mse": evil}),
        report.class_report(graded),
    ]
    for page in pages:
        page = page.replace(f"<script>{report.SCRIPT}</script>", "")
        assert "<script" not in page and "&lt;script&gt;" in page
        assert "default-src 'none'" in page
