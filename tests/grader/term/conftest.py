"""A course directory for each test, without a gradebook and without students."""

import shutil

import made
import pytest

from autograder import tasks
from autograder.course import directory as courses

SHIPPED = ("gmm-two-ways", "gflownet-em")


@pytest.fixture
def course(tmp_path):
    place = courses.Course(tmp_path / "course")
    for name in SHIPPED:
        target = place.release(name)
        target.parent.mkdir(parents=True)
        shutil.copyfile(tasks.shipped("assignments") / name / target.name, target)
    return place


@pytest.fixture
def save(tmp_path):
    """Write bytes to a file -> its path."""

    def saved(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return saved


@pytest.fixture
def enrolled(course):
    """The course with the made class in its roster, as Canvas and Moodle know it."""
    from autograder.course.term import roster, tables

    people = {}
    for content in (made.canvas_gradebook(made.students()), made.moodle_worksheet(made.students())):
        people = roster.merged(people, roster.parsed(tables.parsed(content))).people
    roster.save(course, people)
    return course
