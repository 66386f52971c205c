"""One submission -> one result."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from nbformat import NotebookNode

from autograder.engine import afterwards, causes
from autograder.engine import interview as interviews
from autograder.engine import submission as submissions
from autograder.engine.answers import Recorded
from autograder.engine.assignment import Assignment
from autograder.engine.judge import Answers, Came, Finding, Outcome, Verdict, Verdicts
from autograder.engine.newer import Version
from autograder.engine.scale import Kind
from autograder.engine.words import printable
from autograder.jail import DEFAULT_LIMITS, LANDLOCK, Jailed, Limits, Worker

Row = dict[str, Any]  # a student's, as in grades.json
Report = dict[str, Any]  # grades.json
# Flags about the jail; where there is none of them, it was bubblewrap.
NO_JAIL = submissions.Flag(
    "no-jail", "This submission ran without a jail, with all permissions of the person who graded it."
)
SECOND_JAIL = submissions.Flag(
    "jail-landlock", "This submission ran in the second kind of jail, Landlock, which needs no namespaces."
)


class TaskResult(NamedTuple):
    """One automatic task: points and the findings that explain them."""

    points: float
    max: float
    outcome: Outcome
    findings: tuple[Finding, ...] = ()


class Status(StrEnum):
    """Whether a submission could be graded, as `grades.json` says it."""

    GRADED = "graded"
    UNREADABLE = "unreadable"


class Result(NamedTuple):
    """The automatic part of one submission."""

    status: Status
    flags: tuple[submissions.Flag, ...]
    tasks: dict[str, TaskResult]  # by id
    submission: submissions.Submission | None = None

    @property
    def automatic(self) -> float:
        return round(sum(task.points for task in self.tasks.values()), 2)


def grade_notebook(
    path: Path | str,
    release: NotebookNode,
    assignment: Assignment,
    secret: str,
    limits: Limits = DEFAULT_LIMITS,
    jailed: Jailed = True,
    worker: Worker | Recorded | None = None,
) -> Result:
    """Grade the automatic tasks of one notebook -> Result.

    Args:
        path: the submitted notebook.
        release: the release notebook, from `submission.read_release`.
        assignment: from `tasks.load`.
        secret: words that make the questions unpredictable; the same words give the same questions.
        jailed: as for `Worker`.
        worker: a running `Worker` to use; by default the submission has one of its own.
    """
    try:
        submission = submissions.read(path, release)
    except submissions.Unreadable as refusal:
        return unreadable(refusal, assignment)
    preload = interviews.modules_to_preload(submission.cells)
    if worker is not None:
        worker.prepare(preload)
        return judge_submission(submission, assignment, secret, worker)
    with Worker(limits, jailed, preload) as own:
        return judge_submission(submission, assignment, secret, own)


def unreadable(refusal: submissions.Unreadable, assignment: Assignment) -> Result:
    """The Result for a file that `submission.read` refused."""
    return refused(assignment, submissions.Flag(refusal.id, str(refusal)))


def refused(assignment: Assignment, flag: submissions.Flag) -> Result:
    """The Result of what cannot be graded, for the reason that the flag says."""
    missing = {task.id: TaskResult(0.0, task.points, Outcome.MISSING) for task in assignment.tasks}
    return Result(Status.UNREADABLE, (flag,), missing)


def judge_submission(
    submission: submissions.Submission, assignment: Assignment, secret: str, worker: Worker | Recorded
) -> Result:
    """Interview a submission and judge its answers -> Result."""
    wanted = {task.id for task in assignment.tasks if not _missing(task, submission)}
    told = interviews.interview(submission, assignment, secret, worker, wanted)
    questions = interviews.questions_of(assignment, secret)
    verdicts = {
        task.id: told.verdicts.get(task.id) or _no_verdict(task, told, submission)
        if task.id in wanted and not _still_to_do(task, told, submission)
        else Verdict(Outcome.MISSING, 0.0)
        for task in assignment.tasks
    }
    verdicts = afterwards.followed_up(verdicts, assignment, submission, questions, told)
    python = worker.python.version[:2]
    verdicts, notes = with_causes(verdicts, assignment, told, python, submission.given)
    flags = (*submission.flags, *flags_of(told.answers, told.failures), *flags_in(verdicts), *notes)
    if not worker.jailed:
        flags = (*flags, NO_JAIL)
    elif worker.kind == LANDLOCK:
        flags = (*flags, SECOND_JAIL)
    tasks = {
        task.id: TaskResult(
            round(task.points * verdicts[task.id].share, 2),
            task.points,
            verdicts[task.id].outcome,
            verdicts[task.id].findings,
        )
        for task in assignment.tasks
    }
    return Result(Status.GRADED, flags, tasks, submission)


def result_dict(result: Result) -> Row:
    """A result as in grades.json, with the automatic points alone."""
    return {
        "status": result.status,
        "score": result.automatic,
        "manual_pending": 0,
        "flags": [{"id": flag.id, "message": flag.message} for flag in result.flags],
        "tasks": {
            name: {
                "points": task.points,
                "max": task.max,
                "outcome": task.outcome,
                "findings": [{"id": f.id, "message": f.message, "hint": f.hint} for f in task.findings],
            }
            for name, task in result.tasks.items()
        },
    }


STOPPED = {
    Came.TIMEOUT: "did not end in time",
    Came.CRASHED: "ended the process",
    Came.MALFORMED: "sent data that nobody requested, so its process was stopped",
}


def with_causes(
    verdicts: Verdicts,
    assignment: Assignment,
    told: interviews.Interview,
    python: Version,
    given: Collection[str] = (),
) -> tuple[Verdicts, tuple[submissions.Flag, ...]]:
    """The verdicts with the true cause of what was missing -> (verdicts, Flags for the reader).

    Args:
        told: the `interview.Interview`.
        python: the (major, minor) version that ran the notebook.
        given: ids of the release's own cells.
    """
    flags, explained = {}, dict(verdicts)
    statements = tuple(statement for statement in told.statements if statement.cell not in given)
    for task in assignment.tasks:
        verdict, notes = causes.explained(
            verdicts[task.id], task.name, told.answers[task.id].values(), told.failures, python
        )
        if verdict.findings == verdicts[task.id].findings:
            verdict = causes.with_later_values(verdict, task.name, told.answers[task.id].values(), statements)
        explained[task.id] = verdict
        flags.update(dict.fromkeys(notes))
    return explained, tuple(flags)


def flags_of(
    answers: Mapping[str, Answers], failures: Iterable[interviews.Failure]
) -> Iterator[submissions.Flag]:
    """What the reader should know of how the submission ran."""
    stopped = {failure.cell: failure.answer.kind for failure in failures if failure.answer.kind in STOPPED}
    for cell, kind in stopped.items():
        place = "an added cell" if cell.startswith(submissions.ADDED) else f"the cell {printable(cell)}"
        words = f"A statement of {place} {STOPPED[kind]}; the others ran without it."
        yield submissions.Flag("statement-left-out", words)
    failed = [failure.answer for failure in failures]
    failed += [answer for asked in answers.values() for answer in asked.values()]
    said = [str(answer.data.get("message", "")) for answer in failed if answer.kind == Came.ERROR]
    if any(sign in text for sign in causes.NO_NETWORK for text in said):
        yield submissions.Flag(
            "network-denied", "The code tried to reach the network, which grading does not allow."
        )


def flags_in(verdicts: Verdicts) -> list[submissions.Flag]:
    """What a person should look at, whatever the points."""
    findings = [finding for verdict in verdicts.values() for finding in verdict.findings]
    return [submissions.Flag(finding.id, finding.flag) for finding in findings if finding.flag]


def _missing(task, submission):
    return task.id in submission.untouched and not _mentioned_elsewhere(task, submission)


def _still_to_do(task, told, submission):
    """Whether what was asked after all, since another cell mentions it, is the stub of the release."""
    raised = [answer.data.get("type") for answer in told.answers[task.id].values()]
    return task.id in submission.untouched and set(raised) == {"NotImplementedError"}


def _no_verdict(task, told, submission):
    """The verdict on a task whose function did not come to be."""
    if task.id in submission.untouched:
        return Verdict(Outcome.MISSING, 0.0)
    if found := causes.without_function(task.name, task.id, told.failures):
        return found
    words = f"After the cell ran there is no `{task.name}`."
    hint = f"Keep the name: def {task.name} or class {task.name}, as in the release."
    return Verdict(Outcome.ERROR, 0.0, (Finding("name-missing", words, hint, kind=Kind.NOTHING),))


def _mentioned_elsewhere(task, submission):
    """Whether other cells of the student's may give the task's name another value, or change its class."""
    sources = [*submission.added, *(s for i, s in submission.answers.items() if i != task.id)]
    return any(re.search(rf"\b{task.name}\b", source) for source in sources)
