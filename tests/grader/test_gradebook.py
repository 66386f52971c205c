"""What a person enters in the gradebook, and where it shows. No student code runs here."""

import copy
import csv
import io
import json
import shutil
import subprocess
import sys
import types

import formgrader
import nbformat
import pytest
from command_line import invoked
from interrupted import contents

from autograder import __main__ as commands
from autograder import tasks
from autograder.course import directory as courses
from autograder.course import export, gradebook, locks
from autograder.course import grading_run as classes
from autograder.course import workers as running
from autograder.engine import grading, submission
from autograder.engine.judge import Finding
from autograder.report import pages as report

pytestmark = pytest.mark.usefixtures("judge_without_running")

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


def judged(workers, path, release, rules, *_):
    """All right, but 3.2 of 8 for the last task; nothing was asked."""
    results = {t.id: grading.TaskResult(float(t.points), t.points, "correct") for t in rules.tasks}
    finding = Finding("normalised-over-data", "Look at `axis=1`.", "Sum over `K`.")
    results["emgmm_model"] = grading.TaskResult(3.2, 8, "partial", (finding,))
    return grading.Result("graded", (), results, submission.read(path, release)), None


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory, judge_without_running):
    """A graded course of ada, who answered everything, and bela, who left out means_mse."""
    made = courses.init(tmp_path_factory.mktemp("gradebook") / "course")
    hand_in(made, "ada", ANSWERS)
    hand_in(made, "bela", {**ANSWERS, "means_mse": None})
    classes.grade(made, ASSIGNMENT)
    return made


def nbgrader(place, *words):
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=place.root,
        env=courses.environment_with_tools(),
        capture_output=True,
        text=True,
    )


def press_autograde(place, student, force=True):
    return formgrader.buttons(place.root).autograde(ASSIGNMENT, student, force=force)


# By the formgrader's button, which is quick, and by nbgrader's command with these words.
@pytest.mark.parametrize(
    "words", [None, *(pytest.param(words, marks=pytest.mark.slow) for words in ([], ["--force"]))]
)
def test_nbgraders_autograde_grades_as_we_do(place, words):
    enter(place, "ada", "means_mse", 2, "Nearly.")
    before = contents(place)
    if not words:
        shutil.rmtree(place.root / "autograded")
    if words is None:
        assert press_autograde(place, "*", force=False)["success"]
    else:
        done = nbgrader(place, "autograde", ASSIGNMENT, *words)
        assert done.returncode == 0, done.stderr
    after = contents(place)
    assert before["rows"] == after["rows"]
    report = f"reports/{ASSIGNMENT}/grades.json"
    for path in before["files"].keys() - {report}:
        assert json.loads(after["files"][path]) == json.loads(before["files"][path])
    assert now(place)["ada"][0]["score"] == 88.2


def test_what_nbgrader_finds_graded_it_leaves(place):
    before = contents(place)
    assert press_autograde(place, "*", force=False)["success"]
    assert contents(place) == before


def test_the_formgraders_button_grades_as_we_do(place):
    before = contents(place)
    said = press_autograde(place, "bela")
    assert said["success"], said
    assert contents(place)["rows"] == before["rows"]


def test_a_changed_answer_is_seen_by_nbgraders_autograde_too(place):
    enter(place, "ada", "means_mse", 2)
    hand_in(place, "ada", {**ANSWERS, "means_mse": "Something else."})
    for _ in range(2):
        assert press_autograde(place, "ada")["success"]
        assert len(changed_answers(place)) == 1 and needs_manual_grade(place, "means_mse")


def test_nbgraders_autograde_marks_what_could_not_be_judged(place):
    def one_ungraded(workers, path, release, rules, *_):
        result, _ = judged(workers, path, release, rules)
        failed = running.ungraded(rules, "a failure").tasks["loss"]
        return result._replace(tasks=result.tasks | {"loss": failed}), None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classes.Workers, "judged", one_ungraded)
        hand_in(place, "ada", {**ANSWERS, "means_mse": "New."})
        assert press_autograde(place, "ada")["success"]
    assert needs_manual_grade(place, "test_loss") and not needs_manual_grade(place, "test_train")
    assert now(place)["ada"][4]["loss"] == "" and now(place)["ada"][0]["score"] == 82.2


