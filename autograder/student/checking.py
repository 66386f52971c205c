"""A student's own check of a notebook file, or of the functions of the running notebook."""

import os
import platform
import sys
import time
import warnings
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nbformat import NotebookNode

from autograder import CannotCheck, tasks
from autograder.engine import grading, identities, interview, submission
from autograder.engine.assignment import Assignment
from autograder.engine.submission import Submission
from autograder.jail import DEFAULT_LIMITS, Jailed, JailUnavailable, Limits, Worker
from autograder.report import pages as report
from autograder.student import pictures as curves
from autograder.student import session, visible
from autograder.student.session import Shell

# A student's machine may be slow, and nobody else waits for it.
LIMITS = Limits(submission_seconds=2 * DEFAULT_LIMITS.submission_seconds)
SEED_WORDS = interview.PUBLIC  # grading has a course's secret here


class Checked(NamedTuple):
    """What `check` found; shown as a page in a notebook and as text in a terminal."""

    assignment: str
    row: grading.Row
    sentences: dict[str, str]  # {task id: what it asks for}
    written: str  # about the questions that a person reads
    pictures: dict[str, curves.Picture]  # by task id
    maximum: float  # of the automatic points, without a bonus
    account: tuple[str, ...] = ()  # sentences: what of a running notebook was checked

    @property
    def readable(self) -> bool:
        return self.row["status"] == grading.Status.GRADED

    @property
    def headline(self) -> str:
        """Points so far, and what to do next."""
        if not self.readable:
            return " ".join(flag["message"] for flag in self.row["flags"])
        words = f"{report.number(self.row['score'])} of {self.maximum:g} automatic points so far"
        return f"{words}; next: {self.next}." if self.next else f"{words}: all of them."

    @property
    def next(self) -> str | None:
        """The first task that has not earned all of its points, or None."""
        behind = (n for n, task in self.row["tasks"].items() if task["points"] < task["max"])
        return next(behind, None)

    def __str__(self) -> str:
        if not self.readable:
            return self.headline
        lines = [*self.account, self.headline, *(flag["message"] for flag in self.row["flags"])]
        for name, task in self.row["tasks"].items():
            points = f"{report.number(task['points'])} of {report.number(task['max'])}"
            lines.append(f"{name}: {points}, {report.WORDS[task['outcome']]}")
            lines += [f"    {finding['message']} {finding['hint']}".rstrip() for finding in task["findings"]]
        return "\n".join([*lines, self.written])

    def _repr_pretty_(self, printer, cycle):
        printer.text(str(self))

    def _repr_html_(self):
        return report.PAGES.get_template("check.html").render(checked=self, words=report.WORDS)


class How(NamedTuple):
    """How a notebook is checked: options of `check`."""

    limits: Limits = LIMITS
    say: Callable[[str], None] = print
    jailed: Jailed | None = False
    draw: bool = False


class Checkable(NamedTuple):
    """A session or a file, and what it is checked against."""

    shell: Shell | None  # of the running notebook; None for a file
    path: Path | str | None
    rules: Assignment
    release: NotebookNode

    def read(self) -> tuple[Submission, tuple[str, ...]]:
        """The Submission, and sentences about what of a running notebook it is.

        Raises:
            submission.Unreadable: the file is no notebook of this assignment.
        """
        if self.shell:
            return session.read(self.shell, self.release, self.rules)
        return submission.read(self.path or "", self.release), ()

    def how_it_runs(self, worker: Worker, jailed: Jailed | None) -> str:
        return "in a fresh process" if self.shell else how_a_file_runs(worker, jailed)


