"""The commands of a term, as options and printed tables; `add_to` puts them into `autograder`."""

from __future__ import annotations

import collections
import datetime
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.course import directory as courses
from autograder.course.atomic import write
from autograder.course.standing import REPLACED
from autograder.course.term import attempts, feedback_zip, giveback, settings, tables
from autograder.course.term import roster as rosters
from autograder.course.term.lateness import LATE
from autograder.engine.grading import Report
from autograder.engine.words import one_line, printable
from autograder.options import Assignment, CourseDir
from autograder.report.marks import Score

if TYPE_CHECKING:
    from autograder.course.term import collect as collecting
    from autograder.course.term import history

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen, and change nothing.")]


To = Annotated[str, typer.Option(help="csv, canvas, moodle or gradescope.")]
Into = Annotated[
    Path | None, typer.Option(help="A file exported from the platform, in which to fill one column.")
]
Column = Annotated[str | None, typer.Option(help="Name of the column, if it is not the assignment's title.")]
Pending = Annotated[
    str,
    typer.Option(help="If written answers are not graded yet: refuse, or blank to leave these cells alone."),
]
Replace = Annotated[bool, typer.Option(help="Overwrite different numbers in the platform's file.")]
Zip = Annotated[str | None, typer.Option(help="Also write a zip to upload: canvas, moodle or plain.")]
Bom = Annotated[bool, typer.Option(help="Begin with a byte order mark, so that Excel recognises UTF-8.")]
__all__ = ["LATE", "add_to"]
# Of a line of the log, by its kind.
BY = {"grader": "the grader, run by {}", "person": "a person, found by {}", "complaint": "entered by {}"}


def console() -> Console:
    """Prints to whatever standard output is now."""
    return Console(soft_wrap=False)


def tell(sentence: str) -> None:
    """Print a sentence; names in it may be from a platform's file, and control no terminal."""
    print(one_line(sentence))


def add_to(app: typer.Typer) -> None:
    """Add these commands to a `typer.Typer`."""
    for command in (roster, collect, publish, log, similar, archive, forget):
        app.command()(command)


def course_at(path: Path | str) -> courses.Course:
    """The course directory at `path`.

    Raises:
        CourseError: it is none.
    """
    course = courses.Course(Path(path).resolve())
    # Before the first release, a course that began with `init --empty` has judges alone.
    if not any((course.root / name).is_dir() for name in ("assignments", "judges")):
        raise courses.CourseError(
            f"Expected a course directory, but {course.root} is not one; pass --course DIR, or create one "
            "with `autograder init DIR`."
        )
    return course


def roster(
    file: Annotated[
        Path, typer.Argument(help="The list: a CSV from Canvas, Moodle or Gradescope, or your own.")
    ],
    course: CourseDir = Path(),
    dry_run: DryRun = False,
    remove: Annotated[bool, typer.Option(help="Remove students who are not in the list.")] = False,
) -> None:
    """Read a platform's list of students into roster.csv and the gradebook.

    It adds and updates students. Those who are not in the list are shown and kept, unless --remove is given.
    """
    from autograder.course import locks

    place = course_at(course)
    read = rosters.parsed(tables.read(file))
    with locks.recording(place):  # else what another writes meanwhile is lost
        changes = rosters.merged(rosters.read(place), read)
        show_changes(changes, read.format.name, remove)
        people = changes.people
        if remove:
            absent = {person.student for person in changes.absent}
            people = {student: person for student, person in people.items() if student not in absent}
        if dry_run:
            return
        rosters.save(place, people)
    enter_names(place, people)
    tell(f"Roster of {len(people)} students: {rosters.place_of(place)}")


def show_changes(changes: rosters.Changes, name: str, remove: bool) -> None:
    """Print what reading a list changes."""
    tell(f"Read as {name}: {len(changes.added)} new, {len(changes.changed)} changed.")
    for before, after in changes.changed:
        pairs = zip(before._fields, before, after, strict=True)
        said = [f"{field} {old or 'empty'} -> {new}" for field, old, new in pairs if old != new]
        tell(f"  {after.student}: {', '.join(said)}")
    for person in changes.absent:
        tell(f"  {person.student} ({person.name}) is not in the list: {'removed' if remove else 'kept'}")
    for sentence in changes.refused:
        tell(f"  Skipped: {sentence}")


def enter_names(course: courses.Course, people: Mapping[str, rosters.Person]) -> None:
    """Enter names and addresses into nbgrader's gradebook, so that its pages show them."""
    from autograder.course import gradebook, locks

    with locks.recording(course), gradebook.opened(course) as book, gradebook.transaction(book):
        for person in people.values():
            said = {c: getattr(person, c) for c in ("first_name", "last_name", "email")}
            about = {column: value for column, value in said.items() if value}
            book.update_or_create_student(person.student, **about)