@pytest.mark.slow  # the same converter as above, on a file that test_bad_inputs has a row for
def test_nbgraders_autograde_has_a_row_for_what_cannot_be_read(place):
    path = place.root / "submitted" / "carl" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    done = nbgrader(place, "autograde", ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    row = classes.read_report(place, ASSIGNMENT)["students"]["carl"]
    assert row["status"] == "unreadable" and row["flags"][0]["id"] == "not-a-notebook"
    assert formgrader.buttons(place.root).generate_feedback(ASSIGNMENT)["success"]
    assert "The file is not JSON" in place.feedback("carl", ASSIGNMENT).read_text()


def test_nbgraders_penalty_for_late_work_counts(place):
    with gradebook.opened(place) as book:
        book.update_or_create_assignment(ASSIGNMENT, duedate="2026-01-01 00:00:00 UTC")
    stamp = place.root / "submitted" / "ada" / ASSIGNMENT / "timestamp.txt"
    stamp.write_text("2026-01-02 00:00:00 UTC")
    with (place.root / "nbgrader_config.py").open("a") as file:
        file.write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    said = press_autograde(place, "ada")
    assert said["success"], said
    row, *_, line = now(place)["ada"]
    assert row["score"] == 0 and line["late_penalty"] == "86.2"


def test_the_formgraders_button_changes_nothing_while_a_class_is_graded(place):
    before = contents(place)
    with locks.grading(place, ASSIGNMENT, alone=True):
        said = press_autograde(place, "ada")
    assert not said["success"] and "is being graded by process" in said["log"]
    assert "--wait" not in said["log"]
    assert contents(place) == before


@pytest.mark.slow  # the button, above, calls the same in this process
def test_nbgraders_autograde_changes_nothing_while_a_class_is_graded(place):
    before = contents(place)
    with locks.grading(place, ASSIGNMENT, alone=True):
        done = nbgrader(place, "autograde", ASSIGNMENT, "--force")
    assert done.returncode == 1 and "is being graded by process" in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(place) == before


# --- what persons enter shows at once, in everything ----------------------------------------------


def enter(place, student, cell, points=None, comment=None):
    """What the formgrader does when a person gives points and writes a comment."""
    with gradebook.opened(place) as book:
        grade = book.find_grade(cell, ASSIGNMENT, ASSIGNMENT, student)
        grade.manual_score = points
        grade.needs_manual_grade = grade.auto_score is None and points is None
        about = cell.removeprefix("test_")
        book.find_comment(about, ASSIGNMENT, ASSIGNMENT, student).manual_comment = comment
        book.db.commit()


def now(place):
    """(row of grades.json, feedback page, class report, table, row of CSV) of each student, as now."""
    _, graded, scores, _ = commands.graded_report(place.root, ASSIGNMENT)
    with gradebook.opened(place) as book:
        text = export.to_csv(graded, gradebook.students(book), scores)
    console = commands.Console(width=300, file=io.StringIO())
    console.print(commands.table(graded, scores))
    rows = {row["student"]: row for row in csv.DictReader(io.StringIO(text))}
    assert classes.read_report(place, ASSIGNMENT) == graded
    return {
        student: (
            row,
            report.feedback(student, graded, RULES, ANSWERS, scores),
            report.class_report(graded, scores),
            console.file.getvalue(),
            rows[student],
        )
        for student, row in graded["students"].items()
    }


def adds_up(row):
    cells = [row[name] for name in (*(t.id for t in RULES.tasks), *ANSWERS)]
    return sum(float(cell or 0) for cell in cells) - float(row["late_penalty"]) == pytest.approx(
        float(row["score"])
    )


def test_before_a_person_reads_the_points_are_named_as_waiting(place):
    row, page, whole, table, line = now(place)["ada"]
    assert (row["score"], row["manual_pending"]) == (86.2, 9)
    assert "not graded yet (4 points)" in page and "not graded yet (5 points)" in page
    assert "86.2 / 91 so far" in whole and "86.2/100" in table and "9 points unread" in table
    assert line["expected_density"] == line["means_mse"] == "" and adds_up(line)
    assert (line["score"], line["max_score"], line["manual_pending"]) == ("86.2", "100", "9.0")


def test_an_unanswered_question_is_named_and_the_denominator_stays(place):
    row, page, whole, table, line = now(place)["bela"]
    assert (row["score"], row["manual_pending"]) == (86.2, 4)
    assert "not answered: 0 of 5" in page and "not answered: 0 of 5" in whole
    assert "means_mse −5" in table and "not answered: 0 of 5" in table and "86.2/100" in table
    assert line["means_mse"] == "0.0" and adds_up(line)


def test_manual_points_and_comments_show_without_grading_again(place):
    enter(place, "ada", "expected_density", 3.5, "Why? <script>alert(1)</script>")
    row, page, whole, table, line = now(place)["ada"]
    assert (row["score"], row["manual_pending"]) == (89.7, 5)
    without_ours = whole.replace(f"<script>{report.SCRIPT}</script>", "")
    assert "3.5 of 4" in page and "Why? &lt;script&gt;" in page and "<script" not in page + without_ours
    assert "3.5 of 4" in whole and "3.5 of 4" in table
    assert line["expected_density"] == "3.5" and adds_up(line)


def test_an_override_shows_everywhere(place):
    enter(place, "ada", "test_emgmm_model", 8, "Agreed.")
    row, page, whole, table, line = now(place)["ada"]
    assert row["score"] == 91 and row["tasks"]["emgmm_model"]["points"] == 3.2
    for shown in (page, whole, table):
        assert "8 of 8, set by a person; the grader gave 3.2" in shown and "Agreed." in shown
    assert line["emgmm_model"] == "8.0" and adds_up(line)


def test_a_late_penalty_shows_everywhere(place):
    with gradebook.opened(place) as book:
        notebook = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "ada")
        notebook.late_submission_penalty = 10
        book.db.commit()
    row, page, whole, table, line = now(place)["ada"]
    assert row["score"] == 76.2 and line["late_penalty"] == "10.0" and adds_up(line)
    assert "penalty of\n10 for handing in late" in page and "Late −10" in whole and "late −10" in table