def check(
    path: Path | str | None = None,
    assignment: str | None = None,
    limits: Limits = LIMITS,
    say: Callable[[str], None] = print,
    draw: bool = True,
    jailed: Jailed | None = False,
    rules: Assignment | None = None,
    release: Path | str | None = None,
) -> Checked | visible.Seen:
    """Ask every task of a notebook, with other inputs than in grading -> Checked.

    It runs the code in a process of its own, as its author would or in a jail. Where no judge of the
    assignment is installed, or a release is given without one, its visible checks run -> visible.Seen.

    Args:
        path: a notebook file; by default what the running notebook holds.
        assignment: its name, where the running notebook holds functions of several.
        limits: `Limits`.
        say: told in words what begins, since it takes a while.
        draw: whether to draw what is wrong where that can be seen.
        jailed: whether to run the code in a jail, or the kind, as for `Worker`; None: in a jail if one works.
        rules, release: a course's `Assignment`, and the path of its release; by default the package's own.
    Raises:
        CannotCheck: with words that say what it needs.
    """
    what = checkable(path, assignment, {rules.id: rules} if rules else readable(release), release)
    judged = rules is not None or release is None and what.rules.id in tasks.ASSIGNMENTS
    how = How(limits, say, jailed, draw)
    return judge(what, how) if judged else visible_checks(what, how)


def check_visible(path: Path | str, release: Path | str | None, how: How) -> visible.Seen:
    """Run the visible checks alone; arguments as for `check`.

    Raises:
        CannotCheck: with words that say what they need.
    """
    return visible_checks(checkable(path, None, readable(release), release), how)


def checkable(
    path: Path | str | None,
    assignment: str | None,
    known: Mapping[str, Assignment],
    release: Path | str | None,
) -> Checkable:
    """What is to be checked; arguments as for `what_to_check` and `check`.

    Raises:
        CannotCheck: with words that say what the check needs.
    """
    shell, assignment = what_to_check(path, assignment, known)
    notebook = submission.read_release(release or tasks.release_of(assignment))
    return Checkable(shell, path, known[assignment], notebook)


def judge(what: Checkable, how: How) -> Checked:
    """What the judge of an assignment says; arguments as for `check`.

    Raises:
        CannotCheck: no jail works, or a session holds no function of the assignment.
    """
    rules, pictures = what.rules, {}
    account: tuple[str, ...] = ()
    try:
        own, account = what.read()
        with worker_for(own, how.limits, how.jailed) as worker:
            count, place = len(rules.tasks), what.how_it_runs(worker, how.jailed)
            how.say(f"Checking {count} task{'s' * (count > 1)} of {rules.id} {place} ...")
            end = time.monotonic() + how.limits.submission_seconds
            result = grading.judge_submission(own, rules, SEED_WORDS, worker)
            if how.draw:
                pictures = curves.pictures(result, rules, worker, end - time.monotonic())
    except submission.Unreadable as refusal:
        result = grading.unreadable(refusal, rules)
    except JailUnavailable as refusal:
        raise CannotCheck(str(refusal)) from refusal
    flags = tuple(flag for flag in result.flags if flag not in (grading.NO_JAIL, grading.SECOND_JAIL))
    untouched = () if what.shell or not result.submission else result.submission.untouched
    return Checked(
        rules.id,
        grading.result_dict(result._replace(flags=flags)),
        {task.id: task.doc for task in rules.tasks},
        written_questions(what.release, untouched),
        pictures,
        identities.maximum(what.release, written=False),
        account,
    )


def readable(release: Path | str | None = None) -> dict[str, Assignment]:
    """{name: Assignment} of what can be checked here, without a judge where none is installed.

    Args:
        release: path of a release; by default all that come with the package.
    Raises:
        CannotCheck: it is no release.
    """
    if release is None:
        judged = {name: tasks.load(name) for name in tasks.ASSIGNMENTS}
        return {name: visible.rules_of(name, release_of(name)) for name in tasks.released()} | judged
    try:
        return {Path(release).stem: visible.rules_of(Path(release).stem, visible.release_at(Path(release)))}
    except (OSError, ValueError) as error:
        raise CannotCheck(f"{release} cannot be used as a release: {error}") from error


def visible_checks(what: Checkable, how: How) -> visible.Seen:
    """What the visible checks say of a session or a file; arguments as for `check`.

    Raises:
        CannotCheck: the file is no notebook of this assignment.
    """
    try:
        own, account = what.read()
    except submission.Unreadable as refusal:
        raise CannotCheck(str(refusal)) from refusal
    with worker_for(own, how.limits, how.jailed) as worker:
        rules, place = what.rules, what.how_it_runs(worker, how.jailed)
        how.say(f"Running {len(rules.tasks)} visible checks of {rules.id} {place} ...")
        return visible.check(rules.id, own, what.release, worker, tuple(account))


