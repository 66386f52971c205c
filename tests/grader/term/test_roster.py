"""Lists of students from each platform become one roster, by ids and never by names."""

import unicodedata

import made
import pytest
from command_line import output
from hypothesis import given
from hypothesis import strategies as st

from autograder.course.directory import CourseError
from autograder.course.term import roster, tables
from autograder.report import spreadsheet

PEOPLE = made.students()
LISTS = {
    "canvas": made.canvas_gradebook(PEOPLE),
    "worksheet": made.moodle_worksheet(PEOPLE),
    "participants": made.moodle_participants(PEOPLE),
    "gradescope": made.gradescope_roster(PEOPLE),
}


def read(*contents, people=()):
    people = dict(people)
    for content in contents:
        people = roster.merged(people, roster.parsed(tables.parsed(content))).people
    return people


@pytest.mark.parametrize("name", LISTS)
def test_every_dialect_gives_the_same_students(name):
    people = read(LISTS[name])
    assert list(people) == [p.sid for p in PEOPLE]
    for person in PEOPLE:
        found = people[person.sid]
        assert found.section == person.section
        if name != "worksheet":  # which has no first and last names
            assert (found.first_name, found.last_name) == (person.first, person.last)
        assert found.name == person.full


@pytest.mark.parametrize("order", [list(LISTS), list(LISTS)[::-1]])
def test_the_lists_of_all_platforms_join_into_one_roster(order):
    people = read(*(LISTS[name] for name in order))
    assert list(people) == [p.sid for p in PEOPLE]
    for person in PEOPLE:
        found = people[person.sid]
        ids = (found.canvas_id, found.moodle_id, found.email, found.login)
        assert ids == (person.canvas, person.participant, person.email, person.login)


def test_a_roster_is_read_as_it_was_written(course):
    people = read(*LISTS.values())
    roster.save(course, people)
    assert roster.read(course) == people
    assert roster.place_of(course).stat().st_mode & 0o777 == 0o600


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1)


@given(NAMES, NAMES)
def test_odd_names_come_back(first, last):
    first, last = (unicodedata.normalize("NFC", name) for name in (first, last))
    text = spreadsheet.written(roster.COLUMNS, [roster.Person("S1", last, first)])
    (found,) = roster.parsed(tables.parsed(text.encode())).people
    assert (found.last_name, found.first_name) == (last, first)


def test_reading_again_adds_and_changes_and_removes_nothing():
    before = read(LISTS["canvas"])
    later = made.students(12)[1:]
    later[0].section = "Z"
    listed = roster.parsed(tables.parsed(made.canvas_gradebook(later)))
    changes = roster.merged(before, listed)
    assert [person.student for person in changes.added] == ["S0010", "S0011"]
    assert [(old.section, new.section) for old, new in changes.changed] == [("B", "Z")]
    assert [person.student for person in changes.absent] == ["S0000"] and "S0000" in changes.people
    assert roster.merged(changes.people, listed).changed == []


def test_numbers_of_several_assignments_add_up():
    second = made.students()
    for person in second:
        person.participant = str(int(person.participant) + 500)
    people = read(LISTS["worksheet"], made.moodle_worksheet(second))
    assert people["S0003"].moodle_id == "7000003 7000503"


def test_ids_of_two_students_are_refused():
    people = read(LISTS["canvas"], LISTS["gradescope"])
    table = made.table(["student", "email"], [["S0001", "user2@example.edu"]])
    changes = roster.merged(people, roster.parsed(tables.parsed(table)))
    assert changes.people == people and "several students" in changes.refused[0]


def test_one_address_with_another_number_is_refused():
    people = read(LISTS["gradescope"])
    table = made.table(["SID", "Email", "Name"], [["S7777", "user2@example.edu", "An Impostor"]])
    changes = roster.merged(people, roster.parsed(tables.parsed(table)))
    assert changes.people == people and "S7777" in changes.refused[0]


@pytest.mark.parametrize("key", ["../x", ".", "a/b", "x" * 101, "a\x00b", "CON:"])
def test_a_key_that_cannot_name_a_folder_is_refused(key):
    read = roster.parsed(tables.parsed(made.table(["student"], [[key], ["fine"]])))
    assert [person.student for person in read.people] == ["fine"] and len(read.refused) == 1


