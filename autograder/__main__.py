"""Command line of the grader: `autograder COMMAND`, or `python -m autograder COMMAND`."""

import itertools
import json
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

# Found, it would have jsonschema take a second to build a grammar of addresses, which no notebook needs.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # what must not be imported

import typer  # noqa: E402
from markupsafe import Markup  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: E402
from rich.table import Table  # noqa: E402
from rich.text import Text  # noqa: E402

from autograder import CannotCheck, __version__, options  # noqa: E402
from autograder.authoring import JudgeError  # noqa: E402
from autograder.course import directory as courses  # noqa: E402
from autograder.course import export as exports  # noqa: E402
from autograder.course import new as beginning  # noqa: E402
from autograder.course import releasing  # noqa: E402
from autograder.course.atomic import write  # noqa: E402
from autograder.course.standing import Standing, standing_of  # noqa: E402
from autograder.course.term import commands as term  # noqa: E402
from autograder.course.term import feedback_zip, settings  # noqa: E402
from autograder.course.term import roster as rosters  # noqa: E402
from autograder.engine.grading import Report, Result, Row, Status  # noqa: E402
from autograder.engine.judge import Outcome  # noqa: E402
from autograder.engine.submission import read_release  # noqa: E402
from autograder.jail import (  # noqa: E402
    DEFAULT_LIMITS,
    JAILS,
    Jailed,
    JailUnavailable,
    Limits,
    interpreter,
    machine,
)
from autograder.options import Assignment, CourseDir  # noqa: E402
from autograder.report import pages as report  # noqa: E402
from autograder.report.marks import Score  # noqa: E402
from autograder.report.titles import names_of, titles_of  # noqa: E402
from autograder.student import checking  # noqa: E402
from autograder.student import command as students  # noqa: E402
from autograder.student.visible import Seen  # noqa: E402

app = typer.Typer(
    help="Build, grade and report course assignments.", no_args_is_help=True, add_completion=False
)
console = Console()
term.add_to(app)

OURS, USAGE, SOME_UNREADABLE = 1, 2, 3

NoJail = Annotated[
    bool,
    typer.Option(
        "--unsafe-no-jail",
        help="Run notebooks without a jail, with all your permissions. Reports of grades say so.",
    ),
]
Kind = Annotated[
    str | None,
    typer.Option(
        "--jail",
        help=f"The kind of jail: {' or '.join(JAILS)}.",
        show_default="the first that this machine allows",
    ),
]
TaskSeconds = Annotated[float, typer.Option(help="Time limit for a task, in seconds.")]
SubmissionSeconds = Annotated[float, typer.Option(help="Time limit for a submission, in seconds.")]
CellsSeconds = Annotated[float, typer.Option(help="Time limit for running a notebook's cells, in seconds.")]
MemoryGb = Annotated[float, typer.Option(help="Memory limit for a submission, in GB.")]
Students = Annotated[list[str] | None, typer.Option(help="Only this student; repeat the option for several.")]
Jobs = Annotated[
    int | None,
    typer.Option(min=1, help="Number of notebooks to run in parallel.", show_default="the number of cores"),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        help="Run submissions on a Dask cluster, such as tcp://127.0.0.1:8786; by default two for each core."
    ),
]
Full = Annotated[
    bool, typer.Option(help="Also run given cells tagged skip-grading; raise --cells-seconds for them.")
]
OtherPython = Annotated[
    str | None, typer.Option("--python", help="Run submissions with this Python, which needs TensorFlow.")
]
Wait = Annotated[bool, typer.Option(help="Wait if another grader is working on this assignment.")]


def known(assignment: str, course: Path) -> str:
    """The name of an assignment that can be graded in a course directory."""
    names = courses.Course(course.resolve()).assignments()
    if assignment not in names:
        fail(
            f"Expected one of the assignments {', '.join(names)}, got {assignment}; "
            f"`autograder new {assignment}` creates it.",
            USAGE,
        )
    return assignment


