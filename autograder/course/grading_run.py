"""Grade a class: every submission once, one failing student never stops the others."""

from __future__ import annotations

import concurrent.futures
import contextlib
import copy
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import nbformat
from nbformat import NotebookNode

from autograder.course import directory as courses
from autograder.course import gradebook, lines, locks, standing
from autograder.course.atomic import write
from autograder.course.directory import Course
from autograder.course.folders import HandedIn
from autograder.course.gradebook import Again, Score, Texts
from autograder.course.term import history, penalties
from autograder.course.workers import Workers
from autograder.engine import answers, grading, identities, submission
from autograder.engine.grading import Report, Result, Row, Status, result_dict
from autograder.engine.judge import Came, Finding, Outcome
from autograder.jail import DEFAULT_LIMITS, Jailed, Limits
from autograder.jail.interpreter import Interpreter

if TYPE_CHECKING:
    from autograder.course.cluster import Cluster

ANSWER_CHANGED = "answer-changed"  # flag of a written answer that a person must read again
READ_AGAIN = "autograder_read_again"  # where a graded notebook keeps which answers those are


class Running(NamedTuple):
    """Where and how submissions run.

    Args:
        limits, jailed: as for `jail.Worker`.
        python: what runs them; by default the Python that this runs on.
        jobs: submissions at a time; the cores by default.
        scheduler: address of a Dask scheduler; its workers run the submissions instead of this machine.
        full: run the given cells tagged `skip-grading`, too.
    """

    limits: Limits = DEFAULT_LIMITS
    jailed: Jailed = True
    python: Interpreter | None = None
    jobs: int | None = None
    scheduler: str | None = None
    full: bool = False


class Redo(NamedTuple):
    """What is done again for a submission that was graded before.

    Args:
        run: run the notebook again even where an earlier result of it is kept.
        judge: judge again what it answered; only what was never asked is run.
        task: enter new points for this task alone; implies `judge`.
    """

    run: bool = False
    judge: bool = False
    task: str | None = None


class Watcher(NamedTuple):
    """Who is told how grading goes.

    Args:
        on_result: called with the student and the Result, after each submission.
        on_wait: called with words about another grader of this assignment, for whose end is waited then;
            None: `Busy` is raised instead.
    """

    on_result: Callable[[str, Result], None] = lambda student, result: None
    on_wait: Callable[[str], None] | None = None


def grade(
    course: Course,
    assignment: str,
    students: Sequence[str] | None = None,
    running: Running = Running(),  # noqa: B008 - immutable
    redo: Redo = Redo(),  # noqa: B008
    watcher: Watcher = Watcher(),  # noqa: B008
) -> Report:
    """Grade submissions into gradebook, `autograded/` and `reports/ASSIGNMENT/grades.json`.

    Each student's result is kept, then entered in one transaction, as soon as it is there: a grader that
    was killed at any moment is continued by the next, to the same end.

    Args:
        students: ids to grade; all who submitted by default.
    Returns:
        The report, as in grades.json.
    Raises:
        CourseError: a student of `students` has not submitted, or the gradebook refused.
        locks.Busy: another grader is at work.
        OSError: a file could not be written.
    """
    found = course.submissions(assignment)
    if missing := [name for name in students or () if name not in found]:
        raise courses.CourseError(
            f"Expected a folder submitted/STUDENT/{assignment} for {', '.join(missing)}, found none."
        )
    chosen = found if students is None else {name: found[name] for name in students}
    rows = {}
    with (
        locks.grading(course, assignment, students is None, watcher.on_wait),
        workers_of(course, running) as workers,
        Grader(course, assignment, workers, running.full).expecting(
            chosen.values(), running.jobs, redo.run
        ) as grader,
    ):
        before = {} if redo.task is None else rows_of_the_same(course, assignment)
        judging = judged_in_turn(grader, chosen, running.jobs or workers.jobs, redo)
        with contextlib.closing(judging) as judged:
            for student, result in judged:
                if redo.task is not None and student in before:
                    result = one_task_changed(before[student], result, redo.task)
                rows[student] = grader.record(student, result)
                watcher.on_result(student, result)
        return grader.report(rows, merge=students is not None)


def rows_of_the_same(course: Course, assignment: str) -> dict[str, Row]:
    """Rows of grades.json of students who handed in no other notebook since; points of two do not mix."""
    rows = read_report(course, assignment)["students"]
    newer = standing.replaced(course, assignment, rows)
    return {student: row for student, row in rows.items() if student not in newer}


