"""A made class, in the dialect of each platform: no real student and no real download.

The formats are those of the platforms' own code: Canvas's gradebook_exporter.rb and content_zipper.rb,
Moodle's mod/assign (downloader.php, feedback/offline), Gradescope's roster and submission_metadata.yml.
"""

import csv
import io
import json
import re
import zipfile

import nbformat

from autograder.engine import submission

ASSIGNMENT = "gmm-two-ways"
NAMES = (
    ("José María", "Núñez"),
    ("雷", "李"),
    ("Sean", "O'Neil"),
    ("Anna", "Schmidt"),
    ("Anna", "Schmidt"),
    ("Zoë", "Ångström"),
    ('Robert "Bob", Jr.', "Miller"),
    ("=cmd()", "+1"),
    ("Ли́я", "Щу́кина"),
    ("Mehmet", "Yılmaz"),
)


class Student:
    """Number `place` of the class, with the ids that platforms would give."""

    def __init__(self, place):
        self.first, self.last = NAMES[place % len(NAMES)]
        self.sid = f"S{place:04d}"
        self.login = f"user{place}"
        self.email = f"user{place}@example.edu"
        self.canvas = str(100_000 + place)
        self.participant = str(7_000_000 + place)
        self.section = "ABC"[place % 3]

    @property
    def full(self):
        return f"{self.first} {self.last}"


def students(count=10):
    return [Student(place) for place in range(count)]


def table(header, rows, ending="\r\n", bom=True):
    """Bytes of a CSV file as these platforms write it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=ending)
    writer.writerow(header)
    writer.writerows(rows)
    return ("\ufeff" * bom + text.getvalue()).encode()


def canvas_gradebook(people, column=f"{ASSIGNMENT} (4711)", scores=()):
    """Canvas's export of its gradebook, with the rows that are no students."""
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Essay (4710)", column, "Final"]
    scores = dict(scores)
    rows = [["", "", "", "", "", "", "Manual Posting", ""]]
    rows.append(["    Points Possible", "", "", "", "", "10.00", "100.00", "(read only)"])
    rows += [
        [f"{p.last}, {p.first}", p.canvas, p.sid, p.login, p.section, "7.50", scores.get(p.sid, ""), "80.00"]
        for p in people
    ]
    rows.append(["Student, Test", "99", "", "5a0c3f", "A", "", "", ""])
    return table(header, rows)


WORKSHEET = [
    "Identifier",
    "Full name",
    "ID number",
    "Email address",
    "Status",
    "Group",
    "Grade",
    "Maximum grade",
    "Grade can be changed",
    "Last modified (submission)",
    "Last modified (grade)",
    "Feedback comments",
]


def moodle_worksheet(people, handed_in="Wednesday, 10 June 2026, 2:14 PM", scores=()):
    """Moodle's grading worksheet of one assignment."""
    scores = dict(scores)
    return table(
        WORKSHEET,
        [
            [
                f"Participant {p.participant}",
                p.full,
                p.sid,
                p.email,
                "Submitted for grading -  - ",
                p.section,
                scores.get(p.sid, ""),
                "100.00",
                "Yes",
                handed_in,
                "-",
                'He said\n"well, done"',
            ]
            for p in people
        ],
    )


def moodle_participants(people):
    """Moodle's list of participants, as the page downloads it."""
    header = ["First name", "Last name", "ID number", "Email address", "Groups"]
    return table(header, [[p.first, p.last, p.sid, p.email, p.section] for p in people])


def gradescope_roster(people):
    """Gradescope's roster, with one of the staff."""
    header = ["First Name", "Last Name", "SID", "Email", "Role", "Section"]
    rows = [[p.first, p.last, p.sid, p.email, "Student", p.section] for p in people]
    return table(header, [*rows, ["Tea", "Assistant", "S9", "ta@example.edu", "TA", ""]], "\n", bom=False)


def canvas_name(person, name, file_id, late=False):
    """As content_zipper.rb names a file."""
    sortable = re.sub(r"\W", "", f"{person.last}, {person.first}".lower())
    return "_".join([sortable, *["LATE"] * late, person.canvas, str(file_id), name])


def moodle_name(person, name, folders=True):
    """As downloader.php names a file."""
    return f"{person.full}_{person.participant}_assignsubmission_file" + ("/" if folders else "_") + name


def gradescope_metadata(people, time="2026-06-10 14:14:00.123456000 Z"):
    """submission_metadata.yml, as Ruby writes it."""
    lines = ["---"]
    for place, person in enumerate(people):
        lines += [
            f"submission_{place + 1}:",
            "  :submitters:",
            f"  - :name: {json.dumps(person.full)}",
            f"    :sid: '{person.sid}'",
            f"    :email: {person.email}",
            f"  :created_at: {time}",
            "  :score: 0.0",
            "  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess",
            "    score: 0",
        ]
    return "\n".join(lines).encode()


def notebook(release, words="mine"):
    """Bytes of a notebook of the assignment, with an answer that says these words."""
    made = nbformat.from_dict(release)
    for cell in made.cells:
        if submission.grade_id(cell) == "expected_density":
            cell.source = words
    return nbformat.writes(made).encode()


def zipped(files):
    """Bytes of a zip of {name: bytes}."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()
