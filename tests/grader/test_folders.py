"""Each folder of `submitted/` has a row of its own, with the notebook that is the student's."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from autograder import tasks
from autograder.course import directory as courses
from autograder.course import grading_run as classes
from autograder.course.workers import Workers
from autograder.engine import grading, submission
from autograder.jail import DEFAULT_LIMITS

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = "gmm-two-ways"
EXPECTED = f"{ASSIGNMENT}.ipynb"


@pytest.fixture
def course(tmp_path):
    return courses.init(tmp_path / "course")


def hand_in(course, student, name=EXPECTED, answer=None):
    """Put the release into a student's folder -> its path; `answer` is what stands in the cell `loss`."""
    path = course.root / "submitted" / student / ASSIGNMENT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(course.release(ASSIGNMENT), as_version=4)
    for cell in notebook.cells:
        if answer and submission.grade_id(cell) == "loss":
            cell.source = answer
    path.write_text(nbformat.writes(notebook))
    return path


def rows_of(course, monkeypatch):
    """Rows as in grades.json, of a grader that gives one point for any answer to `loss` and runs nothing."""

    def judged(self, path, release, rules, secret, known=b""):
        try:
            read = submission.read(path, release)
        except submission.Unreadable as refusal:
            return grading.refused(rules, submission.Flag(refusal.id, str(refusal))), None
        points = 1.0 if "loss" not in read.untouched else 0.0
        task = grading.TaskResult(points, 4, "partial")
        return grading.Result("graded", read.flags, {"loss": task}, read), None

    monkeypatch.setattr(Workers, "judged", judged)
    grader = classes.Grader(course, ASSIGNMENT, Workers(DEFAULT_LIMITS, True))
    grader.rules = tasks.load(ASSIGNMENT)
    found = course.submissions(ASSIGNMENT)
    return {name: classes.result_dict(grader.judge(handed_in)) for name, handed_in in found.items()}


def ids(row):
    return [flag["id"] for flag in row["flags"]]


def link_the_student(folder, other):
    folder.symlink_to(other, target_is_directory=True)


def link_the_assignment(folder, other):
    folder.mkdir()
    (folder / ASSIGNMENT).symlink_to(other / ASSIGNMENT, target_is_directory=True)


def link_the_notebook(folder, other):
    (folder / ASSIGNMENT).mkdir(parents=True)
    (folder / ASSIGNMENT / EXPECTED).symlink_to(Path("..", "..", other.name, ASSIGNMENT, EXPECTED))


def link_a_copy_of_another_name(folder, other):
    (folder / ASSIGNMENT).mkdir(parents=True)
    (folder / ASSIGNMENT / "mine (1).ipynb").symlink_to(other / ASSIGNMENT / EXPECTED)


def link_to_a_link(folder, other):
    (folder / ASSIGNMENT).mkdir(parents=True)
    (folder / "first").symlink_to(other / ASSIGNMENT)
    (folder / ASSIGNMENT / EXPECTED).symlink_to(folder / "first" / EXPECTED)


@pytest.mark.parametrize(
    "link",
    [
        link_the_student,
        link_the_assignment,
        link_the_notebook,
        link_a_copy_of_another_name,
        link_to_a_link,
    ],
)
def test_who_is_linked_to_another_student_is_refused_and_the_other_is_not(course, link, monkeypatch):
    hand_in(course, "ada", answer="def loss(model, x): return 1")
    submitted = course.root / "submitted"
    link(submitted / "mallory", submitted / "ada")
    rows = rows_of(course, monkeypatch)
    assert set(rows) == {"ada", "mallory"}
    assert (rows["ada"]["score"], ids(rows["ada"])) == (1.0, [])
    assert (rows["mallory"]["status"], rows["mallory"]["score"]) == ("unreadable", 0.0)
    assert ids(rows["mallory"]) == ["linked"] and "ada" not in rows["mallory"]["flags"][0]["message"]


def test_a_file_that_two_students_share_is_neithers(course, monkeypatch):
    shared = hand_in(course, "ada", answer="def loss(model, x): return 1")
    own = hand_in(course, "bo", answer="def loss(model, x): return 1")
    os.link(own, own.with_name("backup.txt"))  # within one folder, and of no other's
    other = course.root / "submitted" / "mallory" / ASSIGNMENT / EXPECTED
    other.parent.mkdir(parents=True)
    os.link(shared, other)
    rows = rows_of(course, monkeypatch)
    assert {name: (row["status"], ids(row)) for name, row in rows.items()} == {
        "ada": ("unreadable", ["linked"]),
        "bo": ("graded", []),
        "mallory": ("unreadable", ["linked"]),
    }


