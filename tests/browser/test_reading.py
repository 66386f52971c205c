"""Two readers share written answers in nbgrader's formgrader, with the rubric in sight; nothing is lost."""

import re
import urllib.parse

import nbformat
import pytest
from running_jupyter import jupyter
from typer.testing import CliRunner

from autograder import __main__ as commands
from autograder.course import directory as courses
from autograder.course import grading_run as classes
from autograder.course.term import tables
from autograder.engine import grading, submission

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("judge_without_running")]

A = "gmm-two-ways"
STUDENTS = ("ada", "bela", "chen")
QUESTIONS = ("expected_density", "means_mse")


def judged(workers, path, release, rules, *_):
    results = {
        task.id: grading.TaskResult(float(task.points), task.points, "correct") for task in rules.tasks
    }
    return grading.Result("graded", (), results, submission.read(path, release)), None


@pytest.fixture
def course(tmp_path, judge_without_running):
    made = courses.init(tmp_path / "course")
    for student in STUDENTS:
        notebook = nbformat.read(made.release(A), as_version=4)
        for cell in notebook.cells:
            if submission.grade_id(cell) in QUESTIONS:
                cell.source = f"The answer of {student}."
        path = made.root / "submitted" / student / A / f"{A}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    classes.grade(made, A)
    return made


def run(*words):
    done = CliRunner().invoke(commands.app, [str(word) for word in words], env={"NO_COLOR": "1"})
    assert done.exit_code == 0, done.output
    return done.output


def read(page, link, points, comment):
    """Read one answer as a person does: see answer and rubric, enter points and a comment."""
    from playwright.sync_api import expect

    question = urllib.parse.urlsplit(link).fragment
    page.goto(link)
    score = page.locator(f"input.score#{question}")
    expect(score).to_be_in_viewport()
    rubric = page.locator("blockquote", has_text="For the reader alone").filter(has_text="Rubric")
    assert rubric.count() == 2  # of both questions
    cell = page.locator(".cell", has=score)
    below = cell.locator("xpath=following-sibling::*[1]")
    assert "For the reader alone" in below.inner_text() and "Rubric" in below.inner_text()
    for place, value in ((score, str(points)), (page.locator(f"#{question}-comment"), comment)):
        with page.expect_response(
            lambda r: r.request.method in ("PUT", "POST") and "/formgrader/api/" in r.url
        ):
            place.fill(value)
            place.press("Tab")


def test_two_readers_read_all_answers_and_nothing_is_lost(course, chromium, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    with jupyter("jupyterlab", course.root, home) as address:
        start = urllib.parse.urlsplit(address(""))
        origin = f"{start.scheme}://{start.netloc}"
        readers, shares = [], []
        for part in ("1/2", "2/2"):
            listed = run("unread", A, "--course", course.root, "--part", part, "--server", origin)
            shares.append(re.findall(r"http\S+", listed))
            context = chromium.new_context(viewport={"width": 1280, "height": 900})
            readers.append(context.new_page())
            readers[-1].goto(f"{origin}/api/status?{start.query}")  # logged in from here on
        assert sum(map(len, shares)) == len(STUDENTS) * len(QUESTIONS)
        while any(shares):  # in turn, with both of them having pages open
            for page, links in zip(readers, shares, strict=True):
                if links:
                    read(page, links.pop(), 3, f"Read by {readers.index(page)}.")
        pictures = courses.PACKAGE.parent / "build" / "browser"
        pictures.mkdir(parents=True, exist_ok=True)
        readers[0].screenshot(path=pictures / "reading.png")
    assert "Answers still to read: 0" in run("unread", A, "--course", course.root)
    run("report", A, "--course", course.root)
    assert "so far" not in (course.reports(A) / "report.html").read_text()
    run("feedback", A, "--course", course.root)
    page = course.feedback("ada", A).read_text()
    assert page.count("Read by ") == 2 and "Rubric" not in page
    run("export", A, "--course", course.root)
    rows = [record for _, record in tables.read(course.reports(A) / "grades.csv").records()]
    assert {float(row["score"]) for row in rows} == {97.0} and len(rows) == len(STUDENTS)