def test_the_commands_show_what_was_entered_after_grading(place):
    pages = {
        "feedback": place.feedback("ada", ASSIGNMENT),
        "report": place.reports(ASSIGNMENT) / "report.html",
        "export": place.reports(ASSIGNMENT) / "grades.csv",
    }
    for points, (command, path) in enumerate(pages.items(), start=1):
        enter(place, "ada", "expected_density", points)
        done = invoked(command, ASSIGNMENT, "--course", place.root)
        assert done.exit_code == 0, done.output
        assert classes.read_report(place, ASSIGNMENT)["students"]["ada"]["score"] == 86.2 + points
        assert str(86.2 + points) in path.read_text()


def test_feedback_shows_the_answers_that_were_graded(place):
    hand_in(place, "ada", {**ANSWERS, "means_mse": "Handed in later."})
    commands.feedback(ASSIGNMENT, place.root)
    page = place.feedback("ada", ASSIGNMENT).read_text()
    assert "can be *permuted*" in page and "Handed in later" not in page


def test_a_student_whom_the_gradebook_lost_is_named(place):
    (place.root / "gradebook.db").unlink()
    with pytest.raises(courses.CourseError, match="ada in the gradebook.*autograder grade"):
        commands.report_command(ASSIGNMENT, place.root)


# --- written answers that change after they were read ----------------------------------------------


def changed_answers(place):
    return [flag["message"] for flag in now(place)["ada"][0]["flags"] if flag["id"] == "answer-changed"]


def needs_manual_grade(place, cell):
    with gradebook.opened(place) as book:
        return book.find_grade(cell, ASSIGNMENT, ASSIGNMENT, "ada").needs_manual_grade


