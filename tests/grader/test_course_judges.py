"""An assignment that lives in a course directory: its commands, its points, what is refused."""

import json

import nbformat
import pytest
from command_line import invoked

from autograder.course import directory as courses
from autograder.course import grading_run, new, releasing
from autograder.course.term import forget
from autograder.engine import grading, identities, submission


@pytest.fixture
def course(tmp_path):
    place = courses.init(tmp_path / "course", empty=True)
    new.begin(place, "hw1")
    return place


def test_a_course_may_begin_without_assignments(course):
    assert not (course.root / "assignments").exists()
    rules = course.rules("hw1")
    assert [(task.id, task.points) for task in rules.tasks] == [("standardise", 10)]
    assert {path.name for path in course.private()} >= {"hw1.py", "hw1.ipynb", ".autograder-secret"}


@pytest.mark.parametrize(
    ("name", "tasks", "words"),
    [
        ("hw1", (), "exists"),
        ("../hw2", (), "letters, digits"),
        ("hw2", ("a b",), "got 'a b'"),
    ],
)
def test_what_cannot_begin_is_refused_and_nothing_written(course, name, tasks, words):
    before = sorted(course.root.rglob("*"))
    with pytest.raises(courses.CourseError, match=words):
        new.begin(course, name, tasks)
    assert sorted(course.root.rglob("*")) == before


def test_two_judges_of_one_name_are_refused(course):
    (course.root / "judges" / "hw1").mkdir()
    with pytest.raises(courses.CourseError, match="keep one"):
        course.rules("hw1")


def test_a_judge_may_be_a_package(course):
    file = course.root / "judges" / "hw1.py"
    text = file.read_text().replace("x.std(axis=0)\n\n\n@mistake", "spread(x)\n\n\n@mistake", 1)
    folder = course.root / "judges" / "hw1"
    folder.mkdir()
    (folder / "__init__.py").write_text("from .helpers import spread\n" + text)
    (folder / "helpers.py").write_text("def spread(x):\n    return x.std(axis=0)\n")
    file.unlink()
    assert [task.id for task in course.rules("hw1").tasks] == ["standardise"]
    assert [task.id for task in course.rules("hw1").origin.load().tasks] == ["standardise"]


def test_an_unknown_assignment_names_the_known_ones_and_how_to_begin(course):
    done = invoked("grade", "hw9", "--course", course.root)
    said = " ".join(done.stderr.split())
    assert done.exit_code == 2 and "hw1" in said and "autograder new hw9" in said


def test_a_broken_judge_stops_a_command_with_file_and_line(course, capsys):
    (course.root / "judges" / "hw1.py").write_text("import numpy as np\n\ndef f(:\n")
    with pytest.raises(courses.CourseError, match=r"hw1\.py, line 3"):
        releasing.release(course, "hw1")
    assert not course.release("hw1").exists()


def test_a_mistake_that_is_right_is_refused_before_anything_runs(course, borrowed_worker, nbgrader_here):
    judge = course.root / "judges" / "hw1.py"
    judge.write_text(judge.read_text().replace("x.var(axis=0)", "x.std(axis=0)"))
    with pytest.raises(courses.CourseError, match="variance keeps all points"):
        releasing.release(course, "hw1")


def test_a_task_may_have_more_time_and_not_less(course):
    judge = course.root / "judges" / "hw1.py"
    text = judge.read_text()
    judge.write_text(text.replace("@task(", "@task(patience=2.5, ", 1))
    assert [task.patience for task in course.rules("hw1").tasks] == [2.5]
    judge.write_text(text.replace("@task(", "@task(patience=0.5, ", 1))
    with pytest.raises(
        courses.CourseError, match=r"hw1\.py, line \d+: expected patience of at least 1, got 0.5"
    ):
        course.rules("hw1")


def test_one_task_is_tried_and_nothing_written(course, borrowed_worker, nbgrader_here, monkeypatch):
    notes = []
    with pytest.raises(courses.CourseError, match="a task of standardise, got spread"):
        releasing.try_tasks(course, "hw1", ["spread"])
    monkeypatch.setattr(releasing, "LARGEST_SHARE", 0.0)
    releasing.try_tasks(course, "hw1", ["standardise"], on_note=notes.append)
    (note,) = notes
    assert "hw1.py, line" in note and " of 10 s for standardise; " in note and "patience" in note
    assert not course.release("hw1").exists()


def test_one_task_is_tried_before_the_others_are_declared(course, borrowed_worker, nbgrader_here):
    source = nbformat.read(course.source("hw1"), as_version=4)
    source.cells += new.cells_of("later", "Later.", "    raise NotImplementedError", "later")
    nbformat.write(source, course.source("hw1"))
    releasing.try_tasks(course, "hw1", ["standardise"])
    with pytest.raises(courses.CourseError, match="asks for later"):
        releasing.release(course, "hw1")


