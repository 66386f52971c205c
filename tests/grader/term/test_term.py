"""A term from the roster to the platform's column, with a judge that runs nothing."""

import contextlib
import datetime
import functools
import hashlib
import io
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import tomllib
import zipfile
import zoneinfo
from pathlib import Path

import made
import nbformat
import openpyxl
import pandas
import pytest
from command_line import output
from hypothesis import given
from hypothesis import strategies as st

from autograder.course import directory as courses
from autograder.course import gradebook, locks
from autograder.course import grading_run as classes
from autograder.course.term import (
    archive,
    attempts,
    commands,
    feedback_zip,
    forget,
    history,
    roster,
    settings,
    tables,
    unread,
    workbook,
)
from autograder.course.term.lateness import Rule
from autograder.engine import grading, submission

pytestmark = pytest.mark.usefixtures("judge_without_running")

A = made.ASSIGNMENT
PEOPLE = made.students(5)
PLAIN = {"NO_COLOR": "1", "COLUMNS": "200"}
POINTS = (100, 80, 60, 10)  # per cent of each task; the fifth student hands in nothing


def judged(workers, path, release, rules, *_):
    share = POINTS[int(path.parents[1].name[1:])] / 100
    results = {
        task.id: grading.TaskResult(round(share * task.points, 2), task.points, "partial")
        for task in rules.tasks
    }
    return grading.Result("graded", (), results, submission.read(path, release)), None


TOML = f"""
timezone = "Europe/Berlin"
slip_days = 1

[assignments.{A}]
title = "Two ways to fit a mixture"
due = 2026-06-10T12:00:00
grace = "15 min"
late = "slip days, then 10 points per day, at most 3 days"
"""
# Handed in at these times, in Berlin: on time, in the grace, 2 and 5 days late.
TIMES = ("2026-06-10 11:00:00", "2026-06-10 12:15:00", "2026-06-11 12:16:00", "2026-06-14 13:00:00")


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory, release, judge_without_running):
    folder = tmp_path_factory.mktemp("term")
    place = courses.init(folder / "course")
    (place.root / "course.toml").write_text(TOML)
    for name, content in (("c.csv", made.canvas_gradebook(PEOPLE)), ("w.csv", made.moodle_worksheet(PEOPLE))):
        (folder / name).write_bytes(content)
        run("roster", folder / name, "--course", place.root)
    handed = list(zip(PEOPLE, TIMES, strict=False))
    files = {made.canvas_name(p, "hw.ipynb", 9): made.notebook(release, f"By {p.sid}.") for p, _ in handed}
    (folder / "all.zip").write_bytes(made.zipped(files))
    rows = [[p.sid, time] for p, time in handed]
    (folder / "times.csv").write_bytes(made.table(["student", "handed_in"], rows))
    run("collect", folder / "all.zip", A, "--course", place.root, "--times", folder / "times.csv")
    classes.grade(place, A)
    return place


run = functools.partial(output, env=PLAIN)


def grades(place):
    return json.loads((place.reports(A) / "grades.json").read_text())["students"]


def test_late_days_are_taken_off_and_explained(place):
    rows = grades(place)
    earned = [91 * share / 100 for share in POINTS]
    assert rows["S0000"]["score"] == pytest.approx(earned[0])
    assert rows["S0001"]["score"] == pytest.approx(earned[1])
    assert rows["S0002"]["score"] == pytest.approx(earned[2] - 10, abs=0.02)
    assert rows["S0003"]["score"] == pytest.approx(0, abs=0.02)
    (flag,) = [flag for flag in rows["S0002"]["flags"] if flag["id"] == "late"]
    assert flag["message"] == "Handed in 2 days late; 1 day covered by slip days; 1 × 10 = 10 points less."
    assert "at most 3 days count" in json.dumps(rows["S0003"])
    with gradebook.opened(place) as book:
        notebook = book.find_submission_notebook(A, A, "S0002")
        assert notebook.late_submission_penalty == 10


def test_an_extension_counts_at_the_next_command_and_its_reason_stays(place):
    rows = f"student,assignment,until,reason\nS0003,{A},2026-06-14 13:00,a broken leg\n"
    (place.root / "extensions.csv").write_text(rows)
    for command in ("report", "feedback", "export"):
        run(command, A, "--course", place.root)
    assert grades(place)["S0003"]["score"] == pytest.approx(9.1, abs=0.02)
    assert "late" not in [flag["id"] for flag in grades(place)["S0003"]["flags"]]
    for folder in ("reports", "feedback", "autograded"):
        for path in (place.root / folder).rglob("*.*"):
            assert b"broken leg" not in (path.read_bytes() if path.is_file() else b"")
    assert b"broken leg" not in (place.root / "gradebook.db").read_bytes()


def test_grading_again_takes_off_once(place):
    before = grades(place)
    classes.grade(place, A, redo=classes.Redo(run=True))
    classes.grade(place, A, students=["S0002"])
    assert grades(place) == before


def test_without_a_time_the_platforms_word_costs_nothing_and_is_told(place):
    known = attempts.read(place, A)
    (attempt,) = known["S0002"]
    known["S0002"] = [attempt._replace(handed_in=None, late=True)]
    attempts.save(place, A, known)
    run("report", A, "--course", place.root)
    assert "late-time-unknown" in [flag["id"] for flag in grades(place)["S0002"]["flags"]]
    assert grades(place)["S0002"]["score"] == pytest.approx(54.6, abs=0.02)


def test_without_course_toml_nbgraders_penalties_stay(place):
    (place.root / "course.toml").unlink()
    with gradebook.opened(place) as book:
        book.find_submission_notebook(A, A, "S0000").late_submission_penalty = 7
        book.db.commit()
    run("report", A, "--course", place.root)
    assert grades(place)["S0000"]["score"] == pytest.approx(84)