def test_links_within_a_students_folder_and_of_all_submissions_are_followed(course, monkeypatch, tmp_path):
    path = hand_in(course, "ada", "final.ipynb", "def loss(model, x): return 1")
    path.rename(path.parent.parent / "final.ipynb")
    (path.parent / EXPECTED).symlink_to("../final.ipynb")
    shutil.move(course.root / "submitted", tmp_path / "uploads")
    (course.root / "submitted").symlink_to(tmp_path / "uploads")
    rows = rows_of(course, monkeypatch)
    assert (rows["ada"]["score"], ids(rows["ada"])) == (1.0, [])


@pytest.mark.parametrize(
    "names",
    [
        ("J\udcfcrgen", "J\udcf6rgen"),  # Windows-1252 from an archive
        ("José", "Jose\u0301"),
        ("ada", "ada\u200b"),
        ("a b", "a  b"),
        ("J\udcfcrgen", "J\udcf6rgen", "J\ufffdrgen [J\\xfcrgen]"),  # the name that a row would get
    ],
)
def test_folders_whose_names_look_alike_have_a_row_each_and_no_points(course, names, monkeypatch):
    for name in (*names, "honest"):
        hand_in(course, name, answer="def loss(model, x): return 1")
    rows = rows_of(course, monkeypatch)
    assert len(rows) == len(names) + 1 and rows["honest"]["score"] == 1.0
    for name, row in rows.items():
        if name != "honest":
            assert (row["status"], row["score"], ids(row)) == ("unreadable", 0.0, ["same-name"])
            name.encode()


def test_a_name_that_is_no_utf8_and_looks_like_no_other_is_graded(course, monkeypatch):
    hand_in(course, "J\udcfcrgen", answer="def loss(model, x): return 1")
    hand_in(course, "Jörgen", answer="def loss(model, x): return 1")
    rows = rows_of(course, monkeypatch)
    assert {name: row["score"] for name, row in rows.items()} == {"J\ufffdrgen": 1.0, "Jörgen": 1.0}


def test_a_row_names_a_file_however_long_the_folders_name_is(course, monkeypatch):
    for letter in ("\udcf0", "\udcf1"):
        hand_in(course, letter * 200)
    rows = rows_of(course, monkeypatch)
    assert len(rows) == 2
    for name in rows:
        course.feedback(name, ASSIGNMENT).parent.mkdir(parents=True)


def test_folders_of_jupyter_and_macos_are_no_students(course, monkeypatch):
    for student in (".ipynb_checkpoints", "__MACOSX", ".hidden", "ada"):
        hand_in(course, student)
    hand_in(course, "ada", "._gmm-two-ways.ipynb", "def loss(model, x): return 1")
    rows = rows_of(course, monkeypatch)
    assert set(rows) == {".hidden", "ada"} and ids(rows["ada"]) == []


@pytest.mark.parametrize(
    "name",
    [
        f"{EXPECTED}.txt",
        f"{EXPECTED}.json",
        f"{ASSIGNMENT}.IPYNB",
        f"{ASSIGNMENT.upper()}.ipynb",
        f"{ASSIGNMENT} (1).ipynb",
        f"{ASSIGNMENT}.ipynb (2).txt",
        f"{ASSIGNMENT}.json",
        f"{ASSIGNMENT}.txt",
        "homework.ipynb",
        "upload",
    ],
)
def test_a_notebook_is_found_as_browsers_name_it(course, name, monkeypatch):
    path = hand_in(course, "ada", name, "def loss(model, x): return 1")
    path.with_name("timestamp.txt").write_text("2026-01-01 00:00:00 UTC")
    path.with_name("figure.png").write_bytes(b"\x89PNG")
    (path.parent / ".ipynb_checkpoints").mkdir()
    rows = rows_of(course, monkeypatch)
    assert (rows["ada"]["score"], ids(rows["ada"])) == (1.0, [])


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        (f"{ASSIGNMENT} (1).ipynb", EXPECTED),
        (f"{ASSIGNMENT} (10).ipynb", f"{ASSIGNMENT} (9).ipynb"),
        (f"{ASSIGNMENT}.ipynb (1).txt", f"{EXPECTED}.txt"),
        (f"{ASSIGNMENT}(2).IPYNB", f"{ASSIGNMENT} (1).ipynb"),
    ],
)
def test_of_two_copies_the_newer_counts_and_the_flag_says_so(course, newer, older, monkeypatch):
    hand_in(course, "ada", newer, "def loss(model, x): return 1")
    later = time.time() + 100
    os.utime(hand_in(course, "ada", older), (later, later))  # the number says more than the time
    rows = rows_of(course, monkeypatch)
    assert (rows["ada"]["score"], ids(rows["ada"])) == (1.0, ["several-notebooks"])
    counts, _, rest = rows["ada"]["flags"][0]["message"].partition("counts")
    assert repr(newer) in counts and repr(older) in rest