def judged_in_turn(
    grader: Grader, chosen: Mapping[str, HandedIn], jobs: int, redo: Redo
) -> Generator[tuple[str, Result], None, None]:
    """(student, Result) of each submission, several at a time, as they come; close it to end them all.

    Those that ran out of time beside others come last, after another run with the machine to themselves.

    Args:
        chosen: {student: HandedIn}.
        jobs: how many at a time.
    """
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    waiting = list(chosen.items())[::-1]
    judging: dict[concurrent.futures.Future[Result], str] = {}
    how = (redo.run, redo.judge or redo.task is not None)
    late = []
    try:
        while waiting or judging:
            while waiting and len(judging) < 2 * jobs:  # not all at once: results take memory
                student, handed_in = waiting.pop()
                judging[pool.submit(grader.judge, handed_in, *how)] = student
            for done in concurrent.futures.wait(judging, return_when=FIRST_COMPLETED).done:
                student, result = judging.pop(done), done.result()
                if chosen[student].path in grader.late:
                    late.append(student)
                else:
                    yield student, result
        for student in late:
            yield student, pool.submit(grader.judge, chosen[student], *how).result()
    except BaseException:
        grader.workers.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def workers_of(course: Course, running: Running) -> Workers | Cluster:
    """Who runs submissions: this machine, or the workers of a Dask scheduler."""
    if running.scheduler is None:
        return Workers(running.limits, running.jailed, course.private(), running.python)
    from autograder.course.cluster import Cluster

    return Cluster(running.scheduler, running.limits, running.jailed)


class Neighbours:
    """Which notebooks run now, and whether others did meanwhile."""

    def __init__(self) -> None:
        self._running: dict[Path, bool] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def of(self, path: Path) -> Generator[Callable[[], bool], None, None]:
        """While this notebook runs: a function that says whether another one has run since it began."""
        with self._lock:
            self._running = dict.fromkeys((*self._running, path), bool(self._running))
        try:
            yield lambda: self._running[path]
        finally:
            with self._lock:
                del self._running[path]