def test_pages_say_names_late_days_and_who_handed_in_nothing(place):
    run("feedback", A, "--course", place.root)
    run("report", A, "--course", place.root)
    page = place.feedback("S0002", A).read_text()
    assert "Sean O&#39;Neil" in page and "1 × 10 = 10 points less" in page and "S0002" in page
    page = (place.reports(A) / "report.html").read_text()
    assert "José María Núñez" in page and "1 handed in no notebook" in page
    assert "Anna Schmidt" in page and "S0004" in page
    shown = run("export", A, "--course", place.root)
    assert "1 student handed in no notebook" in shown
    table = tables.read(place.reports(A) / "grades.csv")
    rows = {record["student"]: record for _, record in table.records()}
    assert rows["S0004"]["status"] == "missing" and rows["S0004"]["score"] == ""
    assert rows["S0001"]["last_name"] == "李"
    assert not (place.root / "submitted" / "S0004").exists()


def enter(place, points=4.0):
    """A person reads all written answers."""
    with gradebook.opened(place) as book:
        for student in ("S0000", "S0001", "S0002", "S0003"):
            for grade in book.find_submission_notebook(A, A, student).grades:
                if grade.auto_score is None:
                    grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


def downloads(scores=()):
    """{target: (bytes, column of points, a column that identifies students, their ids)}."""
    grades = [
        [p.first, p.last, p.sid, p.email, p.section, dict(scores).get(p.sid, ""), "100.0", "Graded"]
        for p in PEOPLE
    ]
    header = ["First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status"]
    column = "Two ways to fit a mixture (4711)"
    return {
        "canvas": (made.canvas_gradebook(PEOPLE, column, scores), column, "SIS User ID"),
        "moodle": (made.moodle_worksheet(PEOPLE, scores=scores), "Grade", "ID number"),
        "gradescope": (made.table(header, grades, "\n", bom=False), "Total Score", "SID"),
    }


@pytest.mark.parametrize("target", ["canvas", "moodle", "gradescope"])
def test_one_column_of_the_platforms_file_is_filled_in(place, tmp_path, target):
    enter(place)
    content, column, key = downloads()[target]
    path = tmp_path / "downloaded.csv"
    path.write_bytes(content)
    shown = run("export", A, "--course", place.root, "--to", target, "--into", path)
    assert "4 cells filled in" in shown and "These numbers include late penalties" in shown
    before, after = (
        pandas.read_csv(io.BytesIO(c), dtype=str, keep_default_na=False) for c in (content, path.read_bytes())
    )
    scores = {student: row["score"] for student, row in grades(place).items()}
    found = {sid: text for sid, text in zip(after[key], after[column], strict=True) if sid in scores}
    assert {sid: float(text) for sid, text in found.items()} == scores
    assert list(after[column][after[key] == "S0004"]) == [""]
    others = [name for name in before.columns if name != column]
    assert before[others].equals(after[others])
    for number in found.values():  # nothing but the numbers was added
        assert number.encode() in path.read_bytes()
    assert len(path.read_bytes()) == len(content) + sum(map(len, found.values()))
    again = path.read_bytes()
    assert "0 cells filled in" in run("export", A, "--course", place.root, "--to", target, "--into", path)
    assert path.read_bytes() == again


def test_a_newer_submission_and_one_that_was_not_graded_are_told(place, release):
    newer, untouched, new = (
        place.root / "submitted" / sid / A / f"{A}.ipynb" for sid in ("S0000", "S0001", "S0004")
    )
    newer.write_bytes(made.notebook(release, "Changed."))
    untouched.write_bytes(untouched.read_bytes())
    new.parent.mkdir(parents=True)
    new.write_bytes(made.notebook(release, "First."))
    for words in (
        ("export",),
        ("report",),
        ("feedback",),
        ("export", "--to", "canvas", "--pending", "blank"),
    ):
        said = run(words[0], A, "--course", place.root, *words[1:])
        assert "not graded yet: 1 (S0004)" in said and "changed since they were graded: 1 (S0000)" in said
    assert "handed in no notebook" not in said
    flags = {s: [flag["id"] for flag in row["flags"]] for s, row in grades(place).items()}
    assert [s for s, ids in flags.items() if "newer-submission" in ids] == ["S0000"]
    page = (place.reports(A) / "report.html").read_text()
    assert "1 not graded yet" in page and "handed in, not graded yet" in page and "newer submission" in page
    table = pandas.read_csv(place.reports(A) / "grades.csv", dtype=str).set_index("student")
    assert table.loc["S0004", "status"] == "not graded" and pandas.isna(table.loc["S0004", "score"])
    classes.grade(place, A, ["S0000"])
    assert "changed since" not in run("report", A, "--course", place.root)


def test_a_newer_late_submission_costs_nothing_before_it_is_graded(place, release, tmp_path):
    before = grades(place)["S0000"]["score"]
    file = made.canvas_name(PEOPLE[0], "hw.ipynb", 99)
    (tmp_path / "new.zip").write_bytes(made.zipped({file: made.notebook(release, "Later.")}))
    times = made.table(["student", "handed_in"], [["S0000", "2026-06-12 11:00:00"]])
    (tmp_path / "times.csv").write_bytes(times)
    run("collect", tmp_path / "new.zip", A, "--course", place.root, "--times", tmp_path / "times.csv")
    run("report", A, "--course", place.root)
    row = grades(place)["S0000"]
    assert "newer-submission" in [flag["id"] for flag in row["flags"]] and row["score"] == before
    run("grade", A, "--course", place.root)
    row = grades(place)["S0000"]
    assert "late" in [flag["id"] for flag in row["flags"]] and row["score"] < before


