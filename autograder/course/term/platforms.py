"""Whose file is it? The names that platforms give to the files they hand out.

- Canvas: `lastfirst_[LATE_]USERID_FILEID_NAME`, or `[LATE_]anon_XXXXX_FILEID_NAME` (instructure/canvas-lms,
  lib/content_zipper.rb: `get_filename`, `add_upload_submission`).
- Moodle: `Full Name_NUMBER_assignsubmission_file[_]/NAME` or `..._file_NAME`; the number belongs to one
  student in one assignment (moodle/moodle, mod/assign/classes/downloader.php).
- Gradescope: folders named by the keys of `submission_metadata.yml` (its export of all submissions).
- nbgrader's exchange: `STUDENT+ASSIGNMENT+TIME[+RANDOM]/NAME` (nbgrader/exchange/default/submit.py), and the
  folder `STUDENT/ASSIGNMENT/NAME` that `nbgrader collect` makes.
- Files named `STUDENT.ipynb`, or folders named by students.
"""

import datetime
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

import yaml

from autograder.course.directory import CourseError
from autograder.course.folders import NUMBER
from autograder.course.term.archives import File, Unusable
from autograder.course.term.lateness import zone_of
from autograder.course.term.roster import Identity

BY_STUDENT = "files named by students"
METADATA = "submission_metadata.yml"
OWN_FILES = (METADATA, "timestamp.txt")
LARGEST_METADATA = 200 << 20
CANVAS = re.compile(r"(?=(?<![^_])(\d+)_(\d+)_(.+))")
# Canvas keeps all word characters of a name, also marks that Python's \w lacks, and zips may garble them.
CANVAS_BEFORE = re.compile(r"(?:[^/]*?_)??(LATE_)?")
CANVAS_ANONYMOUS = re.compile(r"(LATE_)?anon_(?!\d{5}_)([A-Za-z0-9]{5})_(\d+)_(.+)")
CANVAS_TYPED = re.compile(r"(?:[^/]*?_)??(LATE_)?(?:(\d+)|anon_([A-Za-z0-9]{5}))_(?:text|link)\.html")
MOODLE = re.compile(r"(?P<name>.*?)_(?P<id>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<rest>.*))?")
EXCHANGE = re.compile(r"(?P<user>.+)\+(?P<assignment>[^+]+)\+(?P<time>\d{4}-[^+]+)(?:\+[^+]*)?")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?)\s*(?:(Z|[+-]\d\d:?\d\d)|(.*))")
SUFFIX = re.compile(r"\.ipynb(\.(txt|json))?$", re.IGNORECASE)


# Every value is text: a number with leading zeros is a student's, and tags of Ruby mean nothing here.
AS_TEXT = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Handed(NamedTuple):
    """One file, and what the platform says of it."""

    file: File
    name: str  # as the student called it
    ids: tuple[Identity, ...]  # any of them says whose it is
    called: str = ""  # the name that the platform shows; nobody is known by it
    order: int = 0  # greater is later, within one student
    attempt: str = ""  # what files of one attempt have in common
    handed_in: datetime.datetime | None = None
    late: bool | None = None  # as the platform says, where it says so
    fault: str = ""  # why it is nobody's notebook
    remark: str = ""  # what else there is to say of it


class Platform(NamedTuple):
    """One way of naming files."""

    name: str
    # (Files, assignment, identities of the roster) -> []; nothing where the files are not this platform's
    read: Callable[[list[File], str, Collection[Identity]], list[Handed]]


def recognised(
    files: Sequence[File], assignment: str, known: Collection[Identity] = frozenset()
) -> tuple[str, list[Handed]]:
    """(name of the platform, [Handed]) of the platform that most files are named by.

    Args:
        files: archives.Files.
        known: (column, value) of all students of the roster.
    Raises:
        CourseError: the files are named by no platform that we know.
    """
    best: tuple[str, list[Handed]] = ("", [])
    for depth in range(3):  # a zip of a zip's folder has one around it
        at = [below for file in files if (below := _below(file, depth)) is not None]
        for platform in PLATFORMS:
            found = platform.read(at, assignment, known)
            if len(found) > len(best[1]):
                best = platform.name, found
        if best[1]:
            break
    own = [_by_student(some, assignment, known) for some in (_unwrapped(files), files)]
    by_student = max(own, key=lambda found: len(_students(found, known)))
    if not best[1] or len(_students(by_student, known)) > len(_students(best[1], known)):
        best = BY_STUDENT, by_student
    name, found = best
    if not found:
        raise CourseError(
            "Expected submissions from Canvas, Moodle, Gradescope or nbgrader, files named STUDENT.ipynb, or "
            "folders named by students; found none."
        )
    return name, found


def _students(found, known):
    """The students of the roster whom files name."""
    ids = (frozenset((column, value.casefold()) for column, value in one.ids) for one in found)
    return {one for one in ids if not one.isdisjoint(known)}


def _below(file, depth):
    """The same file, with so many folders of its path left out; None where it has no more."""
    parts = file.path.split("/")
    return file._replace(path="/".join(parts[depth:])) if len(parts) > depth else None


def _unwrapped(files):
    """The files without one folder around all of them, if that holds more than one student's."""
    parts = [file.path.split("/") for file in files]
    wrapped = len({part[0] for part in parts}) == 1 and min(map(len, parts)) > 1
    return [_below(file, 1) for file in files] if wrapped and len(files) > 1 else files