def test_an_answer_that_changed_is_read_again(place):
    for cell, points in (("expected_density", 3.5), ("means_mse", 2)):
        enter(place, "ada", cell, points)
    hand_in(place, "ada", {**ANSWERS, "means_mse": "Something else."})
    for _ in range(2):  # grading again does not forget it
        classes.grade(place, ASSIGNMENT, ["ada"])
        row, page, _, table, line = now(place)["ada"]
        assert (row["score"], row["manual_pending"]) == (86.2 + 3.5 + 2, 5)
        assert changed_answers(place) == [
            "The written answer of means_mse changed after it was read; read it again."
        ]
        assert needs_manual_grade(place, "means_mse") and not needs_manual_grade(place, "expected_density")
        assert "2 of 5 so far; the answer changed after it was graded" in page and "read it again" not in page
        assert "answer-changed" in table and line["flags"] == "answer-changed" and adds_up(line)
    enter(place, "ada", "means_mse", 2)  # read again, and worth the same
    for again in (False, True):
        if again:
            classes.grade(place, ASSIGNMENT, ["ada"])
        assert changed_answers(place) == [] and now(place)["ada"][0]["manual_pending"] == 0


def test_the_same_answer_with_other_white_space_stays_read(place):
    enter(place, "ada", "means_mse", 2)
    hand_in(place, "ada", {**ANSWERS, "means_mse": ANSWERS["means_mse"] + "  \n"})
    classes.grade(place, ASSIGNMENT)
    assert changed_answers(place) == [] and not needs_manual_grade(place, "means_mse")


def test_without_the_earlier_notebook_an_answer_stays_read(place):
    enter(place, "ada", "means_mse", 2)
    hand_in(place, "ada", {**ANSWERS, "means_mse": "Something else."})
    shutil.rmtree(place.root / "autograded")
    classes.grade(place, ASSIGNMENT)
    assert changed_answers(place) == [] and now(place)["ada"][0]["score"] == 88.2


def test_a_change_is_seen_also_after_an_unreadable_submission(place):
    enter(place, "ada", "means_mse", 2)
    path = place.submissions(ASSIGNMENT)["ada"].path
    path.write_text("{")
    unreadable = grading.Result("unreadable", (), {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classes.Workers, "judged", lambda *_: (unreadable, None))
        classes.grade(place, ASSIGNMENT, ["ada"])
    hand_in(place, "ada", {**ANSWERS, "means_mse": "Something else."})
    classes.grade(place, ASSIGNMENT, ["ada"])
    assert len(changed_answers(place)) == 1


def test_a_task_that_nbgrader_has_graded_by_hand_has_no_answer_to_change(place):
    path = place.submissions(ASSIGNMENT)["ada"].path
    handed_in = submission.read(path, submission.read_release(place.release(ASSIGNMENT)))
    scored = types.SimpleNamespace(name="a_task_of_nbgraders", manual_score=2.0)
    assert not gradebook.changed(scored, handed_in, {scored.name: "before"})


def test_a_release_with_other_cells_than_were_graded_is_told(place):
    path = place.release(ASSIGNMENT)
    notebook = nbformat.read(path, as_version=4)
    more = copy.deepcopy(next(c for c in notebook.cells if submission.grade_id(c) == "means_mse"))
    more.metadata.nbgrader.grade_id, more.id = "another", "another"
    notebook.cells.append(more)
    nbformat.write(notebook, path)
    with pytest.raises(courses.CourseError, match="give the changed notebook another name"):
        classes.grade(place, ASSIGNMENT)


def test_a_failure_of_the_grader_leaves_written_answers_to_a_person(place):
    failed = running.ungraded(RULES, "a failure")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classes.Workers, "judged", lambda *_: (failed, None))
        classes.grade(place, ASSIGNMENT, ["ada"], redo=classes.Redo(run=True))
    row, page, whole, _, line = now(place)["ada"]
    assert row["manual_pending"] == 9 and "not answered" not in page
    assert "not graded yet (25 points)" in page and line["mixture_likelihood"] == ""
    assert "of 0 points so far" in page and "tasks worth 91 could not be" in page and "0 / 0 so far" in whole
    assert "91 points of tasks that could not be graded automatically" in whole
    enter(place, "ada", "test_mixture_likelihood", 20)  # a person grades one of them
    _, page, whole, *_ = now(place)["ada"]
    assert "of 25 points so far" in page and "tasks worth 66 could not be" in page
    assert "20 / 25 so far" in whole and "median score so far" in whole
