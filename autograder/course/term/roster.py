"""Who takes the course: platforms' lists of students, merged into the course's `roster.csv`.

Columns are those of Canvas's gradebook export (instructure/canvas-lms, lib/gradebook_exporter.rb), of
Moodle's participants list and grading worksheet (moodle/moodle, mod/assign/feedback/offline), and of
Gradescope's roster (guides.gradescope.com, "Adding Students and Staff").
"""

import collections
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from autograder.course.atomic import write
from autograder.course.directory import Course, CourseError
from autograder.course.term import tables
from autograder.report import spreadsheet

Identity = tuple[str, str]  # a column that identifies a student, and the value there


class Person(NamedTuple):
    """One student: a row of `roster.csv`."""

    student: str  # the key everywhere in the course, and the name of folders
    last_name: str = ""
    first_name: str = ""
    email: str = ""
    section: str = ""
    sis_id: str = ""  # the institution's number: Canvas's SIS User ID, Moodle's ID number, Gradescope's SID
    login: str = ""
    canvas_id: str = ""
    canvas_anonymous_id: str = ""
    moodle_id: str = ""  # Moodle gives a number for each assignment: all of them, with spaces between

    @property
    def name(self) -> str:
        """First and last name, or the id where there is none."""
        return f"{self.first_name} {self.last_name}".strip() or self.student

    @property
    def sortable(self) -> str:
        """The name as Canvas sorts it, such as Neumann, John."""
        return f"{self.last_name}, {self.first_name}".strip(", ")

    def ids(self) -> list[Identity]:
        """(column, value) of all that identifies the student; never a name."""
        found = [("moodle_id", number) for number in self.moodle_id.split()]
        for column in ("student", "sis_id", "login", "email", "canvas_id", "canvas_anonymous_id"):
            if value := getattr(self, column):
                found.append((column, value.casefold()))
        return found


People = Mapping[str, Person]  # by student
Owners = dict[Identity, str]  # whose student each is


def owners_of(people: People) -> Owners:
    return {identity: person.student for person in people.values() for identity in person.ids()}


def matching(owners: Mapping[Identity, str], ids: Iterable[Identity]) -> set[str]:
    """The students whom any of these ids names, in whatever case."""
    plain = ((column, value.casefold()) for column, value in ids)
    return {owners[identity] for identity in plain if identity in owners}


COLUMNS = Person._fields
LONGEST = 100  # bytes of a student's key, which names folders


class Format(NamedTuple):
    """How a platform's list names what we keep."""

    name: str
    signature: tuple[str, ...]  # columns by which the list is recognised
    columns: dict[str, tuple[str, ...]]  # our name -> their names


_MOODLE = {
    "student": ("student",),
    "first_name": ("first name",),
    "last_name": ("last name", "surname"),
    "name": ("full name",),
    "sis_id": ("id number",),
    "email": ("email address",),
    "login": ("username",),
    "section": ("groups", "group"),
    "role": ("roles", "role"),
}
CANVAS = Format(
    "Canvas's gradebook",
    ("id", "sis login id", "section"),
    {
        "name": ("student",),
        "last_name": ("lastname",),
        "first_name": ("firstname",),
        "canvas_id": ("id",),
        "sis_id": ("sis user id",),
        "login": ("sis login id",),
        "section": ("section",),
    },
)
FORMATS = (
    CANVAS,
    Format("Moodle's grading worksheet", ("identifier",), {"moodle_id": ("identifier",), **_MOODLE}),
    # Which ids they have depends on the site.
    *(
        Format("Moodle's participants", ("first name", id), _MOODLE)
        for id in ("email address", "id number", "username")
    ),
    Format(
        "Gradescope's roster",
        ("sid", "email"),
        {
            "student": ("student",),
            "first_name": ("first name",),
            "last_name": ("last name",),
            "name": ("name", "full name"),
            "sis_id": ("sid",),
            "email": ("email",),
            "section": ("section", "sections"),
            "role": ("role",),
        },
    ),
    Format("a list with a column student", ("student",), {n: (n,) for n in (*COLUMNS, "name", "role")}),
)