def test_a_deadline_of_an_assignment_that_is_not_released_yet_stops_nothing(place):
    later = '[assignments.later]\ndue = 2026-07-01T12:00:00\nlate = "10 % per day"\n'
    (place.root / "course.toml").write_text(f"{TOML}\n{later}")
    before = grades(place)
    run("report", A, "--course", place.root)
    assert grades(place) == before


def test_the_same_file_handed_in_twice_is_late_by_the_students_own_deadline(place):
    (place.root / "extensions.csv").write_text(f"student,assignment,until\nS0002,{A},2026-06-12\n")
    text = (place.root / "course.toml").read_text()
    (place.root / "course.toml").write_text(text + 'attempt = "last on time"\n')
    known = attempts.read(place, A)
    (first,) = known["S0002"]  # two days late, and on time with the extension
    again = first._replace(id="again", handed_in=first.handed_in + datetime.timedelta(days=3))
    attempts.save(place, A, known | {"S0002": [first, again]})
    run("report", A, "--course", place.root)
    assert "late" not in [flag["id"] for flag in grades(place)["S0002"]["flags"]]


def test_an_unreadable_submission_waits_for_nobody(place):
    report = {**json.loads((place.reports(A) / "grades.json").read_text())}
    rows = report["students"]
    report["students"] = rows | {"S0003": rows["S0003"] | {"status": "unreadable"}}
    (place.reports(A) / "grades.json").write_text(json.dumps(report))
    listed = run("unread", A, "--course", place.root)
    assert "S0002" in listed and "S0003" not in listed
    with pytest.raises(courses.CourseError, match="3 students have answers"):
        run("export", A, "--course", place.root, "--to", "canvas")


def test_an_unreadable_submission_that_was_replaced_is_told(place, release):
    path = place.root / "submitted" / "S0003" / A / f"{A}.ipynb"
    rows = grades(place)
    report = {**json.loads((place.reports(A) / "grades.json").read_text())}
    report["students"] = rows | {"S0003": rows["S0003"] | {"status": "unreadable"}}
    (place.reports(A) / "grades.json").write_text(json.dumps(report))
    assert "changed since they were graded: 1 (S0003)" in run("report", A, "--course", place.root)
    path.write_bytes(b"{")
    assert "changed since" not in run("report", A, "--course", place.root)


@pytest.mark.parametrize("target", ["canvas", "moodle", "gradescope"])
def test_other_numbers_of_the_platform_are_shown_before_they_are_replaced(place, tmp_path, target):
    enter(place)
    content, column, key = downloads({"S0001": "12.5", "S0002": "EX"})[target]
    path = tmp_path / "downloaded.csv"
    path.write_bytes(content)
    words = ("export", A, "--course", place.root, "--to", target, "--into", path)
    with pytest.raises(courses.CourseError, match="--replace"):
        run(*words)
    assert path.read_bytes() == content
    shown = run(*words, "--replace")
    assert (
        "12.5" in shown and f"{grades(place)['S0001']['score']:.2f}" in shown and "the cell says EX" in shown
    )
    after = pandas.read_csv(path, dtype=str, keep_default_na=False)
    assert dict(zip(after[key], after[column], strict=True))["S0002"] == "EX"


def test_a_scale_and_new_identifiers_of_moodle_are_told(place, tmp_path):
    enter(place)
    path = tmp_path / "worksheet.csv"
    words = ("export", A, "--course", place.root, "--to", "moodle", "--into", path)
    path.write_bytes(downloads()["moodle"][0].replace(b"Maximum grade", b"Scale"))
    with pytest.raises(courses.CourseError, match="scale in Moodle"):
        run(*words)
    path.write_bytes(downloads()["moodle"][0].replace(b"Participant 7", b"Participant 8"))
    assert "The identifiers of 5 rows are new" in run(*words)