@pytest.mark.parametrize(
    "names",
    [
        ("a.ipynb", "b.ipynb"),
        ("b.ipynb", "a.ipynb"),
        (EXPECTED, f"{EXPECTED}.txt"),
    ],
)
def test_of_copies_without_numbers_the_later_file_counts(course, names, monkeypatch):
    hand_in(course, "ada", names[0], "def loss(model, x): return 1")
    os.utime(hand_in(course, "ada", names[1]), (1, 1))
    assert rows_of(course, monkeypatch)["ada"]["score"] == 1.0


def test_half_a_download_does_not_hide_the_whole_one(course, monkeypatch):
    whole = hand_in(course, "ada", answer="def loss(model, x): return 1")
    whole.with_name(f"{ASSIGNMENT} (1).ipynb").write_text(whole.read_text()[:5000])
    rows = rows_of(course, monkeypatch)
    assert (rows["ada"]["score"], ids(rows["ada"])) == (1.0, ["several-notebooks"])


def test_a_notebook_of_the_right_name_counts_before_others(course, monkeypatch):
    hand_in(course, "ada", answer="def loss(model, x): return 1")
    hand_in(course, "ada", "scratch (3).ipynb")
    rows = rows_of(course, monkeypatch)
    assert (rows["ada"]["score"], ids(rows["ada"])) == (1.0, ["several-notebooks"])


def test_where_no_notebook_is_the_row_says_what_is_there(course, monkeypatch):
    for student, files in {"ada": ("report.pdf", "`x`" * 60), "bo": ()}.items():
        folder = course.root / "submitted" / student / ASSIGNMENT
        folder.mkdir(parents=True)
        for name in files:
            (folder / name).write_text("no notebook")
    rows = rows_of(course, monkeypatch)
    assert ids(rows["ada"]) == ids(rows["bo"]) == ["not-a-notebook"]
    message = rows["ada"]["flags"][0]["message"]
    assert "'report.pdf'" in message and len(message) < 300 and "`" not in message
    assert "an empty folder" in rows["bo"]["flags"][0]["message"]


def test_kept_results_do_not_keep_what_the_folder_was_like(course, monkeypatch):
    hand_in(course, "ada", answer="def loss(model, x): return 1")
    copy = hand_in(course, "ada", f"{ASSIGNMENT} (1).ipynb", "def loss(model, x): return 1")
    assert ids(rows_of(course, monkeypatch)["ada"]) == ["several-notebooks"]
    kept = list((course.root / "reports" / ".results").glob("*.json"))
    assert [json.loads(path.read_text())["flags"] for path in kept] == [[]]
    copy.unlink()
    assert ids(rows_of(course, monkeypatch)["ada"]) == []


@pytest.mark.slow
def test_nbgraders_own_command_refuses_and_chooses_the_same(course):
    hand_in(course, "ada")
    (course.root / "submitted" / "mallory").symlink_to("ada")
    hand_in(course, "two")
    hand_in(course, "two", f"{ASSIGNMENT} (1).ipynb")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT, "--create"],
        cwd=course.root,
        env=courses.environment_with_tools(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    students = classes.read_report(course, ASSIGNMENT)["students"]
    assert {name: ids(row) for name, row in students.items()} == {
        "ada": [],
        "mallory": ["linked"],
        "two": ["several-notebooks"],
    }