class Read(NamedTuple):
    """What a list of students says."""

    format: Format
    people: list[Person]
    refused: list[str]  # sentences about rows that name no student of ours
    splits_names: bool = False  # whether first and last name were guessed from a whole one


class Changes(NamedTuple):
    """What reading a list again changes in the roster."""

    people: dict[str, Person]  # afterwards
    added: list[Person]
    changed: list[tuple[Person, Person]]  # before, after
    absent: list[Person]  # in the roster, but in no row of the list, not even in a refused one
    refused: list[str]  # sentences


def recognised(header: Sequence[str]) -> Format:
    """The Format of a list with these columns.

    Raises:
        CourseError: it is none that we know.
    """
    names = {name.casefold() for name in header}
    for known in FORMATS:
        if names.issuperset(known.signature):
            return known
    if header[0].startswith("<"):
        raise CourseError(
            "Expected a list of students, got a web page; log in to the platform and download it again."
        )
    formats = "\n".join(f"  {f.name}: {', '.join(f.signature)}" for f in FORMATS)
    raise CourseError(
        f"Expected a list of students with the columns of one of these:\n{formats}\n"
        f"Got the columns {', '.join(header[:12])}. Set the platform to English and export again. In the "
        "list of another platform, name the column of ids student."
    )


def parsed(table: tables.Table) -> Read:
    """The students in a Table -> Read."""
    people, refused = [], []
    for number, person in rows(table):
        if fault := unusable(person.student):
            refused.append(f"Row {number + 1} ({person.name or 'without a name'}) {fault}.")
        else:
            people.append(person)
    found = recognised(table.header)
    if len(refused) > 1 and not people:
        raise CourseError(
            f"Expected a list with students' numbers, logins or addresses, but no row of {found.name} has "
            "any. Is it from an assignment with anonymous grading? Export the list of participants."
        )
    if not people and not refused and any(table.records()):
        raise CourseError(
            f"Expected a list of students, but no row of {found.name} has the role Student. If all of them "
            "are students, remove the column of roles."
        )
    separate = {name.casefold() for name in table.header}.intersection(found.columns.get("last_name", ()))
    return Read(found, people, refused, found is not CANVAS and not separate)


def rows(table: tables.Table) -> Iterator[tuple[int, Person]]:
    """(number, Person) of each row of a Table that is about a student; a key may be empty or unusable."""
    found = recognised(table.header)
    for number, record in table.records():
        record = {name.casefold(): spreadsheet.plain(value) for name, value in record.items()}
        about = {
            ours: next((record[name] for name in theirs if record.get(name)), "")
            for ours, theirs in found.columns.items()
        }
        if not _is_no_student(found, about):
            yield number, _person(about, name_of=_sortable if found is CANVAS else _full)


def _is_no_student(found, about):
    """Whether a row is one of the platform's own, or of the staff."""
    roles = re.split(r"\s*[,;]\s*", about.pop("role", "").casefold())
    if roles != [""] and "student" not in roles:
        return True
    if found is not CANVAS:
        return False
    # Canvas's rows below the header have no id; its "Test Student" has no number of the institution.
    name = about["name"] or f"{about['last_name']}, {about['first_name']}"
    return not about["canvas_id"] or name.casefold() == "student, test" and not about["sis_id"]


def _person(about, name_of):
    """The Person of a row, whose key is the institution's number, else login, address or Canvas's number."""
    name = about.pop("name", "")
    if name and not (about.get("first_name") or about.get("last_name")):
        about["first_name"], about["last_name"] = name_of(name)
    words = about.get("moodle_id", "").split()  # such as "Participant 4711"
    about["moodle_id"] = " ".join(word for word in words if word.isdigit())
    about = {column: unicodedata.normalize("NFC", value) for column, value in about.items()}
    columns = ("student", "sis_id", "login", "email", "canvas_id")
    keys = [about[column] for column in columns if about.get(column)]
    usable = (key for key in keys if not unusable(key))
    return Person(**{**about, "student": next(usable, keys[0] if keys else "")})


def _sortable(name):
    """(first, last) of a name as Canvas sorts it, such as "Neumann, John"."""
    last, _, first = name.partition(",")
    return first.strip(), last.strip()


def _full(name):
    """(first, last) of a whole name, whose last word is taken for the last name."""
    first, _, last = name.rpartition(" ")
    return first.strip(), last.strip()


