"""Submissions from a platform's zip or folder into `submitted/`, by the platform's ids and never by a name.

First a plan is made, which says of each file whose it is, or why it is nobody's. Then what counts of each
student is copied to `submitted/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb`; all attempts are kept in
`collected/ASSIGNMENT/`.
"""

import collections
import contextlib
import datetime
import functools
import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from autograder.course.atomic import write
from autograder.course.directory import Course, CourseError
from autograder.course.folders import NUMBER
from autograder.course.term import archives, attempts, platforms, roster, settings, tables, times
from autograder.course.term.archives import Unusable
from autograder.engine import identities, submission

NOTEBOOK = ".ipynb"
AS_TEXT = ("", ".txt", ".json")  # what browsers make of a notebook's suffix
PACKED = (".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz")
DEPTH = 2  # zips within a student's zip
MOST_BYTES = 8 << 30  # of all notebooks together
NO_ANSWER = "is not a notebook of this assignment: it has none of its answer cells"


class Row(NamedTuple):
    """What becomes of one file, or of one student without any."""

    student: str  # of the roster; what the platform says where there is none
    file: str
    outcome: str
    why: str = ""
    handed_in: datetime.datetime | None = None


NEW, REPLACES, THERE, KEPT = "new", "replaces an earlier one", "already there", "kept, does not count"
NOT_TAKEN, UNKNOWN, MISSING = "not taken", "unknown", "missing"


class Plan(NamedTuple):
    """What collecting would do."""

    platform: str
    rows: list[Row]
    placed: "dict[str, list[Found]]"  # by student, in their order
    notes: tuple[str, ...] = ()  # sentences about entries without effect


class Found(NamedTuple):
    """The notebook of a student's attempt."""

    attempt: attempts.Attempt
    path: Path  # of a copy
    fault: str  # why a grader cannot read it; "" if it can
    remark: str = ""  # what else there is to say of it


class Candidate(NamedTuple):
    """A file that may be the notebook of an attempt."""

    handed: platforms.Handed
    path: str  # in the source
    copy: Path
    of: str  # the assignment it is a notebook of; "" where that cannot be told
    fault: str  # why a grader cannot read it


def collect(
    course: Course,
    assignment: str,
    source: Path | str,
    dry_run: bool = False,
    times_file: Path | str | None = None,
) -> Plan:
    """Collect submissions -> Plan.

    Args:
        source: a zip or a folder.
        dry_run: change nothing.
        times_file: a CSV with a student's id and the time of handing in, such as Moodle's grading worksheet.
    Raises:
        CourseError: the source is none that we know; nothing is changed then.
        OSError: a file could not be written; what was collected before is whole.
    """
    people, said = roster.read(course), settings.read(course)
    owners = roster.owners_of(people)
    apart = times.Times({}, {}, {}, [])
    if times_file is not None:
        apart = times.read(tables.read(times_file), owners, said.zone)
        owners |= apart.ids
    with archives.opened(source) as files, tempfile.TemporaryDirectory(prefix="collect-") as scratch:
        plan = _plan(assignment, files, people, owners, Reader(course, assignment, Path(scratch)))
        placed = {student: _timed(found, student, apart) for student, found in plan.placed.items()}
        rows = _applied(course, assignment, placed, said, dry_run)
    held = attempts.read(course, assignment).keys() | placed.keys()
    tried = {row.student for row in plan.rows if row.outcome == NOT_TAKEN}
    missing = [
        Row(student, "", MISSING, "no file could be used" if student in tried else "nothing was handed in")
        for student in people
        if student not in held
    ]
    notes = (*apart.notes, *settings.without_effect(course, people, assignment))
    return Plan(plan.platform, [*rows, *plan.rows, *missing], placed, notes)


def _timed(found, student, apart):
    """What a student handed in, the latest with the time and remark of a table."""
    *earlier, last = found
    attempt = last.attempt._replace(handed_in=apart.handed_in.get(student, last.attempt.handed_in))
    remark = "; ".join(filter(None, (last.remark, apart.remarks.get(student))))
    return [*earlier, last._replace(attempt=attempt, remark=remark)]