def what_to_check(
    path: Path | str | None, assignment: str | None, known: Mapping[str, Assignment]
) -> tuple[Shell | None, str]:
    """(IPython's shell, or None for a file; name of the assignment), from the arguments of `check`.

    Args:
        known: as from `readable`.
    Raises:
        CannotCheck: with words that say what it needs.
    """
    if platform.system() == "Windows":
        raise CannotCheck("The check needs Linux or macOS; on Windows use WSL, or Google Colab.")
    if assignment is not None and assignment not in known:
        raise CannotCheck(f"Expected one of the assignments {', '.join(known)}, got {assignment!r}.")
    only = next(iter(known)) if len(known) == 1 else None
    if path is None:
        shell = running_shell()
        return shell, assignment or only or assignment_in(shell.user_ns, known)
    if not (isinstance(path, str | os.PathLike) and Path(path).is_file()):
        raise CannotCheck(f"Expected a notebook file, but {path} does not exist.")
    return None, assignment or only or assignment_of(path, known)


def worker_for(own: Submission, limits: Limits, jailed: Jailed | None) -> Worker:
    """A Worker for a Submission; `jailed` None: one in a jail if that works here, else as for `Worker`.

    Raises:
        CannotCheck: a jail was asked for, and none works.
    """
    preload = interview.modules_to_preload(own.cells)
    if jailed is not False:
        try:
            worker = Worker(limits, jailed=True if jailed is None else jailed, preload=preload)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what it lacks is said with how the file runs
                worker.start()
            return worker
        except JailUnavailable as refusal:
            if jailed:
                words = f"{refusal} --no-jail runs the notebook with all your permissions."
                raise CannotCheck(words) from refusal
    return Worker(limits, jailed=False, preload=preload)


def how_a_file_runs(worker: Worker, jailed: Jailed | None) -> str:
    """In words, for the first line; `jailed` as for `check`."""
    if worker.jailed:
        lacking = f" (weaker here: this system lacks {', '.join(worker.lacking)})" if worker.lacking else ""
        return f"in a {worker.kind} jail{lacking}"
    why = ", as none works here" if jailed is None else ""
    return f"without a jail{why}: the notebook's code runs with all your permissions"


def running_shell() -> Shell:
    """IPython's shell of the running notebook.

    Raises:
        CannotCheck: there is none.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        raise CannotCheck(
            "check() looks at the functions of a running notebook, but this is not a notebook. "
            'Pass a file: check("my-notebook.ipynb").'
        )
    return shell


def assignment_in(namespace: Mapping[str, Any], known: Mapping[str, Assignment]) -> str:
    """The assignment whose functions a namespace holds.

    Raises:
        CannotCheck: there are none, or as many of another.
    """
    found = {
        name: sum(callable(namespace[f]) for f in session.functions_of(namespace, rules))
        for name, rules in known.items()
    }
    most = [name for name, count in found.items() if count == max(found.values())]
    if not any(found.values()):
        first = next(iter(known[most[0]].tasks)).name
        raise CannotCheck(
            "No function of an assignment is defined here yet: run the cells of your notebook first, such "
            f"as the one that defines {first}. Known assignments: {', '.join(found)}."
        )
    if len(most) > 1:
        raise CannotCheck(
            f"This session has functions of {' and '.join(most)}; choose one: check(assignment={most[0]!r})."
        )
    return most[0]


def assignment_of(path: Path | str, known: Mapping[str, Assignment]) -> str:
    """The assignment whose cells are in the notebook file; the first if none is."""
    for name in known:
        try:
            submission.read(path, release_of(name))
        except submission.Unreadable:
            continue
        return name
    return next(iter(known))


def release_of(assignment: str) -> NotebookNode:
    return submission.read_release(tasks.release_of(assignment))


def written_questions(release: NotebookNode, untouched: Collection[str]) -> str:
    """What a person reads, and which of it is known to be unanswered."""
    worth = identities.written_points(release)
    words = [
        f"{name}: {f'not answered, 0 of {most:g}' if name in untouched else f'{most:g} points'}"
        for name, most in worth.items()
    ]
    if not worth:
        return ""
    return f"A person reads the written questions, {sum(worth.values()):g} points ({'; '.join(words)})."