def unusable(key: str) -> str | None:
    """What is wrong with a student's key, which names folders; None if nothing is."""
    if not key:
        return "has no number, login or address"
    if key.startswith(".") or any(sign in '/\\:*?"<>|' or not sign.isprintable() for sign in key):
        return f"has the id {key!r}, which cannot name a folder"
    if len(key.encode()) > LONGEST:
        return f"has an id of more than {LONGEST} bytes"
    return None


def merged(known: People, read: Read) -> Changes:
    """The roster with what a list says: students are added and changed, never removed -> Changes.

    Args:
        known: {student: Person}.
        read: what `parsed` returned.
    """
    people, refused = dict(known), list(read.refused)
    seen: dict[str, Person] = {}
    doubtful: set[str] = set()
    owners = owners_of(known)
    for person in read.people:
        who, fault = _whose(person, people, owners, seen)
        if fault:
            refused.append(f"{person.name} ({person.student}) {fault}.")
            doubtful |= matching(owners, person.ids())
            continue
        after = _joined(people[who], person, read.splits_names) if who else person
        people[after.student] = seen[after.student] = after
        owners.update(dict.fromkeys(after.ids(), after.student))
    return Changes(
        dict(sorted(people.items())),
        [person for student, person in seen.items() if student not in known],
        [(known[s], person) for s, person in seen.items() if s in known and known[s] != person],
        [person for student, person in known.items() if student not in seen.keys() | doubtful],
        refused,
    )


def _whose(person, people, owners, seen):
    """(key of the student in the roster who this is, or None; why nobody can tell, or None)."""
    matches = matching(owners, person.ids())
    if len(matches) > 1:
        return None, f"has ids of several students of the roster: {', '.join(sorted(matches))}"
    if not matches:
        same = [s for s in people if s.casefold() == person.student.casefold()]
        return None, f"has an id that differs from {same[0]} by upper case only" if same else None
    (who,) = matches
    for column in ("sis_id", "canvas_id"):
        ours, theirs = getattr(people[who], column), getattr(person, column)
        if ours and theirs and ours.casefold() != theirs.casefold():
            return None, f"has {column} {theirs}, but {who} with the same address or login has {ours}"
    if who in seen and seen[who].name != person.name:
        return None, f"has an id of {seen[who].name} in the same list"
    return who, None


def _joined(before, after, splits_names):
    """A student with what a list says of them; Moodle's numbers add up, the key stays."""
    said = {column: value for column, value in after._asdict().items() if value and column != "student"}
    if splits_names and sorted(before.name.casefold().split()) == sorted(after.name.casefold().split()):
        said |= {"first_name": before.first_name, "last_name": before.last_name}
    numbers = dict.fromkeys([*before.moodle_id.split(), *after.moodle_id.split()])
    return before._replace(**{**said, "moodle_id": " ".join(numbers)})


def place_of(course: Course) -> Path:
    """Where the roster of a course is."""
    return course.root / "roster.csv"


def read(course: Course) -> dict[str, Person]:
    """{student: Person} of the course's roster; empty where there is none.

    Raises:
        CourseError: a row has no usable id, or two have the same.
    """
    path = place_of(course)
    if not path.is_file():
        return {}
    found = parsed(tables.read(path))
    twice = [key for key, n in collections.Counter(p.student for p in found.people).items() if n > 1]
    faults = found.refused + [f"The student {key} is listed twice." for key in twice]
    if faults:
        raise CourseError(f"{path} cannot be used: {' '.join(faults)}")
    return {person.student: person for person in found.people}


def everyone(course: Course, in_gradebook: Mapping[str, Sequence[str]]) -> dict[str, Person]:
    """{student: Person} of the roster, sorted, with whom only the gradebook knows.

    Args:
        in_gradebook: {student: (last name, first name, email)}.
    """
    known = {student: Person(student, *about) for student, about in in_gradebook.items()}
    return dict(sorted({**known, **read(course)}.items()))


def save(course: Course, people: People) -> None:
    """Write the roster, readable by its owner only."""
    write(place_of(course), spreadsheet.written(COLUMNS, people.values()), mode=0o600)