def collect(
    source: Annotated[Path, typer.Argument(help="The zip or folder of all submissions.")],
    assignment: Assignment,
    course: CourseDir = Path(),
    dry_run: DryRun = False,
    times: Annotated[
        Path | None, typer.Option(help="A CSV with submission times, such as Moodle's grading worksheet.")
    ] = None,
) -> None:
    """Put submissions from a platform's zip or folder into submitted/, and keep all attempts.

    Students are matched by the platform's ids. A file that cannot be matched to a student is skipped, and the
    table says why.
    """
    from autograder.course import locks
    from autograder.course.term import collect as collecting
    from autograder.course.term import platforms

    place = courses.open_course(course, assignment)
    with locks.recording(place):
        plan = collecting.collect(place, assignment, source, dry_run, times)
    console().print(collected(plan, rosters.read(place), assignment, dry_run))
    counts = collections.Counter(row.outcome for row in plan.rows)
    tell(f"Read as {plan.platform}: {', '.join(f'{n} {words}' for words, n in counts.items())}.")
    for note in plan.notes:
        tell(f"  {note}")
    if plan.platform == platforms.BY_STUDENT and counts[collecting.UNKNOWN]:
        tell(
            "  Files of Canvas, Moodle, Gradescope and nbgrader are recognised by their names. Name those of "
            "another platform STUDENT.ipynb, with a student of roster.csv."
        )


def publish(
    to: Annotated[str, typer.Option(help="A folder, or a repository such as git@github.com:OWNER/NAME.git.")],
    course: CourseDir = Path(),
    github: Annotated[
        str | None, typer.Option(help="OWNER/NAME on GitHub, for links to Colab, if --to does not say it.")
    ] = None,
    hub: Annotated[str | None, typer.Option(help="Address of a JupyterHub that has nbgitpuller.")] = None,
    message: Annotated[str, typer.Option(help="Message of the commit.")] = "Assignments",
) -> None:
    """Publish the folder assignments/, with a README and Colab badges, and nothing else of the course.

    Nothing is published if any file contains a solution, a hidden test or the course's secret.
    """
    from autograder.course.term import publish as publishing

    place = course_at(course)
    titles = {name: about.title for name, about in settings.read(place).assignments.items()}
    links = publishing.Links(github or publishing.github_of(to), hub)
    if hub and not links.github:
        raise courses.CourseError("--hub needs a repository that the hub can read: pass --github OWNER/NAME.")
    found = publishing.files(place, links, titles)
    if publishing.is_repository(to):
        pushed = publishing.to_repository(found, to, message)
        tell(f"Published {len(found)} files to {to}." if pushed else f"{to} already has these files.")
        return
    if Path(to).resolve().is_relative_to(place.root / "assignments") or Path(to).resolve() == place.root:
        raise courses.CourseError(f"{to} belongs to the course itself; pass --to another folder.")
    others = publishing.to_folder(found, Path(to))
    tell(f"Published {len(found)} files to {to}.")
    if others:
        tell(f"{to} also has files that are not from this course: {', '.join(others[:10])}")


def log(
    assignment: Assignment,
    course: CourseDir = Path(),
    student: Annotated[str | None, typer.Option(help="Only this student.")] = None,
    task: Annotated[
        str | None,
        typer.Option(help="The task that the complaint is about, or score.", show_default="score"),
    ] = None,
    complaint: Annotated[str | None, typer.Option(help="Enter this complaint of --student.")] = None,
    close: Annotated[int | None, typer.Option(help="Close the complaint with this number.")] = None,
    answer: Annotated[str, typer.Option(help="What was decided about it.")] = "",
) -> None:
    """Show which points changed since they were first given, when and by whom, and all complaints."""
    from autograder.course import locks
    from autograder.course.term import history

    if task is not None and complaint is None:
        raise courses.CourseError("--task needs --complaint.")
    if answer and close is None:
        raise courses.CourseError("--answer needs --close.")
    place, task = courses.open_course(course, assignment), task or "score"
    if complaint is not None:
        check_complaint(place, assignment, student, task)
    with locks.recording(place):
        if complaint is not None and student is not None:
            tell(f"Complaint {history.complaint(place, assignment, student, task, complaint)} is open.")
        if close is not None:
            if close not in history.complaints(history.read(place, assignment)):
                raise courses.CourseError(f"Expected the number of a complaint, but there is no {close}.")
            history.close(place, assignment, close, answer)
        entries = history.read(place, assignment)
    shown = [e for e in entries if e.before is not None or e.kind == history.COMPLAINT]
    entries = [e for e in shown if student in (None, e.student)]
    console().print(logged(entries, assignment, settings.read(place).zone))


