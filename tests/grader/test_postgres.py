"""The gradebook on a PostgreSQL server, started here from the system's own package (`make test-postgres`).

No student code runs here.
"""

import contextlib
import getpass
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from interrupted import judged
from sqlalchemy import create_engine, text

from autograder.course import directory as courses
from autograder.course import gradebook
from autograder.course import grading_run as classes

pytestmark = pytest.mark.postgres

ASSIGNMENT = "gmm-two-ways"
STUDENTS = [f"student-{number}" for number in range(6)]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "submitted"


def binaries():
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin")), *map(Path, os.get_exec_path())]
    found = [folder for folder in folders if (folder / "initdb").is_file()]
    if not found:
        pytest.fail(
            "Expected PostgreSQL's server (Debian: apt install postgresql), found no initdb in "
            "/usr/lib/postgresql or on PATH."
        )
    return found[-1]


@pytest.fixture(scope="module")
def server():
    """(folder of the socket, user) of a server that listens nowhere else."""
    tools, user = binaries(), "postgres" if os.getuid() == 0 else getpass.getuser()
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        if os.getuid() == 0:
            shutil.chown(folder, user)

        def do(*words):
            subprocess.run(
                [tools / words[0], *words[1:]], user=user, cwd="/", check=True, stdout=subprocess.DEVNULL
            )

        do("initdb", "-D", f"{folder}/data", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        do(
            "pg_ctl",
            "-D",
            f"{folder}/data",
            "-l",
            f"{folder}/log",
            "-w",
            "-o",
            f"-k {folder} -c listen_addresses=''",
            "start",
        )
        yield folder, user
        do("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")


@pytest.fixture
def url(server, request):
    """A database of its own."""
    folder, user = server
    name = f"course{abs(hash(request.node.name))}"
    address = f"postgresql+psycopg://{user}@/{{}}?host={folder}"
    admin = create_engine(address.format("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return address.format(name)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A class whose results are kept, graded into SQLite."""
    made = courses.init(tmp_path_factory.mktemp("template") / "course")
    for student in STUDENTS:
        shutil.copytree(EXAMPLES / "ada", made.root / "submitted" / student)
        with (made.root / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").open("a") as file:
            file.write(" " * STUDENTS.index(student))  # so that each is a submission of its own
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classes.Workers, "judged", judged)
        patch.setattr(classes.Workers, "launch", lambda *_: None)
        classes.grade(made, ASSIGNMENT)
    return made


def machine(template, root, url):
    """A copy of the course, such as another machine has it, whose gradebook is on the server."""
    made = courses.Course(shutil.copytree(template.root, root))
    (root / "gradebook.db").unlink()
    shutil.rmtree(root / "autograded")
    (made.reports(ASSIGNMENT) / "grades.json").unlink()
    with (root / "nbgrader_config.py").open("a") as file:
        file.write(f"c.CourseDirectory.db_url = {url!r}\n")
    return made


def start(place, *students, command="grade"):
    words = [sys.executable, "-m", "autograder", command, ASSIGNMENT, "--course", str(place.root)]
    words += [word for student in students for word in ("--student", student)]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def entered(place):
    """{(student, cell): (automatic, manual, waits)} in the gradebook."""
    with gradebook.opened(place) as book:
        return {
            (entry.student.id, grade.name): (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
            for entry in book.assignment_submissions(ASSIGNMENT)
            for grade in entry.notebooks[0].grades
        }


def test_a_server_holds_what_sqlite_holds(template, tmp_path, url):
    place = machine(template, tmp_path / "course", url)
    done = start(place)
    assert done.wait() == 0, done.stderr.read()
    assert not (place.root / "gradebook.db").exists()
    assert entered(place) == entered(template)
    assert classes.read_report(place, ASSIGNMENT) == classes.read_report(template, ASSIGNMENT)


def test_two_graders_on_two_machines_grade_two_halves_at_once(template, tmp_path, url):
    places = [machine(template, tmp_path / name, url) for name in ("one", "two")]
    both = [start(place, *STUDENTS[half::2]) for half, place in enumerate(places)]
    for grader in both:
        assert grader.wait() == 0, grader.stderr.read()
    assert entered(places[0]) == entered(places[1]) == entered(template)
    for half, place in enumerate(places):
        assert list(classes.read_report(place, ASSIGNMENT)["students"]) == STUDENTS[half::2]


def test_two_graders_in_one_folder_grade_two_halves_at_once(template, tmp_path, url):
    place = machine(template, tmp_path / "course", url)
    both = [start(place, *STUDENTS[half::2]) for half in range(2)]
    for grader in both:
        assert grader.wait() == 0, grader.stderr.read()
    assert entered(place) == entered(template)
    assert classes.read_report(place, ASSIGNMENT) == classes.read_report(template, ASSIGNMENT)


def test_what_persons_entered_stays(template, tmp_path, url):
    place = machine(template, tmp_path / "course", url)
    classes.grade(place, ASSIGNMENT)
    with gradebook.opened(place) as book:
        book.find_grade("means_mse", ASSIGNMENT, ASSIGNMENT, STUDENTS[0]).manual_score = 3
        book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, STUDENTS[0]).late_submission_penalty = 2
        book.db.commit()
    before = classes.read_report(place, ASSIGNMENT)["students"][STUDENTS[0]]
    for _ in range(3):
        classes.grade(place, ASSIGNMENT)
        row = classes.read_report(place, ASSIGNMENT)["students"][STUDENTS[0]]
        assert row["score"] == pytest.approx(before["score"] + 3 - 2)


def test_nbgraders_own_command_works_there_too(template, tmp_path, url):
    place = machine(template, tmp_path / "course", url)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT],
        cwd=place.root,
        env=courses.environment_with_tools(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert entered(place) == entered(template)


def test_a_server_that_is_not_there_ends_with_words(template, tmp_path):
    place = machine(template, tmp_path / "course", "postgresql+psycopg://grader:hidden@/course?host=/nowhere")
    done = start(place)
    words = done.communicate()[1]
    assert done.returncode == 1 and "Traceback" not in words and "hidden" not in words
    assert "The gradebook postgresql+psycopg://grader:***@/course" in words


def test_a_table_that_another_holds_does_not_leave_half_a_student(template, tmp_path, url):
    place = machine(template, tmp_path / "course", url)
    classes.grade(place, ASSIGNMENT, STUDENTS[:2])
    with contextlib.closing(create_engine(url).connect()) as other:
        other.execute(text("LOCK TABLE comment IN EXCLUSIVE MODE"))
        grader = start(place)
        with pytest.raises(subprocess.TimeoutExpired):
            grader.wait(8)
        grader.kill()
        grader.communicate()
    assert {student for student, _ in entered(place)} == set(STUDENTS[:2])
    assert start(place).wait() == 0
    assert entered(place) == entered(template)