class Grader:
    """Judges submissions of one assignment, keeps what they answered, and enters their results.

    `judge` may be called by several threads at a time, the other methods by one. A submission that ran out of
    time while others ran is then in `late`: judged again, it has the better of both results.
    """

    def __init__(
        self, course: Course, assignment: str, workers: Workers | Cluster, full: bool = False
    ) -> None:
        self.course, self.assignment, self.workers = course, assignment, workers
        self.began = time.time()
        self.release, self.secret = submission.read_release(course.release(assignment), full), course.secret()
        self.asked = (
            nbformat.writes(self.release),
            self.secret,
            str(workers.limits),
            str(workers.jailed),
            answers.asking_version(workers.python),
        )
        self.version = courses.grader_version()
        # {notebook: (its identity, its Result)}; nothing of them is kept yet, so that the next grader, where
        # this one is killed, judges them again.
        self.late: dict[Path, tuple[tuple[Path, Path], Result]] = {}
        self.neighbours = Neighbours()
        self._opened = contextlib.ExitStack()

    def expecting(self, handed_in: Iterable[HandedIn], jobs: int | None, force: bool) -> Grader:
        """The same, with the workers starting that these submissions need; the rest takes time, too."""
        to_run = (one for one in handed_in if not one.refusal and (force or not self.is_kept(one.path)))
        count = sum(1 for _ in islice(to_run, jobs or self.workers.jobs))
        self.workers.launch(count, self.release)
        return self

    def load_rules(self) -> None:
        """Load the assignment's rules, whose version is a part of what `identity` returns."""
        self.rules = self.course.rules(self.assignment)
        self.version += self.rules.version

    def __enter__(self):
        self.load_rules()
        with locks.recording(self.course):
            gradebook.ensure_assignment(self.course, self.assignment, self.release)
        self.book = self._opened.enter_context(gradebook.opened(self.course))
        return self

    def __exit__(self, *error):
        return self._opened.__exit__(*error)

    def judge(self, handed_in: HandedIn, force: bool = False, rejudge: bool = False) -> Result:
        """The Result of a `folders.HandedIn`, with the flags about its folder."""
        if handed_in.refusal:
            return grading.refused(self.rules, handed_in.refusal)
        result = self.judge_file(handed_in.path, force, rejudge)
        return result._replace(flags=(*handed_in.flags, *result.flags))

    def judge_file(self, path: Path, force: bool = False, rejudge: bool = False) -> Result:
        """The Result of a notebook: the kept one, or judged from what it answered, or by running it."""
        identity = self.identity(path)
        if identity is None:
            return self.workers.judged(path, self.release, self.rules, self.secret)[0]
        of_answers, of_result = identity
        if not (force or rejudge) and (kept := _kept(of_result)) is not None:
            with contextlib.suppress(submission.Unreadable):  # replaced at this very moment
                return _restored(kept, path, self.release)
        known = of_answers.read_bytes() if of_answers.is_file() and not force else b""
        before, first = self.late.pop(path, (None, None))
        with self.neighbours.of(path) as had_others:
            result, record = self.workers.judged(path, self.release, self.rules, self.secret, known)
            if first is None and record is not None and ran_out_of_time(result) and had_others():
                self.late[path] = identity, result
                return result
        if first is not None and before == identity and first.automatic >= result.automatic:
            record = record if first.automatic == result.automatic else None
            result = first
        if self.identity(path) == identity:  # else the student handed in again meanwhile
            if record is not None:
                write(of_answers, record)
            if not any(t.outcome == Outcome.UNGRADED for t in result.tasks.values()):
                write(of_result, json.dumps(result_dict(result)))
        return result

    def identity(self, path: Path) -> tuple[Path, Path] | None:
        """Where the answers and the result of this very submission are kept; None for no readable file."""
        try:
            if not path.is_file() or path.stat().st_size > submission.SIZE_LIMIT:
                return None
            content = path.read_bytes()
        except OSError:
            return None
        asked = _digest(content, *self.asked)
        return (
            self.course.answers() / f"{asked}.gz",
            self.course.results() / f"{_digest(asked, self.version)}.json",
        )

    def is_kept(self, path: Path) -> bool:
        """Whether nothing need be run for this submission, as far as its file shows."""
        identity = self.identity(path)
        return identity is None or any(kept.is_file() for kept in identity)

    def record(self, student: str, result: Result) -> Row:
        """Enter a result into the gradebook and `autograded/` -> the student's row of grades.json."""
        target = self.course.autograded(student, self.assignment)
        again = self.enter(student, result, *graded_before(target))
        if result.submission is not None:
            write(target, nbformat.writes(graded_notebook(result, again, self.release)), mode=0o600)
            # What is handed in from now on may be another notebook than this one.
            os.utime(target, (self.began, self.began))
        return result_dict(result)

    def enter(self, student: str, result: Result, answers_before: Texts, again_before: Again) -> Again:
        """Enter a result into the gradebook, as `gradebook.store` does, and its row for `read_report`."""
        with locks.recording(self.course):
            again = gradebook.store(self.book, self.assignment, student, result, answers_before, again_before)
            # At once: a page has the points of the gradebook and the words of the row.
            lines.append(self.course.newer_rows(self.assignment), [{student: result_dict(result)}])
            return again

    def report(self, rows: Mapping[str, Row], merge: bool) -> Report:
        """Write grades.json -> the report.

        Args:
            rows: {student: what `record` returned}.
            merge: keep the rows of other students.
        """
        with locks.recording(self.course):
            kept = read_report(self.course, self.assignment)["students"] if merge else {}
            report = {
                "assignment": self.assignment,
                "max_score": identities.maximum(self.release),
                "students": dict(sorted({**kept, **rows}.items())),
            }
            return refresh(self.course, report)[0]


def ran_out_of_time(result: Result) -> bool:
    """Whether points are missing, perhaps since an answer or a statement took too long."""
    left_out = any(grading.STOPPED[Came.TIMEOUT] in flag.message for flag in result.flags)
    return any(
        task.points < task.max and (left_out or task.outcome == Outcome.TIMEOUT)
        for task in result.tasks.values()
    )


def _kept(path):
    """What `result_dict` wrote; None where there is nothing, or the disk damaged it."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _digest(*parts):
    digest = hashlib.sha256()
    for part in parts:
        part = part.encode() if isinstance(part, str) else part
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def one_task_changed(row: Row, result: Result, task: str) -> Result:
    """A new Result that differs from a student's row of grades.json in one task only."""
    if row["status"] != Status.GRADED or result.status != Status.GRADED:
        return result
    return result._replace(tasks={**result.tasks, **_tasks_of(row), task: result.tasks[task]})


def read_report(course: Course, assignment: str) -> Report:
    """The report as in grades.json, with the rows of a grading that has not ended.

    Without students where nothing was graded yet.
    """
    path = course.grades(assignment)
    report = json.loads(path.read_text()) if path.is_file() else {"students": {}}
    known = report["students"]
    for newer in lines.read(course.newer_rows(assignment)):
        known.update((student, row) for student, row in newer.items() if student in known)
    return report