def _plan(assignment, files, people, owners, reader):
    """Whose each file is, and which of a student's files is the notebook of an attempt -> Plan."""
    platform, handed_in = platforms.recognised(files, assignment, frozenset(owners))
    rows, groups = _strangers(files, handed_in), collections.defaultdict(list)
    for handed in handed_in:
        student, why = _whose(handed, people, owners)
        if why:
            rows.append(Row(student, handed.file.path, UNKNOWN, why))
        else:
            groups[student, handed.attempt, handed.late].append(handed)
    placed = collections.defaultdict(list)
    for (student, *_), of_attempt in groups.items():
        candidates, refused = reader.candidates(of_attempt)
        chosen, not_chosen = _chosen(candidates, assignment)
        rows += [Row(student, path, NOT_TAKEN, why) for path, why in refused + not_chosen]
        if chosen:
            placed[student].append(Found(_attempt(chosen), chosen.copy, chosen.fault, chosen.handed.remark))
    in_order = {
        student: sorted(found, key=lambda one: attempts.when(one.attempt))
        for student, found in sorted(placed.items())
    }
    return Plan(platform, rows, in_order)


def _strangers(files, handed_in):
    """Rows of files that are not named as the platform names submissions."""
    used = {handed.file.open for handed in handed_in}
    return [
        Row("", file.path, UNKNOWN, file.fault or "is not named as this platform names submissions")
        for file in files
        if file.open not in used and file.name not in platforms.OWN_FILES
    ]


def _whose(handed, people, owners):
    """(student, why nobody can tell)."""
    if not handed.ids:
        return handed.called, "names no student"
    students = roster.matching(owners, handed.ids)
    column, value = handed.ids[0]
    if len(students) > 1:
        return value, f"could be of several students: {', '.join(sorted(students))}"
    if students:
        (student,) = students
        return student, _doubt(handed, people.get(student))
    if people:
        return value, f"no student of roster.csv has this {column}{_advice(column, handed.called)}"
    if column == "moodle_id":
        return (
            value,
            "Moodle's numbers do not identify a student; pass the grading worksheet to `autograder roster`",
        )
    key = f"anon_{value}" if column == "canvas_anonymous_id" else value
    fault = roster.unusable(key)
    return key, f"the name {fault}" if fault else ""


def _advice(column, called):
    if called == "studenttest":
        return "; its name is that of Canvas's Test Student"
    if column == "moodle_id":
        return (
            "; pass this assignment's grading worksheet as --times, or to `autograder roster`. "
            "If it is a team's, copy its notebook into the folder of each member"
        )
    if column == "canvas_anonymous_id":
        return "; turn anonymous grading off in Canvas and download again"
    return ""


def _doubt(handed, person):
    """Why a file may not be of the person with its number; a group's file has a student's number, too."""
    fits = {"moodle_id": _is_named, "canvas_id": _is_squeezed}.get(handed.ids[0][0])
    if not fits or not handed.called or person is None or not (person.first_name or person.last_name):
        return ""
    if fits(handed.called, person):
        return ""
    return f"is called {handed.called!r}, but {person.name} has its number: is it a group's?"


def _is_named(called, person):
    """Whether a name as Moodle writes it, with spaces, can be a person's."""
    ours = _words(person.name)
    for theirs in map(_words, _readings(called)):
        if theirs & ours or sorted("".join(theirs)) == sorted("".join(ours)) or theirs <= {"participant"}:
            return True
    return False


def _is_squeezed(called, person):
    """Whether a name as Canvas writes it, in small letters without spaces, can be a person's.

    Names in other scripts may be garbled, so only plain letters can tell that it is another's.
    """
    ours = {_plain(word) for word in _words(person.name)}
    long = {word for word in ours if len(word) > 1} or ours
    name = _plain(called)
    # A short name occurs in many words by chance, and a person may have more names than the roster says.
    return not called.isascii() or 3 * sum(len(word) for word in long if word in name) >= len(name)