def check_complaint(place: courses.Course, assignment: str, student: str | None, task: str) -> None:
    """
    Raises:
        CourseError: there is no such student or task.
    """
    from autograder.course.grading_run import read_report
    from autograder.engine import submission
    from autograder.report import titles

    if student is None:
        raise courses.CourseError("--complaint needs --student.")
    if student not in rosters.read(place).keys() | read_report(place, assignment)["students"].keys():
        raise courses.CourseError(f"Expected the id of a student of this course, got {student}.")
    items = ["score", *titles.titles_of(submission.read_release(place.release(assignment)))]
    if task not in items:
        raise courses.CourseError(f"Expected --task to be one of {', '.join(items)}, got {task}.")


def similar(
    assignment: Assignment,
    course: CourseDir = Path(),
    most: Annotated[int, typer.Option(min=1, help="Largest number of pairs.")] = 20,
) -> None:
    """Write a page of pairs of submissions that are worth reading side by side.

    It is reports/ASSIGNMENT/similar.html. Both submissions of a pair have passages, or wrong answers equal to
    the last bit, that few others have. The page gives no verdict. No export contains any of it, and nothing
    leaves this machine.
    """
    from autograder.course.term import pairs
    from autograder.course.term import similar as shared
    from autograder.engine import submission
    from autograder.report import side_by_side, titles

    place = courses.open_course(course, assignment)
    found = pairs.compared(place, assignment, place.rules(assignment), most)
    if not found.students:
        raise courses.CourseError(
            f"Expected graded submissions, found none; run `autograder grade {assignment}` first."
        )
    names = titles.names_of(submission.read_release(place.release(assignment)))
    text = side_by_side.page(
        assignment, found, rosters.read(place), names, shared.most_shared(found.students)
    )
    path = place.reports(assignment) / "similar.html"
    write(path, text, mode=0o600)
    count = f"Pairs to read among {found.students} submissions: {len(found.pairs)}"
    tell(f"{count}. A pair is not a verdict; see {path}")


def archive(
    file: Annotated[Path, typer.Argument(help="The zip to write, outside of the course directory.")],
    course: CourseDir = Path(),
) -> None:
    """Put everything that must be kept of a course into one file, and say what was left out and why."""
    from autograder.course import locks
    from autograder.course.term import archive as archiving

    place = course_at(course)
    with locks.recording(place):
        done = archiving.written(place, file)
    size = sum(entry.size for entry in done.kept) / 1e6
    tell(f"{len(done.kept)} files, {size:.1f} MB, readable only by you: {file}")
    for path, reason in done.left_out.items():
        tell(f"  Left out: {path}: {reason}.")


def forget(
    student: Annotated[str, typer.Argument(help="The student's id.")],
    course: CourseDir = Path(),
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the student's id.")] = False,
) -> None:
    """Remove everything of one student from the course directory and the gradebook, permanently.

    It shows what will be removed, and asks for the student's id before it begins.
    """
    from autograder.course import gradebook
    from autograder.course.term import forget as forgetting

    place = course_at(course)
    with gradebook.opened(place) as book:  # who was taken off the roster is still there
        people = rosters.everyone(place, gradebook.students(book))
    person = people.pop(student, None) or rosters.Person(student)
    found = forgetting.traces(place, student)
    tell(f"Will be removed permanently, of {person.name} ({student}):")
    for path in found.folders:
        tell(f"  the folder {path.relative_to(place.root)}")
    for words in found.rows:
        tell(f"  {words}")
    for path in found.files:
        tell(f"  {path.relative_to(place.root)}, which also names others; create it again afterwards")
    tell(f"  {len(found.caches)} files of kept answers and results that belong only to this student")
    if dry_run:
        return
    if not yes and input(f"Type {student} to remove all of this: ") != student:
        raise courses.CourseError("Nothing was removed.")
    forgetting.forget(place, student, found)
    tell("Removed.")
    for path in forgetting.still_named(place, forgetting.words_of(person, people.values())):
        tell(f"  Still named in {path.relative_to(place.root)}; look at it yourself.")
    tell("Look for copies elsewhere yourself: archives, backups, repositories, the platform.")


def logged(entries: Iterable[history.Entry], assignment: str, zone: datetime.tzinfo) -> Table:
    """The table of changes and complaints, with times in the course's zone."""
    rows = []
    for e in entries:
        when = clock(datetime.datetime.fromisoformat(e.time).astimezone(zone))
        points = ["" if value is None else f"{value:g}" for value in (e.before, e.after)]
        note = f"{e.number} ({e.state}): {e.note}" if e.number else e.note
        rows.append((when, e.student, e.item, *points, BY[e.kind].format(e.user), note))
    columns = ("When", "Student", "What", "Before", "After", "By", "Note")
    return table(f"{assignment}: changes", columns, rows)