def write_report(course: Course, report: Report) -> None:
    """Write grades.json, readable by its owner only, while `locks.recording`.

    Args:
        report: what `read_report` returned, or what came of it.
    """
    text = json.dumps(report, indent=1, ensure_ascii=False)
    write(course.grades(report["assignment"]), text, mode=0o600)
    course.newer_rows(report["assignment"]).unlink(missing_ok=True)


def refresh(course: Course, report: Report) -> tuple[Report, dict[str, Score]]:
    """Bring a report to what the gradebook says now, and write grades.json, while `locks.recording`.

    Returns:
        The report, and {student: marks.Score}.
    Raises:
        CourseError: the gradebook lacks one of its students.
    """
    assignment, rows, scores = report["assignment"], {}, {}
    with gradebook.opened(course) as book, gradebook.cells_at_hand(book, assignment):
        late = penalties.record(course, book).get(assignment, {})
        newer = standing.replaced(course, assignment, report["students"])
        again_found = (ANSWER_CHANGED, standing.REPLACED.id, *penalties.FLAGS)
        for student, row in report["students"].items():
            _, again = graded_before(course.autograded(student, assignment))
            scores[student] = score = gradebook.score(book, assignment, student, again)
            flags = [
                flag
                for flag in row["flags"]
                if flag["id"] not in again_found or student in newer and flag["id"] in penalties.FLAGS
            ]
            flags += [late[student]] if student in late else []
            flags += [standing.REPLACED._asdict()] if student in newer else []
            for name, mark in score.marks.items():
                if mark.waits and mark.entered is not None:
                    note = f"The written answer of {name} changed after it was read; read it again."
                    flags.append({"id": ANSWER_CHANGED, "message": note})
            if row["status"] != Status.GRADED:  # nobody can read it
                marks = {name: mark._replace(waits=False) for name, mark in score.marks.items()}
                scores[student] = score = score._replace(marks=marks, manual_pending=0)
            pending = score.manual_pending
            rows[student] = row | {"score": score.score, "manual_pending": pending, "flags": flags}
    report = report | {"students": rows}
    history.record(course, assignment, scores)
    write_report(course, report)
    return report, scores


def graded_before(path: Path) -> tuple[Texts, Again]:
    """What the graded notebook at `path` holds; nothing where there is none.

    Returns:
        {cell id: text}, and what `gradebook.store` returned when it was written.
    """
    # A class has hundreds: nbformat's checks would take most of the time.
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        texts = {
            name: "".join(cell["source"]) for cell in notebook["cells"] if (name := submission.grade_id(cell))
        }
        return texts, notebook["metadata"].get(READ_AGAIN, {})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}, {}


def _restored(kept, path, release):
    """A Result from what `result_dict` wrote, for the same submission."""
    return grading.Result(
        kept["status"],
        tuple(submission.Flag(**flag) for flag in kept["flags"]),
        _tasks_of(kept),
        submission.read(path, release) if kept["status"] == Status.GRADED else None,
    )


def _tasks_of(row):
    """{task id: TaskResult} from what `result_dict` wrote."""
    return {
        name: grading.TaskResult(
            task["points"],
            task["max"],
            task["outcome"],
            tuple(Finding(f["id"], f["message"], f["hint"]) for f in task["findings"]),
        )
        for name, task in row["tasks"].items()
    }


def graded_notebook(result: Result, again: Again, release: NotebookNode) -> NotebookNode:
    """The submission as graded: under each test cell its points and findings.

    Args:
        again: what `gradebook.store` returned.
        release: stands for a submission that could not be read, with the reason under each test cell.
    """
    notebook = result.submission.notebook if result.submission else copy.deepcopy(release)
    reasons = [] if result.submission else [flag.message for flag in result.flags]
    notebook.metadata[READ_AGAIN] = again
    for cell in notebook.cells:
        name = (submission.grade_id(cell) or "").removeprefix("test_")
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if submission.points(cell) is None or name not in result.tasks:
            continue
        task = result.tasks[name]
        lines = [f"{task.points:g} of {task.max:g} points: {task.outcome}"]
        lines += gradebook.lines_about(task) + reasons
        text = "\n".join(lines) + "\n"
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
        if task.outcome != Outcome.UNGRADED:
            # nbgrader reads the points of a test cell from its result.
            points = {"text/plain": repr(float(task.points))}
            cell.outputs.append(nbformat.v4.new_output("execute_result", points))
    return notebook