def _plain(text):
    """The letters of a word without accents."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if sign.isalnum())


def _readings(called):
    """A name as a zip gives it, and as Windows may have written it (code page 1252, read as 437)."""
    yield called
    with contextlib.suppress(UnicodeError):
        yield called.encode("cp437").decode("cp1252")


def _words(name):
    return set(re.findall(r"\w+", unicodedata.normalize("NFC", name.casefold())))


class Reader:
    """Reads files that may be notebooks into a scratch folder, up to limits, and tells what they are."""

    def __init__(self, course: Course, assignment: str, scratch: Path) -> None:
        found = course.root.glob("assignments/*/*.ipynb")
        names = sorted(place.stem for place in found if place.stem == place.parent.name)
        self.names = list(dict.fromkeys([assignment, *names]))
        self.course, self.release = course, functools.cache(self._release)
        self.answers = functools.cache(self._answers)
        self.scratch, self.count, self.left = scratch, 0, MOST_BYTES

    def candidates(
        self, of_attempt: Iterable[platforms.Handed]
    ) -> tuple[list[Candidate], list[tuple[str, str]]]:
        """([Candidate] of an attempt's files, [(path, why it is none)])."""
        found, refused = [], []
        for handed in of_attempt:
            if handed.fault:
                refused.append((handed.file.path, handed.fault))
                continue
            for file in _unpacked(handed.file, handed.name, refused, DEPTH):
                try:
                    copy = self._copy(file)
                except Unusable as error:
                    refused.append((file.path, str(error)))
                else:
                    found.append(Candidate(handed, file.path, copy, *self._kind(copy)))
        return found, refused

    def _copy(self, file):
        content = file.read(submission.SIZE_LIMIT)
        self.count, self.left = self.count + 1, self.left - len(content)
        if self.left < 0:
            raise Unusable(f"is left out: all files together have more than {MOST_BYTES >> 30} GB")
        copy = self.scratch / f"{self.count}.ipynb"
        copy.write_bytes(content)
        return copy

    def _kind(self, copy):
        """(the assignment of a notebook or "", why a grader cannot read it)."""
        try:
            cells, _ = submission.read_cells(copy)
        except submission.Unreadable as error:
            return "", str(error)
        ids = {str(submission.grade_id(cell)) for cell in cells}
        found = {name: len(self.answers(name) & ids) for name in self.names}
        if not any(found.values()):  # the ids were lost on the way; this takes a second
            found = {name: len(self._found_again(cells, name)) for name in self.names}
        best = max(found, key=found.__getitem__)
        return (best, "") if found[best] else ("", NO_ANSWER)

    def _release(self, name):
        path = self.course.release(name)
        try:
            return submission.read_release(path)
        except ValueError as error:
            raise CourseError(f"{path} cannot be read: {error}. Release {name} again.") from error

    def _answers(self, name):
        cells = self.release(name).cells
        return {submission.grade_id(cell) for cell in cells if submission.is_answer(cell)}

    def _found_again(self, cells, name):
        """The answer cells of an assignment among cells without ids, by their text and functions."""
        found, _ = identities.identities(cells, self.release(name))
        return self.answers(name).intersection(found)


def _unpacked(file, name, refused, depth):
    """The Files that may be notebooks: the file itself, or those in it where it is a zip."""
    suffix = Path(name).suffix.lower()
    if suffix == ".zip":
        try:
            if not depth:
                raise Unusable("is a zip in a zip in a zip")
            inner = archives.inside(file)
        except Unusable as error:
            refused.append((file.path, str(error)))
            return
        for one in inner:
            yield from _unpacked(one, one.name, refused, depth - 1)
    elif NOTEBOOK in name.lower() or suffix in AS_TEXT:
        yield file
    elif suffix in PACKED:
        refused.append((file.path, "is an archive other than zip: unpack it, and collect the notebook in it"))
    else:
        refused.append((file.path, file.fault or "is not a notebook"))


def _chosen(candidates, assignment):
    """(the Candidate that counts in an attempt, or None; [(path, why not)] of the others)."""
    ours = [one for one in candidates if one.of == assignment]
    broken = [one for one in candidates if not one.of and not _is_strange(one)]
    chosen = max(ours or broken, key=lambda one: _preference(one, assignment), default=None)
    return chosen, [(one.path, _reason(one, chosen, assignment)) for one in candidates if one is not chosen]


def _reason(candidate, chosen, assignment):
    if candidate.of not in ("", assignment):
        return f"is a notebook of {candidate.of}"
    return candidate.fault or f"{chosen.path} counts"


def _is_strange(candidate):
    """Whether a file without any answer is not named as a notebook, or is a notebook of something else."""
    return NOTEBOOK not in candidate.path.rpartition("/")[2].lower() or candidate.fault == NO_ANSWER


def _preference(candidate, assignment):
    """Sort key of which the greatest counts: the platform's number, a copy's, then the assignment's name."""
    folder, _, name = candidate.path.lower().rpartition("/")
    numbers = [int(number) for number in NUMBER.findall(name)]
    is_named = NUMBER.sub("", name).partition(NOTEBOOK)[0].endswith(assignment.lower())
    number = max(numbers, default=0)
    return candidate.handed.order, number, is_named, -folder.count("/"), candidate.path


def _attempt(chosen):
    """The Attempt that a chosen Candidate is."""
    handed, digest = chosen.handed, _digest(chosen.copy)
    identity = handed.attempt or (str(handed.order) if handed.order else digest[:16])
    return attempts.Attempt(identity, digest, chosen.path, handed.order, handed.handed_in, handed.late)


def _applied(course, assignment, placed, said, dry_run):
    """Keep all attempts, and put what counts into `submitted/` -> Rows."""
    known, rows = attempts.read(course, assignment), []
    extensions, about = settings.extensions(course, said.zone), said.of(assignment)
    for student, found in placed.items():
        try:
            place = _place(course, student, assignment)
        except CourseError as error:
            rows += [Row(student, one.attempt.name, NOT_TAKEN, str(error)) for one in found]
            continue
        before, copies = _with_placed_by_hand(known.get(student, []), place, found)
        found = _without_order(found, before)
        after = functools.reduce(attempts.joined, [one.attempt for one in found], before)
        deadline = about.deadline and about.deadline.extended(extensions.get((student, assignment)))
        counts = attempts.counting(after, about.attempt, deadline)
        rows += [_row(student, one, before, counts, place) for one in found]
        known[student] = after
        if not dry_run:
            _store(course, assignment, student, after, copies)
            _put(place, counts, attempts.kept(course, assignment, student, counts))
    if not dry_run:
        attempts.save(course, assignment, known)
    return rows


def _row(student, found, before, counts, place):
    attempt, why = found.attempt, [found.remark] if found.remark else []
    if found.fault:
        why.append(f"cannot be graded: {found.fault}")
    if attempt.late:
        why.append("late, according to the platform")
    if attempt.same_as(counts):
        known = any(attempt.same_as(one) for one in before)
        there = known and place.is_file() and _digest(place) == attempt.sha256
        outcome = THERE if there else REPLACES if before else NEW
    else:
        outcome, why = KEPT, [*why, f"{counts.name} counts"]
    return Row(student, attempt.name, outcome, "; ".join(why), attempt.handed_in)


def _place(course, student, assignment):
    """Where the notebook that counts belongs.

    Raises:
        CourseError: a link leads out of the course directory.
    """
    submitted, place = course.root / "submitted", course.submitted(student, assignment)
    for top in (submitted, attempts.folder(course, assignment)):
        real = Path(os.path.realpath(top.parent), top.name, student)
        if os.path.realpath(top / student) != str(real):
            raise CourseError(f"{top / student} is a link to another place; remove it")
    if os.path.realpath(place.parent) != str(Path(os.path.realpath(submitted.parent), *place.parts[-4:-1])):
        raise CourseError(f"{place.parent} is a link to another place; remove it")
    return place


def _without_order(found, before):
    """The attempts found; a new one without a number of the platform gets that of the last known one."""
    last = max((one.order for one in before), default=0)
    return [
        one
        if one.attempt.order or any(one.attempt.same_as(known) for known in before)
        else one._replace(attempt=one.attempt._replace(order=last))
        for one in found
    ]


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _with_placed_by_hand(known, place, found):
    """The attempts, with one that somebody put into `submitted/` by hand; {sha256: path of a copy}."""
    copies = {one.attempt.sha256: one.path for one in found}
    if not place.is_file() or place.is_symlink():
        return known, copies
    digest = _digest(place)
    if digest in {one.sha256 for one in known} | copies.keys():
        return known, copies
    by_hand = attempts.Attempt(digest[:16], digest, "placed by hand")
    if known:  # it stands for what was handed in last
        last = attempts.from_first_to_last(known)[-1]
        by_hand = by_hand._replace(order=last.order, handed_in=last.handed_in, late=last.late)
    return [*known, by_hand], {**copies, digest: place}


def _store(course, assignment, student, after, copies):
    for attempt in after:
        path = attempts.kept(course, assignment, student, attempt)
        if attempt.sha256 in copies and not path.is_file():
            write(path, copies[attempt.sha256].read_bytes(), mode=0o600)


def _put(place, counts, kept):
    if place.is_symlink() or not place.is_file() or _digest(place) != counts.sha256:
        write(place, kept.read_bytes())