def wanted_jail(kind: str | None, unsafe_no_jail: bool = False) -> Jailed:
    """What to ask of a `Worker`: a kind of jail, True for the first that can be had, False for none."""
    if kind and unsafe_no_jail:
        fail("Expected --jail or no jail, got both.", USAGE)
    if kind and kind not in JAILS:
        fail(f"Expected --jail {' or '.join(JAILS)}, got {kind}.", USAGE)
    return kind or not unsafe_no_jail


def on_stderr(message: object) -> None:
    Console(stderr=True).print(message, soft_wrap=True, markup=False, highlight=False)


def fail(message: str, status: int) -> NoReturn:
    Console(stderr=True).print(message, style="red", markup=False, highlight=False)
    raise typer.Exit(status)


def needs_linux(unsafe_no_jail: bool) -> None:
    """End with words where no system can isolate a submission."""
    if platform.system() != "Linux" and not unsafe_no_jail:
        lack = machine.checks(machine.facts())[0]
        fail(f"{lack.words} To grade: {lack.remedy}.", OURS)


def say_version(wanted: bool) -> None:
    if wanted:
        print(f"autograder {__version__}")
        raise typer.Exit()


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=say_version, help="Print the version.")
    ] = False,
) -> None:
    """Build, grade and report course assignments."""


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(help="The course directory to create.")],
    empty: Annotated[bool, typer.Option(help="Leave out the shipped assignments.")] = False,
    origin: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Take the solutions from this checkout of the project, or from its source archive.",
            show_default="the checkout that this runs from",
        ),
    ] = None,
) -> None:
    """Create a course directory, with the shipped assignments, the configuration and course.toml."""
    made = courses.init(directory, empty, origin)
    console.print(
        f"Created the course directory {made.root}. Put submissions into submitted/STUDENT/ASSIGNMENT/, or "
        "let `autograder collect` do it from your platform's zip."
    )


@app.command()
def new(
    assignment: Assignment,
    task: Annotated[
        list[str] | None,
        typer.Option(help="A function or class that students write; repeat the option for several."),
    ] = None,
    written: Annotated[
        list[str] | None, typer.Option(help="A written question; repeat the option for several.")
    ] = None,
    course: CourseDir = Path(),
) -> None:
    """Create a new assignment: solutions/NAME/NAME.ipynb and judges/NAME.py.

    Without --task it has a sample task, so that `release`, `grade` and `check` work at once.
    """
    source, judge = beginning.begin(
        courses.Course(course.resolve()), assignment, tuple(task or ()), tuple(written or ())
    )
    console.print(f"Source notebook {source}\nJudge {judge}", soft_wrap=True)


@app.command()
def release(
    assignment: Assignment,
    course: CourseDir = Path(),
    unsafe_no_jail: NoJail = False,
    jail: Kind = None,
    task: Annotated[
        list[str] | None,
        typer.Option(
            help="Only test the judge and the reference of this task; repeat the option for several."
        ),
    ] = None,
) -> None:
    """Check an assignment's source notebook and judge, and make the release for students from the source."""
    place, name = courses.Course(course.resolve()), known(assignment, course)
    jailed = wanted_jail(jail, unsafe_no_jail)
    if task:
        releasing.try_tasks(place, name, task, jailed, on_stderr)
        console.print(f"{', '.join(task)}: the judge names its mistakes, the reference gets full marks.")
    else:
        path = releasing.release(place, name, jailed=jailed, on_note=on_stderr)
        console.print(f"Release {path}: ids and points are right, the reference gets full marks.")