def collected(
    plan: collecting.Plan, people: Mapping[str, rosters.Person], assignment: str, dry_run: bool
) -> Table:
    """The table of who gets what, with the names of the roster's `people`."""
    rows, timed = [], any(row.handed_in for row in plan.rows)
    for row in plan.rows:
        name = people[row.student].name if row.student in people else ""
        time = clock(row.handed_in) if row.handed_in else ""
        rows.append((row.student, name, row.outcome, row.file, *[time] * timed, row.why))
    title = f"{assignment}: what would be collected" if dry_run else f"{assignment}: collected"
    return table(title, ("Student", "Name", "What happens", "File", *["Handed in"] * timed, "Why"), rows)


def clock(time: datetime.datetime) -> str:
    """A time to the minute, with its zone."""
    return f"{time:%Y-%m-%d %H:%M %Z}"


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    """A table of words, some of which come from outside."""
    shown = Table(title=title, title_justify="left")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(printable(word)) for word in row))
    return shown


class Export(NamedTuple):
    """How points are to be written for another system."""

    to: To = "csv"
    into: Into = None
    column: Column = None
    pending: Pending = "refuse"
    replace: Replace = False
    bom: Bom = False


def give_back(
    place: courses.Course, graded: Report, scores: Mapping[str, Score], people: rosters.People, how: Export
) -> None:
    """Write points for a platform: into its own file, or as a new one.

    Raises:
        CourseError: points wait for a person, the file is not the platform's, or it holds other numbers.
    """
    target, assignment = giveback.TARGETS[how.to], graded["assignment"]
    points = giveback.points_to_give(graded, scores, how.pending)
    about = settings.read(place).of(assignment)
    titles, column = (about.title, assignment), how.column or about.column
    wanted = giveback.Wanted(target, points, people, graded["max_score"], titles, column)
    if how.into is None:
        path = place.reports(assignment) / f"{how.to}.csv"
        text, notes = giveback.fresh(wanted, how.bom)
        write(path, text, mode=0o600)
    else:
        path, theirs = how.into, tables.read(how.into)
        done = giveback.filled(theirs, wanted)
        notes = done.notes
        show_conflicts(done.changes, target.name)
        if done.changes and not how.replace:
            raise courses.CourseError("Nothing was written; pass --replace to overwrite these numbers.")
        write(path, done.text.encode(theirs.encoding), mode=path.stat().st_mode & 0o777)
        tell(f"{done.cells} cells filled in.")
    for note in notes:
        tell(f"  {note}")
    if any(score.penalty for score in scores.values()):
        tell(f"These numbers include late penalties: turn off {target.name}'s own, or they count twice.")
    tell(f"Grades for {target.name}: {path}")


def tell_of_old_grades(graded: Report, waiting: Sequence[str]) -> None:
    """Print whose grade is missing, or of an earlier submission.

    Args:
        waiting: students who handed in, but were not graded yet.
    """
    newer = [
        s for s, row in graded["students"].items() if REPLACED.id in (flag["id"] for flag in row["flags"])
    ]
    for students, words in ((waiting, "not graded yet"), (newer, "changed since they were graded")):
        if students:
            some = ", ".join(students[:5]) + ", ..." * (len(students) > 5)
            tell(
                f"Submissions {words}: {len(students)} ({some}). "
                f"Run `autograder grade {graded['assignment']}`."
            )


def show_conflicts(changes: Sequence[giveback.Change], name: str) -> None:
    """Print where a platform holds other numbers than we do."""
    if changes:
        columns = ("Student", "Name", name, "Ours")
        console().print(table(f"{name} has different numbers", columns, changes))


def zip_feedback(place: courses.Course, graded: Report, target: str) -> None:
    """Write one zip of all students' pages, with the names that a platform expects."""
    assignment, pages, left_out = graded["assignment"], {}, []
    known = attempts.read(place, assignment)
    for student in graded["students"]:
        handed_in = attempts.in_place(place, assignment, student, known.get(student, []))
        # One that was repaired by hand goes back under the name of what was handed in.
        handed_in = attempts.from_first_to_last(known.get(student, [])) + handed_in
        about = [*(one.name for one in reversed(handed_in)), None]
        names = (feedback_zip.name_for(target, assignment, student, one) for one in about)
        name = next(filter(None, names), None)
        if name is None:
            left_out.append(student)
        else:
            pages[name] = place.feedback(student, assignment).read_bytes()
    path = place.reports(assignment) / f"feedback-{target}.zip"
    write(path, feedback_zip.zipped(pages), mode=0o600)
    tell(f"{len(pages)} pages for {target}: {path}")
    if left_out:
        tell(f"Left out, because they were not collected from {target}: {', '.join(left_out)}")