def test_while_written_points_wait_nothing_is_given_back(place, tmp_path):
    content, column, key = downloads()["canvas"]
    path = tmp_path / "downloaded.csv"
    path.write_bytes(content)
    words = ("export", A, "--course", place.root, "--to", "canvas", "--into", path)
    with pytest.raises(courses.CourseError, match="4 students have answers"):
        run(*words)
    assert "0 cells filled in" in run(*words, "--pending", "blank")
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "change, words",
    [
        ((b"Two ways to fit a mixture", b"Another"), "--column"),
        ((b"100.00", b"10.00"), "as in the notebook, got 10.00"),
        ((b"Essay", b"Two ways to fit a mixture"), "found 2 of them"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(place, tmp_path, change, words):
    enter(place)
    path = tmp_path / "downloaded.csv"
    path.write_bytes(downloads()["canvas"][0].replace(*change))
    with pytest.raises(courses.CourseError, match=words):
        run("export", A, "--course", place.root, "--to", "canvas", "--into", path)


def test_semicolons_come_with_decimal_commas(place, tmp_path):
    enter(place)
    path = tmp_path / "downloaded.csv"
    text = "Student;ID;SIS User ID;SIS Login ID;Section;gmm-two-ways (1)\r\n"
    text += "    Points Possible;;;;;100,00\r\nNúñez;100000;;;;\r\nX;555;;;;\r\n"
    path.write_bytes(text.encode("cp1252"))
    shown = run("export", A, "--course", place.root, "--to", "canvas", "--into", path)
    assert path.read_bytes() == text.replace("100000;;;;", "100000;;;;95,00").encode("cp1252")
    assert "Row 4 (X) is not a student" in shown and "has points, but no row" in shown


@pytest.mark.parametrize("target", ["canvas", "moodle", "gradescope"])
def test_a_new_file_for_a_platform_holds_the_same_points(place, target):
    enter(place)
    run("export", A, "--course", place.root, "--to", target, "--bom")
    path = place.reports(A) / f"{target}.csv"
    assert path.stat().st_mode & 0o777 == 0o600 and path.read_bytes().startswith(b"\xef\xbb\xbf")
    key = {"canvas": "SIS User ID", "moodle": "ID number", "gradescope": "SID"}[target]
    after = pandas.read_csv(path, dtype=str, keep_default_na=False)
    found = dict(zip(after[key], after[after.columns[-1]], strict=True))
    assert {s: float(v) for s, v in found.items() if v and s} == {
        s: r["score"] for s, r in grades(place).items()
    }


def test_pages_go_back_under_the_names_that_canvas_gave(place):
    shown = run("feedback", A, "--course", place.root, "--zip", "canvas")
    assert "4 pages for canvas" in shown
    with zipfile.ZipFile(place.reports(A) / "feedback-canvas.zip") as archive:
        expected = {made.canvas_name(p, "hw.html", 9): p for p in PEOPLE[:4]}
        assert set(archive.namelist()) == set(expected)
        for name, person in expected.items():
            # Canvas knows a page by the first two parts of its name that are numbers.
            assert [part for part in name.split("_") if part.isdigit()][:2] == [person.canvas, "9"]
            assert archive.read(name) == place.feedback(person.sid, A).read_bytes()
    assert "Left out" in run("feedback", A, "--course", place.root, "--zip", "moodle")
    run("feedback", A, "--course", place.root, "--zip", "plain")
    with zipfile.ZipFile(place.reports(A) / "feedback-plain.zip") as archive:
        assert archive.namelist() == [f"{p.sid}.html" for p in PEOPLE[:4]]


@pytest.mark.parametrize(
    "handed_in, name",
    [
        ("Zoë Å_7_assignsubmission_file/a/hw.ipynb", f"Zoë Å_7_assignsubmission_file/{A}.html"),
        ("Zoë Å_7_assignsubmission_file_/hw.ipynb", f"Zoë Å_7_assignsubmission_file_/{A}.html"),
        ("Zoë Å_7_assignsubmission_file_hw.ipynb", f"Zoë Å_7_assignsubmission_file_{A}.html"),
        ("ada.ipynb", None),
        (None, None),
    ],
)
def test_pages_go_back_under_the_names_that_moodle_gave(handed_in, name):
    found = feedback_zip.name_for("moodle", A, "ada", handed_in)
    assert found == name
    if found:  # as importziplib.php reads it
        parts = found.split("/")[0].split("_", 4)
        assert parts[1].isdigit() and parts[2:4] == ["assignsubmission", "file"]


def test_a_workbook_holds_all_scores_and_no_formula(place):
    run("workbook", "--course", place.root)
    path = place.root / "reports" / "grades.xlsx"
    assert path.stat().st_mode & 0o777 == 0o600
    sheet = pandas.read_excel(path, sheet_name=None, dtype=str, keep_default_na=False)
    scores = dict(zip(sheet["Scores"]["Student"], sheet["Scores"][f"{A} (100)"], strict=True))
    assert {s: float(v) for s, v in scores.items() if v} == {s: r["score"] for s, r in grades(place).items()}
    assert scores["S0004"] == "" and set(sheet) == {"Scores", A}
    tasks = sheet[A].drop(
        columns=["Student", "Last name", "First name", "Section", "Status", "Score", "To read"]
    )
    assert {"mstep", "means_mse"} <= set(tasks)
    odd = {"=cmd()": roster.Person("=cmd()", "+1", "-2\x07")}
    book = openpyxl.load_workbook(io.BytesIO(workbook.written({}, {}, odd)))
    assert [cell.value for cell in book["Scores"][2]][:3] == ["=cmd()", "+1", "-2"]
    assert all(cell.data_type == "s" for cell in book["Scores"][2][:3])


def test_an_assignment_without_students_does_not_stop_the_workbook(place):
    empty = place.reports("gflownet-em") / "grades.json"
    empty.parent.mkdir(parents=True)
    empty.write_text(json.dumps({"assignment": "gflownet-em", "max_score": 100, "students": {}}))
    assert f"Workbook of {A}: " in run("workbook", "--course", place.root)


def test_unread_answers_are_shared_by_readers_and_shrink(place):
    shares = [run("unread", A, "--course", place.root, "--part", f"{n}/3") for n in (1, 2, 3)]
    listed = [sorted(re.findall(r"S\d{4}", share)) for share in shares]
    assert sorted(sum(listed, [])) == ["S0000", "S0001", "S0002", "S0003"]
    assert max(map(len, listed)) - min(map(len, listed)) <= 1
    (link,) = set(
        re.findall(r"http\S+", next(s for s in shares if "S0000" in s).split("S0000")[1].split("\n")[0])
    )
    with gradebook.opened(place) as book:
        notebook = book.find_submission_notebook(A, A, "S0000")
        assert link == f"http://localhost:8888/formgrader/submissions/{notebook.id}/#expected_density"
    enter(place)
    assert all("Question A: " in share for share in shares)
    assert "Answers still to read: 0" in run("unread", A, "--course", place.root)
    with pytest.raises(courses.CourseError, match="2/5"):
        run("unread", A, "--course", place.root, "--part", "6/5")


def test_a_student_who_is_graded_later_moves_nobody_to_another_reader(place, release):
    def shares():
        listed = [run("unread", A, "--course", place.root, "--part", f"{n}/2") for n in (1, 2)]
        return [set(re.findall(r"\bS\d+", share)) for share in listed]

    before = shares()
    late = place.submitted("S00000", A)
    late.parent.mkdir(parents=True)
    late.write_bytes(made.notebook(release, "Late."))
    classes.grade(place, A, ["S00000"])
    after = shares()
    assert all(one <= other for one, other in zip(before, after, strict=True))
    assert sorted(sum(map(sorted, after), [])) == ["S0000", "S00000", "S0001", "S0002", "S0003"]


@given(st.sets(st.text(min_size=1), max_size=20), st.integers(1, 6))
def test_each_student_has_one_reader(students, parts):
    shares = [unread.students_of_part(students, part, parts) for part in range(1, parts + 1)]
    assert sorted(sum(map(sorted, shares), [])) == sorted(students)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_the_log_says_what_changed_and_once(place):
    assert history.known_points(history.read(place, A))["S0002", "penalty"] == 10
    before = len(history.read(place, A))
    run("report", A, "--course", place.root)
    assert len(history.read(place, A)) == before
    enter(place, 3.5)
    (place.root / "extensions.csv").write_text(f"student,assignment,until\nS0002,{A},2026-06-13\n")
    for _ in range(2):
        run("report", A, "--course", place.root)
    found = {(e.student, e.item): e for e in history.read(place, A)[before:]}
    assert len(found) == len(history.read(place, A)) - before
    assert found["S0002", "penalty"][5:7] == (10, 0)
    read = found["S0000", "expected_density"]
    assert (read.kind, read.before, read.after) == ("person", None, 3.5)
    (place.root / "course.toml").write_text('timezone = "Asia/Kolkata"\n')
    shown = run("log", A, "--course", place.root)
    assert "S0002" in shown and "penalty" in shown
    noted = datetime.datetime.fromisoformat(read.time).astimezone(zoneinfo.ZoneInfo("Asia/Kolkata"))
    assert f"{noted:%H:%M}" in shown and "IST" in shown
    assert history.place_of(place, A).stat().st_mode & 0o777 == 0o600


def test_a_score_that_a_person_changed_is_a_persons_change(place):
    before = len(history.read(place, A))
    enter(place, 3.5)
    run("report", A, "--course", place.root)
    kinds = {e.item: e.kind for e in history.read(place, A)[before:] if e.student == "S0000"}
    assert kinds == {"expected_density": "person", "score": "person"}
    shown = run("log", A, "--course", place.root, "--student", "S0000")
    assert "a person, found by" in shown and "the grader" not in shown


def test_a_complaint_is_a_row_with_a_state(place):
    run(
        "log",
        A,
        "--course",
        place.root,
        "--student",
        "S0001",
        "--task",
        "mstep",
        "--complaint",
        "I was right.",
    )
    run("log", A, "--course", place.root, "--student", "S0000", "--complaint", "Me, too.")
    shown = run("log", A, "--course", place.root, "--close", "1", "--answer", "Points given.")
    states = {n: rows[-1].state for n, rows in history.complaints(history.read(place, A)).items()}
    assert states == {1: "closed", 2: "open"} and "I was right." in shown and "Points given." in shown
    for words in (("--student", "NOBODY"), ("--student", "S0001", "--task", "nothing")):
        with pytest.raises(courses.CourseError, match="NOBODY|nothing"):
            run("log", A, "--course", place.root, *words, "--complaint", "I was right.")
    with pytest.raises(courses.CourseError, match="no 7"):
        run("log", A, "--course", place.root, "--close", "7")
    for words in (("--task", "mstep"), ("--answer", "Points given.")):
        with pytest.raises(courses.CourseError, match=f"{words[0]} needs --"):
            run("log", A, "--course", place.root, *words)


def test_a_line_that_was_cut_off_is_left_out(place):
    path = history.place_of(place, A)
    whole = history.read(place, A)
    path.write_bytes(path.read_bytes() + b'{"time": "2026')
    run("log", A, "--course", place.root, "--student", "S0000", "--complaint", "Hm.")
    assert [e.note for e in history.read(place, A)[len(whole) :]] == ["Hm."]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice Calc (Debian: libreoffice-calc)")
def test_libreoffice_opens_the_filled_files(place, tmp_path):
    enter(place)
    paths = []
    for target, (content, _, _) in downloads().items():
        paths.append(tmp_path / f"{target}.csv")
        paths[-1].write_bytes(content)
        run("export", A, "--course", place.root, "--to", target, "--into", paths[-1])
    run("workbook", "--course", place.root)
    as_utf8 = "Text - txt - csv (StarCalc):44,34,76"  # commas, quotes, UTF-8
    words = ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"]
    words += ["--convert-to", f"csv:{as_utf8}", "--outdir", tmp_path / "read"]
    subprocess.run([*words, f"--infilter={as_utf8}", *paths], check=True, capture_output=True)
    subprocess.run([*words, place.root / "reports" / "grades.xlsx"], check=True, capture_output=True)
    ours = {student: row["score"] for student, row in grades(place).items()}
    columns = {target: (key, column) for target, (_, column, key) in downloads().items()}
    for name, (key, column) in (columns | {"grades": ("Student", f"{A} (100)")}).items():
        text = (tmp_path / "read" / f"{name}.csv").read_text("utf-8-sig")
        assert "Núñez" in text and "李" in text and "#NAME?" not in text
        after = pandas.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
        found = dict(zip(after[key], after[column], strict=True))
        assert {s: float(v) for s, v in found.items() if s in ours} == pytest.approx(ours)


@pytest.fixture(scope="module")
def written_once(graded_once, tmp_path_factory):
    """The course with all that the commands of a term write."""
    place = courses.Course(shutil.copytree(graded_once.root, tmp_path_factory.mktemp("written") / "course"))
    rows = [["S0002", A, "2026-06-13", "a broken leg"], ["S0003", A, "2026-06-20", ""]]
    header = ["student", "assignment", "until", "reason"]
    (place.root / "extensions.csv").write_bytes(made.table(header, rows))
    run("feedback", A, "--course", place.root, "--zip", "canvas")
    run("report", A, "--course", place.root)
    run("export", A, "--course", place.root)
    run("workbook", "--course", place.root)
    run("log", A, "--course", place.root, "--student", "S0002", "--complaint", "I was ill.")
    return place


@pytest.fixture
def written(written_once, tmp_path):
    return courses.Course(shutil.copytree(written_once.root, tmp_path / "copy"))


def test_an_archive_is_written_where_there_are_no_hard_links(place, tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refused)
    run("archive", tmp_path / "term.zip", "--course", place.root)
    assert [path.name for path in tmp_path.glob("*.draft")] == []
    with zipfile.ZipFile(tmp_path / "term.zip") as archive:
        assert "CONTENTS.csv" in archive.namelist()


def test_the_archive_holds_what_must_be_kept_and_says_what_it_leaves_out(written, tmp_path):
    place = written
    (place.answers()).mkdir(exist_ok=True)
    (place.answers() / "0.gz").write_bytes(b"answers")
    (place.root / "elsewhere").symlink_to(tmp_path)
    path = tmp_path / "term.zip"
    shown = run("archive", path, "--course", place.root)
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    left_out = dict(tables.parsed(held["LEFT-OUT.csv"]).records())
    left_out = {record["path"]: record["why"] for record in left_out.values()}
    assert left_out.keys() >= {"extensions.csv", "reports/.answers", "reports/.locks", "elsewhere"}
    for name, reason in left_out.items():
        assert name in shown and reason
    for file in place.root.rglob("*"):  # all is kept, or left out with a reason
        name = file.relative_to(place.root).as_posix()
        if file.is_file() and not any(name.startswith(out) for out in left_out):
            assert name == "gradebook.db" or held[name] == file.read_bytes(), name
    assert b"broken leg" not in b"".join(held.values())
    assert held["extensions.csv"].decode().splitlines()[1] == f"S0002,{A},2026-06-13"
    (tmp_path / "restored").mkdir()
    (tmp_path / "restored" / "gradebook.db").write_bytes(held["gradebook.db"])
    with gradebook.opened(courses.Course(tmp_path / "restored")) as book:
        assert book.find_submission_notebook(A, A, "S0001").score == pytest.approx(72.8)
    for refused in (path, place.root / "inside.zip"):
        with pytest.raises(courses.CourseError):
            run("archive", refused, "--course", place.root)


def test_the_archive_has_the_gradebook_whatever_the_course_is_called(place, tmp_path):
    odd = shutil.copytree(place.root, tmp_path / "Course #1 100%41")
    run("archive", tmp_path / "term.zip", "--course", odd)
    with zipfile.ZipFile(tmp_path / "term.zip") as archive:
        archive.extract("gradebook.db", tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / "gradebook.db")) as book:
        (students,) = book.execute("SELECT count(*) FROM student").fetchone()
    assert students == len(PEOPLE)
    assert not (tmp_path / "Course ").exists()


def test_what_holds_grades_is_readable_by_its_owner_only(written_once):
    folders = [written_once.root / name for name in ("autograded", "feedback", "collected", "reports")]
    files = [p for folder in folders for p in folder.rglob("*") if p.is_file() and p.parent.name[0] != "."]
    assert len(files) > 10 and not [path for path in files if path.stat().st_mode & 0o077]


def test_nothing_of_a_forgotten_student_is_left_and_all_of_the_others(written):
    place = written
    before = grades(place)
    shown = run("forget", "S0002", "--course", place.root, "--dry-run")
    assert "Sean O'Neil" in shown and grades(place) == before
    with pytest.raises(courses.CourseError, match="Nothing was removed"):
        run("forget", "S0002", "--course", place.root, input="no\n")
    assert grades(place) == before
    shown = run("forget", "S0002", "--course", place.root, "--yes")
    assert "Still named" not in shown
    assert (place.root / "extensions.csv").read_bytes().decode() == (
        f"\ufeffstudent,assignment,until,reason\r\nS0003,{A},2026-06-20,\r\n"
    )
    run("report", A, "--course", place.root)
    for path in place.root.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert "S0002" not in path.name and not any(
            word in content for word in (b"S0002", b"O'Neil", b"user2@", b"broken leg", b"I was ill")
        ), path
    assert {s: row["score"] for s, row in grades(place).items() if s != "S0003"} == {
        s: row["score"] for s, row in before.items() if s not in ("S0002", "S0003")
    }
    with pytest.raises(courses.CourseError, match="found nothing of S0002"):
        run("forget", "S0002", "--course", place.root, "--yes")
    for odd in ("../S0001", "", ".."):
        with pytest.raises(courses.CourseError, match="student's id"):
            run("forget", odd, "--course", place.root, "--yes")
    classes.grade(place, A)  # the others are graded as before
    assert grades(place).keys() == before.keys() - {"S0002"}


def test_who_was_taken_off_the_roster_is_found_by_name(place, tmp_path):
    others = [person for person in PEOPLE if person.sid != "S0002"]
    (tmp_path / "fewer.csv").write_bytes(made.canvas_gradebook(others))
    run("roster", tmp_path / "fewer.csv", "--remove", "--course", place.root)
    (place.root / "notes.txt").write_text("Sean O'Neil was ill.")
    (place.root / "list.txt").write_text("O'Neil, Sean")
    shown = run("forget", "S0002", "--course", place.root, "--yes")
    assert "of Sean O'Neil (S0002)" in shown
    assert "Still named in notes.txt" in shown and "Still named in list.txt" in shown


def test_a_course_of_ones_own_begins_with_its_students(tmp_path):
    place = courses.init(tmp_path / "course", empty=True)
    (tmp_path / "c.csv").write_bytes(made.canvas_gradebook(PEOPLE))
    assert "Roster of 5 students" in run("roster", tmp_path / "c.csv", "--course", place.root)
    with pytest.raises(courses.CourseError, match="is not one"):
        run("roster", tmp_path / "c.csv", "--course", tmp_path)


def test_a_list_is_merged_while_nobody_else_writes_the_roster(place, tmp_path, monkeypatch):
    held = []

    @contextlib.contextmanager
    def recording(course, real=locks.recording):
        with real(course):
            held.append(True)
            yield
            held.pop()

    def watched(function):
        def called(*arguments):
            assert held, f"{function.__name__} without the lock"
            return function(*arguments)

        return called

    monkeypatch.setattr(locks, "recording", recording)
    for name in ("read", "save"):
        monkeypatch.setattr(roster, name, watched(getattr(roster, name)))
    (tmp_path / "c.csv").write_bytes(made.canvas_gradebook(PEOPLE))
    assert "Roster of 5 students" in run("roster", tmp_path / "c.csv", "--course", place.root)


def test_the_guides_commands_do_what_it_says(tmp_path, monkeypatch, release):
    guide = (Path(__file__).parents[3] / "docs" / "term.md").read_text()
    blocks = re.findall(r"```console\n(.*?)```", guide, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("canvas-gradebook.csv").write_bytes(made.canvas_gradebook(PEOPLE))
    files = {made.canvas_name(p, "hw.ipynb", 9): made.notebook(release) for p in PEOPLE[:4]}
    Path("submissions.zip").write_bytes(made.zipped(files))
    for line in "".join(blocks).splitlines():
        run(*shlex.split(line.removeprefix("$ autograder ")))
    course = courses.Course(tmp_path / "course")
    assert len(grades(course)) == 4 and (course.reports(A) / "feedback-canvas.zip").is_file()


def test_the_settings_in_the_guide_and_in_a_new_course_are_understood():
    guide = (Path(__file__).parents[3] / "docs" / "term.md").read_text()
    (block,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    said = settings.parsed(tomllib.loads(block)).of(A)
    assert said.rule == Rule(share=0.1, most_days=3) and said.title == "Two ways to fit a mixture"
    for text in re.findall(r'^\| `"(.*?)"` \|', guide, re.MULTILINE):
        entry = {"due": datetime.date(2027, 2, 5), "late": text}
        assert settings.parsed({"assignments": {"hw": entry}}).of("hw").rule
    template = (Path(settings.__file__).parents[1] / "templates" / "course.toml").read_text()
    assert settings.parsed(tomllib.loads(template)) == settings.Settings(zoneinfo.ZoneInfo("UTC"))
    uncommented = re.sub(r"^# (?=[a-z\[]+)", "", template.partition("\n")[2], flags=re.MULTILINE)
    assert settings.parsed(tomllib.loads(uncommented)).of("homework-1").deadline


def test_another_task_is_not_judged_on_a_newer_submission(place, release):
    before = grades(place)["S0000"]
    newer = place.root / "submitted" / "S0000" / A / f"{A}.ipynb"
    newer.write_bytes(made.notebook(release, "Changed."))
    classes.grade(place, A, redo=classes.Redo(task="mstep"))
    run("report", A, "--course", place.root)
    row = grades(place)["S0000"]
    assert row["tasks"] == before["tasks"] and "newer-submission" not in [flag["id"] for flag in row["flags"]]


def stopped_when_all_are_right(place):
    """A new grading that gives all points and is stopped before it ends."""

    def all_right(workers, path, release, rules, *_):
        results = {task.id: grading.TaskResult(task.points, task.points, "correct") for task in rules.tasks}
        return grading.Result("graded", (), results, submission.read(path, release)), None

    def stopped(*_, **__):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classes.Workers, "judged", all_right)
        patch.setattr(classes.Grader, "report", stopped)
        with pytest.raises(KeyboardInterrupt):
            classes.grade(place, A, redo=classes.Redo(run=True))


def test_a_grading_that_is_stopped_leaves_no_page_of_two_gradings(place):
    stopped_when_all_are_right(place)
    run("report", A, "--course", place.root)
    row = grades(place)["S0001"]
    assert {task["outcome"] for task in row["tasks"].values()} == {"correct"}
    assert sum(task["points"] for task in row["tasks"].values()) == pytest.approx(row["score"]) == 91


def test_after_a_grading_that_was_stopped_one_task_is_judged_and_the_others_stay(place):
    stopped_when_all_are_right(place)
    classes.grade(place, A, ["S0001"], redo=classes.Redo(task="mstep"))
    points = {name: task["points"] for name, task in grades(place)["S0001"]["tasks"].items()}
    most = {name: task["max"] for name, task in grades(place)["S0001"]["tasks"].items()}
    assert points == most | {"mstep": 0.8 * most["mstep"]}


def test_a_grading_that_was_stopped_does_not_hide_whom_to_forget(place):
    stopped_when_all_are_right(place)
    run("forget", "S0002", "--course", place.root, "--yes")
    for path in (place.root / "reports").rglob("*"):
        assert not path.is_file() or b"S0002" not in path.read_bytes(), path
    assert grades(place)["S0001"]["tasks"]["mstep"]["outcome"] == "correct"


def test_a_corrected_question_replaces_no_submission(place):
    notebook = nbformat.read(place.release(A), as_version=4)
    question = next(cell for cell in notebook.cells if not submission.grade_id(cell))
    question.source += "\n\nA clearer sentence."
    nbformat.write(notebook, place.release(A))
    assert "changed since" not in run("report", A, "--course", place.root)


def test_code_that_was_added_or_taken_out_again_is_a_newer_submission(place):
    path = place.submitted("S0000", A)
    before = path.read_bytes()
    notebook = nbformat.reads(before.decode(), as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("helper = 1"))
    nbformat.write(notebook, path)
    assert "changed since they were graded: 1 (S0000)" in run("report", A, "--course", place.root)
    classes.grade(place, A, ["S0000"])
    assert "changed since" not in run("report", A, "--course", place.root)
    path.write_bytes(before)
    assert "changed since they were graded: 1 (S0000)" in run("report", A, "--course", place.root)


def test_a_file_that_is_replaced_while_it_is_judged_is_told(place, release, monkeypatch):
    newer = place.root / "submitted" / "S0000" / A / f"{A}.ipynb"
    enter = classes.Grader.enter

    def replaced(grader, student, *rest):
        if student == "S0000":
            newer.write_bytes(made.notebook(release, "Handed in meanwhile."))
        return enter(grader, student, *rest)

    monkeypatch.setattr(classes.Grader, "enter", replaced)
    classes.grade(place, A, redo=classes.Redo(run=True))
    run("report", A, "--course", place.root)
    assert "newer-submission" in [flag["id"] for flag in grades(place)["S0000"]["flags"]]


def test_percent_of_a_day_are_of_the_maximum_without_bonus(place):
    path = place.release(A)
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [c for c in notebook.cells if submission.grade_id(c) == "test_make_data"]
    cell.metadata.tags = [*cell.metadata.get("tags", ()), "bonus"]
    nbformat.write(notebook, path)
    rule = TOML.replace("10 points per day", "10 % per day")
    assert rule != TOML
    (place.root / "course.toml").write_text(rule)
    run("report", A, "--course", place.root)
    (flag,) = [flag for flag in grades(place)["S0002"]["flags"] if flag["id"] == "late"]
    assert f"1 × {(100 - submission.points(cell)) / 10:g} = " in flag["message"]


def test_a_list_without_addresses_leaves_those_of_the_gradebook(place):
    with gradebook.opened(place) as book:
        book.update_or_create_student("S0000", email="ann@example.org")
    commands.enter_names(place, {"S0000": roster.Person("S0000", "", "Ann")})
    with gradebook.opened(place) as book:
        student = book.find_student("S0000")
        assert (student.email, student.first_name) == ("ann@example.org", "Ann")


@pytest.mark.parametrize("entry", ["title = 7", "column = 4711"])
def test_a_number_in_place_of_a_text_is_refused(place, entry):
    (place.root / "course.toml").write_text(f"[assignments.{A}]\n{entry}\n")
    with pytest.raises(courses.CourseError, match="in quotation marks"):
        settings.read(place)


def test_files_and_folders_called_by_a_student_are_told(course):
    (course.root / "download" / "Sean O'Neil_7_assignsubmission_file").mkdir(parents=True)
    (course.root / "S0002.ipynb").write_text("{}")
    found = forget.still_named(course, ["S0002", "Sean O'Neil"])
    assert [path.name for path in found] == ["S0002.ipynb", "Sean O'Neil_7_assignsubmission_file"]


def test_a_log_alone_is_something_of_an_assignment(course):
    history.complaint(course, "last-year", "S1", "score", "I was ill.")
    assert "last-year" in forget.assignments_of(course)


def test_the_page_of_a_repaired_notebook_goes_back_too(course):
    canvas = attempts.Attempt("9", hashlib.sha256(b"broken").hexdigest(), "oneilsean_100002_9_hw.ipynb", 9)
    attempts.save(course, A, {"S0002": [canvas]})
    for path, content in (
        (course.submitted("S0002", A), b"repaired"),
        (course.feedback("S0002", A), b"page"),
    ):
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    commands.zip_feedback(course, {"assignment": A, "students": {"S0002": {}}}, "canvas")
    with zipfile.ZipFile(course.reports(A) / "feedback-canvas.zip") as pages:
        assert pages.namelist() == ["oneilsean_100002_9_hw.html"]


def test_a_file_name_that_is_no_text_is_archived(course, tmp_path):
    Path(os.fsdecode(os.fsencode(course.root) + b"/L\xf6sung.ipynb")).write_text("{}")
    kept = archive.written(course, tmp_path / "term.zip").kept
    assert r"L\xf6sung.ipynb" in [entry.path for entry in kept]


def test_an_old_gradebook_does_not_stop_the_archive(course, tmp_path):
    elsewhere = tmp_path / "local.db"
    with contextlib.closing(sqlite3.connect(elsewhere)) as book:
        book.execute("CREATE TABLE student (id)")
    (course.root / "gradebook.db").write_bytes(b"an old one")
    config = f"c = get_config()\nc.CourseDirectory.db_url = 'sqlite:///{elsewhere}'\n"
    (course.root / "nbgrader_config.py").write_text(config)
    done = archive.written(course, tmp_path / "term.zip")
    assert [entry.path for entry in done.kept].count("gradebook.db") == 1 and "gradebook.db" in done.left_out


def test_long_names_of_assignments_make_sheets_that_excel_opens():
    names = [f"introduction-to-gaussian-mixtures-{n}" for n in (1, 2)]
    empty = {name: {"max_score": 1, "students": {}} for name in names}
    book = openpyxl.load_workbook(io.BytesIO(workbook.written(empty, dict.fromkeys(names, {}), {})))
    assert len(set(book.sheetnames)) == 3 and all(len(name) <= 31 for name in book.sheetnames)