def canvas(files: Iterable[File], assignment: str, known: Collection[Identity]) -> list[Handed]:
    """Files of Canvas's zip of submissions; several of one student are one attempt."""
    found = []
    for file in files:
        if "/" in file.path:
            continue
        if match := CANVAS_ANONYMOUS.fullmatch(file.path):
            ids = (("canvas_anonymous_id", match[2].casefold()),)
            found.append(_of_canvas(file, ids, match[3], match[4], match[1]))
        elif match := CANVAS_TYPED.fullmatch(file.path):
            own = ("canvas_id", match[2]) if match[2] else ("canvas_anonymous_id", match[3].casefold())
            handed = _of_canvas(file, (own,), "0", file.path, match[1])
            found.append(handed._replace(fault="was typed into Canvas or is a link to a page, no file"))
        else:
            found += _canvas_reading(file, known)
    return found


def _canvas_reading(file, known):
    """The file as Canvas names it: a name may hold numbers, so all readings are tried against the roster."""
    readings = []
    for match in CANVAS.finditer(file.path):
        before = CANVAS_BEFORE.fullmatch(file.path[: match.start()])
        if before:
            ids = (("canvas_id", match[1]),)
            readings.append(_of_canvas(file, ids, match[2], match[3], before[1], file.path[: match.start()]))
    of_roster = [one for one in readings if not set(one.ids).isdisjoint(known)]
    if len(of_roster) > 1:
        return [of_roster[0]._replace(fault="can be read as the file of two students")]
    return (of_roster or readings)[:1]


def _of_canvas(file, ids, number, name, late, called=""):
    return Handed(file, name, ids, called.strip("_").removesuffix("_LATE"), int(number), late=bool(late))


def moodle(files: Iterable[File], assignment: str, known: Collection[Identity]) -> list[Handed]:
    """Files of Moodle's zip of submissions, in folders or flat."""
    found = []
    for file in files:
        top, _, below = file.path.partition("/")
        if match := MOODLE.fullmatch(top):
            fault = "" if match["plugin"] == "file" else "was typed into Moodle, no file"
            ids = (("moodle_id", match["id"]),)
            name = below or match["rest"] or top
            found.append(Handed(file, name, ids, match["name"], fault=fault))
    return found


def gradescope(files: Sequence[File], assignment: str, known: Collection[Identity]) -> list[Handed]:
    """Files of Gradescope's export, by its `submission_metadata.yml`."""
    metadata = [file for file in files if file.path == METADATA]
    if not metadata:
        return []
    try:
        said = yaml.load(metadata[0].read(LARGEST_METADATA), Loader=AS_TEXT)
    except (Unusable, yaml.YAMLError) as error:
        raise CourseError(f"Expected Gradescope's {METADATA}, it cannot be read: {error}.") from error
    if not isinstance(said, dict):
        raise CourseError(f"Expected Gradescope's {METADATA}, it names no submissions.")
    found = []
    for file in files:
        folder, _, name = file.path.partition("/")
        about = said.get(folder)
        if not isinstance(about, dict):
            continue
        submitters = [one for one in about.get(":submitters") or () if isinstance(one, dict)]
        time, remark = _created(about.get(":created_at", ""))
        for one in submitters:
            handed = Handed(file, name or folder, _submitter(one), str(one.get(":name", "")), attempt=folder)
            found.append(handed._replace(handed_in=time, remark=remark))
    return found


def _created(said):
    """(time of handing in or None, what to say if it cannot be read)."""
    if isinstance(said, dict):  # Ruby's ActiveSupport::TimeWithZone
        said = said.get("utc", "")
    time = moment(said)
    return time, f"its time {said!r} cannot be read" if said and time is None else ""


def _submitter(about):
    columns = {":sid": ("sis_id", "student"), ":email": ("email", "login", "student")}
    return tuple(
        (column, value)
        for name, ours in columns.items()
        if isinstance(value := about.get(name), str) and value
        for column in ours
    )


def exchange(files: Iterable[File], assignment: str, known: Collection[Identity]) -> list[Handed]:
    """Files of nbgrader's exchange (all attempts), or of a folder that `nbgrader collect` made."""
    found = []
    for file in files:
        top, _, below = file.path.partition("/")
        match = EXCHANGE.fullmatch(top)
        if match and below:
            fault = "" if match["assignment"] == assignment else f"was handed in as {match['assignment']}"
            handed = Handed(file, below, _anyone(match["user"]), attempt=top, fault=fault)
            found.append(handed._replace(handed_in=moment(match["time"])))
        elif below.partition("/")[0] == assignment and "/" in below:
            found.append(Handed(file, below.partition("/")[2], _anyone(top)))
    return [one for one in found if one.name != "timestamp.txt"]


def _by_student(files, assignment, known):
    found = []
    for file in files:
        top, _, below = file.path.partition("/")
        student = top if below else NUMBER.sub("", SUFFIX.sub("", top))
        if below or SUFFIX.search(top):
            found.append(Handed(file, below or top, _anyone(student)))
    return found


def _anyone(key):
    """Identities of whoever has this key in any column of the roster."""
    columns = ("student", "login", "email", "sis_id", "canvas_id")
    return tuple((column, key) for column in columns)


def moment(text: object, zone: datetime.tzinfo = datetime.UTC) -> datetime.datetime | None:
    """A time as YAML and nbgrader write it, in this zone where none is said; None where it is no time."""
    match = MOMENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match:
        return None
    try:
        time = datetime.datetime.fromisoformat(match[1] + (match[2] or ""))
        return time if time.tzinfo else time.replace(tzinfo=zone_of(match[3]) if match[3] else zone)
    except ValueError:
        return None


PLATFORMS = (
    Platform("Gradescope", gradescope),
    Platform("Moodle", moodle),
    Platform("Canvas", canvas),
    Platform("nbgrader", exchange),
)