def test_an_input_that_cannot_be_drawn_is_refused_in_words(course, borrowed_worker, nbgrader_here):
    judge = course.root / "judges" / "hw1.py"
    text = judge.read_text().replace('normal("N", "D", mean=2.0, sigma=3.0)', "made(lambda rng, Q: Q)")
    judge.write_text(text.replace("mistake, normal", "made, mistake"))
    for refused in (releasing.release, lambda *where: releasing.try_tasks(*where, ["standardise"])):
        with pytest.raises(
            courses.CourseError, match=r"hw1\.py, line \d+: standardise: its inputs.*KeyError: 'Q'"
        ):
            refused(course, "hw1")


def test_a_wrong_reference_is_refused_and_told_of_one_task(course, borrowed_worker, nbgrader_here):
    source = nbformat.read(course.source("hw1"), as_version=4)
    (cell,) = [cell for cell in source.cells if submission.grade_id(cell) == "standardise"]
    cell.source = cell.source.replace("std", "var")
    nbformat.write(source, course.source("hw1"))
    with pytest.raises(courses.CourseError, match=r"the reference gets 6.* of 10"):
        releasing.try_tasks(course, "hw1", ["standardise"])
    with pytest.raises(courses.CourseError, match=r"is refused:\n.*the reference gets 6.* of 10"):
        releasing.release(course, "hw1")
    assert not course.release("hw1").exists()


def test_forgetting_one_student_leaves_the_results_of_the_others(course, monkeypatch):
    def judged(workers, path, release, rules, *_):
        results = {task.id: grading.TaskResult(task.points, task.points, "correct") for task in rules.tasks}
        return grading.Result("graded", (), results, submission.read(path, release)), None

    monkeypatch.setattr(grading_run.Workers, "judged", judged)
    monkeypatch.setattr(grading_run.Workers, "launch", lambda *_: None)
    for path in (course.release("hw1"), course.submitted("ada", "hw1"), course.submitted("bela", "hw1")):
        path.parent.mkdir(parents=True)
        notebook = nbformat.read(course.source("hw1"), as_version=4)
        notebook.cells.append(nbformat.v4.new_code_cell(f"# {path.parents[1].name}"))
        nbformat.write(notebook, path)
    grading_run.grade(course, "hw1")
    (of_ada,), (of_bela,) = (forget.traces(course, student).caches for student in ("ada", "bela"))
    assert {of_ada, of_bela} == set(course.results().glob("*"))


def test_points_are_the_notebooks_and_bonus_comes_on_top(course):
    notebook = nbformat.read(course.source("hw1"), as_version=4)
    (check,) = [cell for cell in notebook.cells if submission.grade_id(cell) == "test_standardise"]
    check.metadata.nbgrader.points = 40
    written = nbformat.v4.new_markdown_cell("Why?")
    written.metadata = {
        "tags": ["bonus"],
        "nbgrader": {
            "grade_id": "why",
            "grade": True,
            "solution": True,
            "locked": False,
            "points": 3,
            "schema_version": 3,
        },
    }
    notebook.cells.append(written)
    nbformat.write(notebook, course.source("hw1"))
    assert course.rules("hw1").tasks[0].points == 40 and identities.maximum(notebook) == 40


@pytest.mark.slow
def test_from_new_to_a_judged_class_and_to_other_words(course, monkeypatch):
    assert invoked("release", "hw1", "--course", course.root).exit_code == 0
    for student, source in {
        "ada": "def standardise(x):\n    return ((x - np.mean(x, 0)) / np.std(x, 0)).tolist()",
        "bob": "def standardise(x):\n    return (x - x.mean(0)) / x.var(0)",
    }.items():
        notebook = nbformat.read(course.release("hw1"), as_version=4)
        (cell,) = [cell for cell in notebook.cells if submission.grade_id(cell) == "standardise"]
        cell.source = source
        place = course.root / "submitted" / student / "hw1" / "hw1.ipynb"
        place.parent.mkdir(parents=True)
        nbformat.write(notebook, place)
    assert invoked("grade", "hw1", "--course", course.root).exit_code == 0
    path = course.reports("hw1") / "grades.json"
    rows = json.loads(path.read_text())["students"]
    assert rows["ada"]["score"] == 10 and rows["bob"]["score"] == 6
    judge = course.root / "judges" / "hw1.py"
    judge.write_text(judge.read_text().replace("It is divided by the variance.", "Other words."))
    monkeypatch.setattr(grading_run.Workers, "take", lambda *_: pytest.fail("a notebook ran again"))
    assert invoked("grade", "hw1", "--course", course.root).exit_code == 0
    row = json.loads(path.read_text())["students"]["bob"]["tasks"]["standardise"]
    assert row["findings"][0]["message"].startswith("Other words.")
    assert invoked("check", place, "--judge", judge, "--json").exit_code == 0