class Options(NamedTuple):
    """What `grade` and `regrade` are told of how submissions run."""

    student: Students = None
    jobs: Jobs = None
    scheduler: Scheduler = None
    full: Full = False
    wait: Wait = False
    unsafe_no_jail: NoJail = False
    jail: Kind = None
    python: OtherPython = None
    task_seconds: TaskSeconds = DEFAULT_LIMITS.task_seconds
    cells_seconds: CellsSeconds = DEFAULT_LIMITS.cells_seconds
    submission_seconds: SubmissionSeconds = DEFAULT_LIMITS.submission_seconds
    memory_gb: MemoryGb = DEFAULT_LIMITS.memory_bytes / (1 << 30)

    @property
    def limits(self) -> Limits:
        memory = int(self.memory_gb * (1 << 30))
        return Limits(self.task_seconds, self.submission_seconds, memory, self.cells_seconds)

    def other_python(self) -> interpreter.Interpreter | None:
        """The interpreter of --python; ends with words where it cannot be used."""
        if self.python and self.scheduler:
            words = "Expected --python or --scheduler, got both; a cluster's workers run their own Python."
            fail(words, USAGE)
        try:
            return interpreter.at(self.python) if self.python else None
        except interpreter.Unsuitable as refusal:
            fail(str(refusal), USAGE)


@app.command()
@options.taken_apart
def grade(
    assignment: Assignment,
    course: CourseDir = Path(),
    force: Annotated[bool, typer.Option(help="Run notebooks again even if they were graded before.")] = False,
    options: Options = Options(),  # noqa: B008 - immutable
) -> None:
    """Grade a class into the gradebook, autograded/ and reports/ASSIGNMENT/grades.json.

    Submissions that were graded before do not run again. If the judge has changed, their kept answers are
    judged again.
    """
    needs_linux(options.unsafe_no_jail)
    grade_class(assignment, course, options, run=force)


@app.command()
@options.taken_apart
def regrade(
    assignment: Assignment,
    task: Annotated[str | None, typer.Option(help="Enter new points for this task alone.")] = None,
    course: CourseDir = Path(),
    options: Options = Options(),  # noqa: B008 - immutable
) -> None:
    """Judge a class again from the kept answers.

    A notebook runs only if its answers were not kept, or come from other options or another version of the
    code that asks. Manual points, comments and penalties do not change.
    """
    needs_linux(options.unsafe_no_jail)
    names = [t.id for t in courses.Course(course.resolve()).rules(known(assignment, course)).tasks]
    if task is not None and task not in names:
        fail(f"Expected one of the tasks {', '.join(names)}, got {task}.", USAGE)
    grade_class(assignment, course, options, judge=True, task=task)


def grade_class(assignment: str, course: Path, options: Options, **redo: Any) -> None:
    """Grade with a progress bar, print the table, and end with the exit status.

    Args:
        redo: as for `grading_run.Redo`.
    """
    from autograder.course import grading_run as classes
    from autograder.course import locks

    python, jailed = options.other_python(), wanted_jail(options.jail, options.unsafe_no_jail)
    place = courses.open_course(course, known(assignment, course))
    handed_in, student = place.submissions(assignment), options.student
    if absent := set(student or ()) - set(handed_in):
        fail(f"Expected a folder submitted/STUDENT/{assignment} for {', '.join(absent)}.", USAGE)
    if not handed_in:
        fail(f"Expected submissions in {place.root}/submitted/STUDENT/{assignment}/, found none.", USAGE)
    running = classes.Running(options.limits, jailed, python, options.jobs, options.scheduler, options.full)
    with progress_of("Grading") as progress:
        bar = progress.add_task("", total=len(student or handed_in))

        def on_result(name: str, result: Result) -> None:
            progress.update(bar, advance=1, description=f"{name}: {result.automatic:g}")

        def on_wait(who: str) -> None:
            progress.update(bar, description=f"waiting for {who}")

        watcher = classes.Watcher(on_result, on_wait if options.wait else None)
        try:
            classes.grade(place, assignment, student, running, classes.Redo(**redo), watcher)
        except locks.Busy as busy:
            raise courses.CourseError(f"{busy} With --wait, this command waits for it.") from busy
    _, graded, scores, standing = graded_report(course, assignment)
    console.print(table(graded, scores, standing))
    console.print(f"Grades: {place.grades(assignment)}", soft_wrap=True)
    raise typer.Exit(exit_status(graded))


def progress_of(what: str) -> Progress:
    """A bar with the number of things that are done, and what was done last."""
    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    return Progress(*columns, console=console, refresh_per_second=4)