def test_an_unknown_list_is_named():
    with pytest.raises(CourseError, match="Vorname"):
        roster.parsed(tables.parsed(made.table(["Vorname", "Nachname"], [["A", "B"]])))


def test_a_worksheet_without_names_adds_nobody():
    hidden = made.table(["Identifier", "Status", "Grade"], [["Participant 5", "No submission", ""]])
    assert roster.parsed(tables.parsed(hidden)).people == []


def test_students_in_refused_rows_are_in_the_list():
    people = read(LISTS["canvas"])
    rows = LISTS["canvas"].replace(b"S0001", b"1").replace(b"S0002,user2,", b"S0003,user2,")
    changes = roster.merged(people, roster.parsed(tables.parsed(rows)))
    assert len(changes.refused) == 2 and changes.absent == [] and changes.people == people


@pytest.mark.parametrize("turned", [False, True])
def test_a_whole_name_does_not_replace_first_and_last_name(turned):
    people = read(LISTS["participants"])
    listed = made.students()
    for person in listed[1:] if turned else ():
        person.first, person.last = person.last, person.first
    listed[0].first = "Josefa"
    after = read(made.moodle_worksheet(listed), people=people)
    assert after["S0000"].name == "Josefa Núñez"
    for person in PEOPLE[1:]:
        found = after[person.sid]
        assert (found.first_name, found.last_name) == (person.first, person.last)


def test_the_test_student_and_teachers_are_no_students():
    canvas = made.table(
        ["LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Section"],
        [["Student", "Test", "99", "", "5a0c3f", "A"], ["Student", "Ada", "7", "S1", "ada", "A"]],
    )
    moodle = made.table(
        ["First name", "Last name", "ID number", "Email address", "Roles"],
        [["Tea", "Cher", "T1", "t@x.edu", "Teacher"], ["Bo", "Li", "S2", "b@x.edu", "Student, Guest"]],
    )
    assert list(read(canvas, moodle)) == ["S1", "S2"]


def test_an_anonymous_worksheet_and_a_web_page_are_told():
    hidden = made.table(["Identifier", "Grade"], [["Participant 5", ""], ["Participant 6", ""]])
    with pytest.raises(CourseError, match="anonymous grading"):
        roster.parsed(tables.parsed(hidden))
    with pytest.raises(CourseError, match="web page"):
        roster.parsed(tables.parsed(b"<!DOCTYPE html>\n<html>Log in"))


def test_a_number_that_cannot_name_a_folder_leaves_the_login_as_the_id():
    people = made.students(3)
    for person in people:
        person.sid = f"P15/{person.sid}/2020"
    found = read(made.canvas_gradebook(people), made.gradescope_roster(people))
    assert [(p.student, p.sis_id) for p in found.values()] == [(p.login, p.sid) for p in people]


@pytest.mark.parametrize("others", [["sid", "email"], ["first name", "email address"]])
def test_the_column_student_is_the_id_in_any_list(others):
    assert list(read(made.table(["student", *others], [["S1", "900", "ann@x.edu"]]))) == ["S1"]


def test_a_list_without_any_student_is_refused():
    listed = made.table(
        ["First name", "Last name", "Email address", "Roles"], [["A", "B", "a@x.edu", "Learner"]]
    )
    with pytest.raises(CourseError, match="role Student"):
        roster.parsed(tables.parsed(listed))


@pytest.mark.parametrize("id_column", ["ID number", "Username"])
def test_participants_without_addresses_have_other_ids(id_column):
    people = read(made.table(["First name", "Last name", id_column], [["Ann", "Otieno", "u1"]]))
    assert people["u1"].name == "Ann Otieno"


def test_a_teachers_column_does_not_replace_the_platforms():
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "ID"]
    people = read(made.table(header, [["Otieno, Ann", "9001", "S1", "ann", "A", ""]]))
    assert people["S1"].canvas_id == "9001"


def test_names_control_no_terminal(course, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("student,last_name,first_name\ns1,\x1b[2Jgone,Ann\ns2,Bee,Bo\n")
    output("roster", path, "--course", course.root)
    path.write_text("student,last_name,first_name\ns1,\x1b[2Jback,Ann\n")
    said = output("roster", path, "--course", course.root)
    assert "[2Jback" in said and "s2" in said and "\x1b" not in said