def exit_status(graded: Report) -> int:
    rows = graded["students"].values()
    if any(t["outcome"] == Outcome.UNGRADED for row in rows for t in row["tasks"].values()):
        return OURS
    return SOME_UNREADABLE if any(row["status"] == Status.UNREADABLE for row in rows) else 0


def table(graded: Report, scores: Mapping[str, Score], standing: Standing | None = None) -> Table:
    """Student, score, points that wait for a person, tasks lost, why.

    Args:
        standing: of all students, for names and for those without a grade.
    """
    people, missing, waiting = standing or Standing({}, [], [])
    shown = Table(title=graded["assignment"], title_justify="left")
    shown.add_column("Student")
    shown.add_column("Score", justify="right", no_wrap=True)
    shown.add_column("Tasks lost", no_wrap=True)
    shown.add_column("Why", ratio=1)
    for student, row in graded["students"].items():
        score = [f"{report.number(row['score'])}/{graded['max_score']:g}"]
        if row["manual_pending"]:
            score.append(f"{report.number(row['manual_pending'])} points unread")
        reasons = [(flag["id"], flag["message"]) for flag in row["flags"]]
        explained = any(label == term.LATE for label, _ in reasons)
        if (penalty := scores[student].penalty) and not explained:
            reasons.append((f"late −{report.number(penalty)}", "penalty for handing in late"))
        lines = report.lines_of(row, scores[student])
        reasons += [(line.label, line.why) for line in lines if line.worth_telling]
        for name, points, reason in itertools.zip_longest(called(student, people), score, reasons):
            shown.add_row(*map(Text, (name or "", points or "", *(reason or ("", "")))))
        shown.add_section()
    without = [(student, "missing", "handed in no notebook") for student in missing]
    without += [(student, "not graded", "run grade again") for student in waiting]
    for student, label, why in without:
        shown.add_row(*map(Text, ("\n".join(called(student, people)), "–", label, why)))
    return shown


def called(student: str, people: Mapping[str, rosters.Person]) -> list[str]:
    """A student's id, and the name where it is known."""
    name = people[student].name if student in people else student
    return [student] if name == student else [student, name]


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="The notebook to check.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON: with a judge, as in grades.json.")
    ] = False,
    task_seconds: TaskSeconds = DEFAULT_LIMITS.task_seconds,
    submission_seconds: SubmissionSeconds = checking.LIMITS.submission_seconds,
    jailed: Annotated[
        bool | None,
        typer.Option(
            "--jailed/--no-jail",
            help="Run the notebook in a jail, or with all your permissions.",
            show_default="in a jail if one works",
        ),
    ] = None,
    jail: Kind = None,
    judge: Annotated[
        Path | None,
        typer.Option(help="For teaching staff: use a course's judge, COURSE/judges/ASSIGNMENT.py."),
    ] = None,
    release: Annotated[
        Path | None, typer.Option(help="Run only the visible checks of this released notebook.")
    ] = None,
) -> None:
    """Check a notebook with the same judge as grading, on different inputs and without a gradebook.

    The first line says whether the notebook's code runs in a jail or with all your permissions.
    """
    if judge and release:
        fail("Expected --judge or --release, got both.", USAGE)
    wanted = wanted_jail(jail, jailed is False) if jail else jailed
    how = checking.How(Limits(task_seconds, submission_seconds), on_stderr, wanted)
    found = what_is_said(notebook, judge, release, how)
    if isinstance(found, Seen):
        tell_seen(found, as_json)
    elif as_json:
        print(json.dumps(found.row, indent=1, ensure_ascii=False))
    else:
        console.print(found.headline, style="bold", markup=False, highlight=False)
        if found.readable:
            console.print(checked(found.row, found.sentences))
            console.print(found.written)
    raise typer.Exit(exit_status({"students": {"": found.row}}))


def tell_seen(seen: Seen, as_json: bool) -> NoReturn:
    """Print what the visible checks said, and end with their status."""
    if as_json:
        print(json.dumps(seen.as_json(), indent=1, ensure_ascii=False))
    else:
        console.print(str(seen), markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(0 if seen.all_pass else students.SOME_DO_NOT_PASS)


def what_is_said(
    notebook: Path, judge: Path | None, release: Path | None, how: checking.How
) -> checking.Checked | Seen:
    """What the judge of an assignment, or of a course, says of a notebook, or the checks of a release do."""
    try:
        if release:
            return checking.check_visible(notebook, release, how)
        given = how._asdict()
        if judge:
            place = courses.course_of(judge)
            given |= {"rules": place.rules(judge.stem), "release": place.release(judge.stem)}
        return checking.check(notebook, **given)
    except CannotCheck as refusal:
        fail(str(refusal), USAGE)


def checked(row: Row, sentences: Mapping[str, str]) -> Table:
    shown = Table(show_lines=True)
    shown.add_column("Task")
    shown.add_column("Points", justify="right")
    shown.add_column("What we found")
    for flag in row["flags"]:
        shown.add_row("", "", Text(flag["message"]))
    for name, task in row["tasks"].items():
        words = [f"{report.WORDS[task['outcome']]}: {sentences[name]}"]
        words += [f"{f['message']} {f['hint']}".strip() for f in task["findings"]]
        points = f"{report.number(task['points'])}/{report.number(task['max'])}"
        shown.add_row(name, points, Text("\n".join(words)))
    return shown


def graded_report(course: Path, assignment: str) -> tuple[courses.Course, Report, dict[str, Score], Standing]:
    """The Course, what `grade` wrote with the gradebook's present numbers, {student: Score}, the Standing."""
    from autograder.course import grading_run as classes
    from autograder.course import locks

    place = courses.open_course(course, known(assignment, course))
    with locks.recording(place):
        graded = classes.read_report(place, assignment)
        if not graded["students"]:
            fail(f"Expected graded submissions, found none; run `autograder grade {assignment}` first.", OURS)
        graded, scores = classes.refresh(place, graded)
    return place, graded, scores, standing_of(place, graded)


@app.command()
def feedback(assignment: Assignment, course: CourseDir = Path(), zip: term.Zip = None) -> None:
    """Write a page for each student: feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html.

    With --zip, also write all pages into one file to upload, reports/ASSIGNMENT/feedback-PLATFORM.zip.
    """
    if zip not in (None, *feedback_zip.TARGETS):
        fail(f"Expected --zip {', '.join(feedback_zip.TARGETS)}, got {zip}.", USAGE)
    from autograder.course.grading_run import graded_before
    from autograder.nbgrader_pages import rendered

    place, graded, scores, (people, _, waiting) = graded_report(course, assignment)
    rules = place.rules(assignment)
    names = titles_of(read_release(place.release(assignment)))
    titles = {task: title.name for task, title in names.items()}
    questions = {task: Markup(rendered(title.question, {})) for task, title in names.items()}
    wording = report.Wording(titles=titles, questions=questions)
    for student in graded["students"]:
        answers, _ = graded_before(place.autograded(student, assignment))
        name = people[student].name if student in people else student
        page = report.feedback(student, graded, rules, answers, scores, wording._replace(name=name))
        write(place.feedback(student, assignment), page, mode=0o600)
    console.print(f"Feedback for {len(graded['students'])} students: {place.root / 'feedback'}")
    term.tell_of_old_grades(graded, waiting)
    if zip:
        term.zip_feedback(place, graded, zip)


@app.command("report")
def report_command(assignment: Assignment, course: CourseDir = Path()) -> None:
    """Write the class report: report.html and statistics.csv in reports/ASSIGNMENT/."""
    place, graded, scores, standing = graded_report(course, assignment)
    path = place.reports(assignment) / "report.html"
    titles = names_of(read_release(place.release(assignment)))
    with_page = [student for student in graded["students"] if place.feedback(student, assignment).is_file()]
    page = report.class_report(graded, scores, *standing, titles, with_page)
    write(path, page, mode=0o600)
    write(path.with_name("statistics.csv"), report.statistics_csv(graded, scores), mode=0o600)
    console.print(f"Class report: {path}", soft_wrap=True)
    term.tell_of_old_grades(graded, standing.waiting)


@app.command()
@options.taken_apart
def export(
    assignment: Assignment,
    course: CourseDir = Path(),
    options: term.Export = term.Export(),  # noqa: B008 - immutable
) -> None:
    """Write the grades for another system, or fill them into a file that you exported from it (--into).

    Without --into, write a new file in reports/ASSIGNMENT/: grades.csv, canvas.csv, moodle.csv or
    gradescope.csv.
    """
    to, pending = options.to, options.pending
    if to not in exports.TARGETS:
        fail(f"Expected one of {', '.join(exports.TARGETS)}, got {to}.", USAGE)
    if pending not in ("refuse", "blank"):
        fail(f"Expected --pending refuse or blank, got {pending}.", USAGE)
    if to == "csv" and (options.into or options.column or options.replace or pending != "refuse"):
        fail("--into, --column, --pending and --replace need --to canvas, moodle or gradescope.", USAGE)
    place, graded, scores, (people, missing, waiting) = graded_report(course, assignment)
    if to == "csv":
        path = place.reports(assignment) / "grades.csv"
        names = {student: (p.last_name, p.first_name, p.email) for student, p in people.items()}
        write(
            path, "\ufeff" * options.bom + exports.to_csv(graded, names, scores, missing, waiting), mode=0o600
        )
        console.print(f"Grades: {path}", soft_wrap=True)
    else:
        term.give_back(place, graded, scores, people, options)
    if missing:
        console.print(f"{len(missing)} student{'s' * (len(missing) > 1)} handed in no notebook.")
    term.tell_of_old_grades(graded, waiting)
    for note in settings.without_effect(place, people, assignment):
        console.print(note, markup=False, highlight=False)


@app.command()
def evidence(
    assignment: Assignment,
    course: CourseDir = Path(),
    minutes: Annotated[
        float, typer.Option(min=0.1, help="Stop after this time; the same command resumes.")
    ] = 10.0,
    jobs: Jobs = None,
) -> None:
    """Find out what an assignment's judge misses, before students do.

    It judges mutants of the reference answers, the declared mistakes, and the reference with many inputs. It
    writes a page and its numbers, reports/ASSIGNMENT/evidence.html and evidence.json.
    """
    from autograder.evidence.gathering import examine

    place = courses.open_course(course, known(assignment, course))
    with progress_of("Evidence") as progress:
        bar = progress.add_task("", total=None)

        def on_trial(trial, done, total):
            words = f"{trial.kind} {trial.task or trial.secret}"
            progress.update(bar, completed=done, total=total, description=words)

        found = examine(place, assignment, minutes, jobs, on_trial)
    counted = {name: task["mutants"] for name, task in found["tasks"].items()}
    judged, kept = (sum(one[name] for one in counted.values()) for name in ("judged", "survived"))
    console.print(f"{judged} mutants were judged; {kept} of them are mistakes that kept all points.")
    if found["left"]:
        console.print(f"{found['left']} results are missing; run the same command again to resume.")
    console.print(f"Evidence: {place.reports(assignment) / 'evidence.html'}", soft_wrap=True)
    if found["failed"]:
        fail(f"{len(found['failed'])} trials gave no result; the page says why.", OURS)


@app.command()
def workbook(course: CourseDir = Path()) -> None:
    """Write all graded assignments into one Excel file, reports/grades.xlsx."""
    from autograder.course import grading_run as classes
    from autograder.course.term import workbook as workbooks

    place = term.course_at(course)
    graded = [path.parent.name for path in sorted((place.root / "reports").glob("*/grades.json"))]
    reports: dict[str, Report] = {}
    scores: dict[str, dict[str, Score]] = {}
    people: rosters.People = {}
    for assignment in graded:
        if classes.read_report(place, assignment)["students"]:
            _, reports[assignment], scores[assignment], (people, *_) = graded_report(course, assignment)
    if not reports:
        fail("Expected graded assignments, found none; run `autograder grade ASSIGNMENT` first.", OURS)
    path = place.root / "reports" / "grades.xlsx"
    write(path, workbooks.written(reports, scores, people), mode=0o600)
    console.print(f"Workbook of {', '.join(reports)}: {path}", soft_wrap=True, markup=False)


@app.command()
def unread(
    assignment: Assignment,
    course: CourseDir = Path(),
    part: Annotated[str, typer.Option(help="Your share of the students, such as 2/5.")] = "1/1",
    server: Annotated[str, typer.Option(help="Address of your Jupyter server.")] = "http://localhost:8888",
) -> None:
    """List the written answers that nobody has read yet, with links that open them in the formgrader."""
    from autograder.course import gradebook
    from autograder.course.term import history
    from autograder.course.term import unread as readers

    which = readers.part_of(part)
    place, graded, scores, (people, *_) = graded_report(course, assignment)
    ever = history.students_of(history.read(place, assignment))
    chosen = readers.students_of_part(ever, *which) & graded["students"].keys()
    with gradebook.opened(place) as book:
        pages = gradebook.notebook_ids(book, assignment)
    found = readers.waiting(scores, pages, chosen, server)
    names = names_of(read_release(place.release(assignment)))
    for question, group in itertools.groupby(found, lambda one: one.question):
        answers = list(group)
        title = names.get(question, question)
        console.print(f"{title}: {len(answers)} to read", style="bold", markup=False, highlight=False)
        for one in answers:
            words = [*called(one.student, people), one.link]
            console.print("  " + "  ".join(words), soft_wrap=True, markup=False, highlight=False)
    console.print(f"Answers still to read: {len(found)}, of {len({one.student for one in found})} students.")


@app.command()
def gradescope(
    assignment: Assignment,
    out: Annotated[Path, typer.Option("-o", "--out", help="The zip to write.")] = Path("autograder.zip"),
    course: CourseDir = Path(),
) -> None:
    """Write a zip to upload to Gradescope, which then judges an assignment as `grade` does.

    The zip contains the course's secret and, for a judge of your own, its solutions: give it to nobody else.
    """
    from autograder.course.gradescope import archive

    place = courses.open_course(course, known(assignment, course))
    about = settings.read(place).of(assignment)
    count = archive.written(place, assignment, about.visibility, about.attempts, out)
    limit = f"{about.attempts} judged" if about.attempts else "all attempts judged"
    console.print(
        f"{out}: {count} files, results {about.visibility}, {limit}. It contains the secret.",
        "Choose at least 2 CPUs and 3 GB in Gradescope.",
        soft_wrap=True,
    )


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Say which jail submissions run in on this machine, whether it holds, and what to do if not."""
    found = machine.checks(machine.facts(trial=True))
    if as_json:
        print(json.dumps([check._asdict() for check in found], indent=1))
    else:
        for check in found:
            console.print("ok  " if check.well else "lack", check.words, soft_wrap=True, markup=False)
            if check.remedy:
                console.print("     remedy:", check.remedy, soft_wrap=True, markup=False, highlight=False)
    raise typer.Exit(0 if found[0].well else OURS)


def main() -> None:
    """Run the command line; failures of ours end with status 1 and words."""
    try:
        app()
    except (courses.CourseError, JudgeError) as error:
        print(error, file=sys.stderr)
        sys.exit(OURS)
    except JailUnavailable as error:
        remedy = "`autograder doctor` says what this machine lacks, and what to do."
        print(f"{error} {remedy} For submissions that you trust: --unsafe-no-jail.", file=sys.stderr)
        sys.exit(OURS)
    except OSError as error:
        print(
            f"{error.strerror or error}: {error.filename or 'a file'}. No file is half-written, and the "
            "gradebook is consistent. Solve this problem, then run the same command again.",
            file=sys.stderr,
        )
        sys.exit(OURS)


if __name__ == "__main__":
    main()
