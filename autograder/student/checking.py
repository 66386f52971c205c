"""A student's own check of a notebook file, or of the functions of the running notebook."""

import os
import platform
import sys
import time
import warnings
from pathlib import Path
from typing import NamedTuple

from autograder import CannotCheck, tasks
from autograder.engine import grading, interview, submission
from autograder.jail import DEFAULT_LIMITS, JailUnavailable, Limits, Worker
from autograder.report import pages as report
from autograder.student import pictures as curves
from autograder.student import session, visible

# A student's machine may be slow, and nobody else waits for it.
LIMITS = Limits(submission_seconds=2 * DEFAULT_LIMITS.submission_seconds)
SEED_WORDS = interview.PUBLIC  # grading has a course's secret here


class Checked(NamedTuple):
    """What `check` found; a notebook shows it as a page, a terminal as text."""

    assignment: str
    row: dict  # one student's object of grades.json
    sentences: dict  # {task id: what it asks for}
    written: str  # about the questions that a person reads
    pictures: dict  # {task id: curves.Picture}
    account: tuple = ()  # sentences: what of a running notebook was checked

    @property
    def readable(self):
        return self.row["status"] == "graded"

    @property
    def headline(self):
        """Points so far, and what to do next."""
        if not self.readable:
            return " ".join(flag["message"] for flag in self.row["flags"])
        total = sum(task["max"] for task in self.row["tasks"].values())
        words = f"{report.number(self.row['score'])} of {total:g} automatic points so far"
        return f"{words}; next: {self.next}." if self.next else f"{words}: all of them."

    @property
    def next(self):
        """The first task that has not earned all of its points, or None."""
        behind = (n for n, task in self.row["tasks"].items() if task["points"] < task["max"])
        return next(behind, None)

    def __str__(self):
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
        return report.PAGES.get_template("check.html").render(
            checked=self, words=report.WORDS
        )


def check(path=None, assignment=None, limits=LIMITS, say=print, draw=True, jailed=False, rules=None,
          release=None):  # fmt: skip
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
    known = {rules.id: rules} if rules else readable(release)
    shell, assignment = what_to_check(path, assignment, known)
    seen = rules is None and (release is not None or assignment not in tasks.ASSIGNMENTS)
    rules, release = known[assignment], submission.read_release(release or tasks.release_of(assignment))
    if seen:
        return visible_checks(shell, path, rules, release, limits, say, jailed)
    account = ()
    try:
        if shell:
            own, account = session.read(shell, release, rules)
        else:
            own = submission.read(path, release)
        with worker_for(own, limits, jailed) as worker:
            how = "in a fresh process" if shell else how_a_file_runs(worker, jailed)
            count = len(rules.tasks)
            say(f"Checking {count} task{'s' * (count > 1)} of {assignment} {how} ...")
            end = time.monotonic() + limits.submission_seconds
            result = grading.judge_submission(own, rules, SEED_WORDS, worker)
            pictures = curves.pictures(result, rules, worker, end - time.monotonic()) if draw else {}
    except submission.Unreadable as refusal:
        result, pictures = grading.unreadable(refusal, rules), {}
    except JailUnavailable as refusal:
        raise CannotCheck(str(refusal)) from refusal
    return Checked(
        assignment,
        grading.result_dict(
            result._replace(flags=tuple(flag for flag in result.flags if flag.id not in grading.JAIL_NOTES))
        ),
        {task.id: task.doc for task in rules.tasks},
        written_questions(release, () if shell or not result.submission else result.submission.untouched),
        pictures,
        account,
    )


def readable(release=None):
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
        return {Path(release).stem: visible.rules_of(Path(release).stem, visible.release_at(release))}
    except (OSError, ValueError) as error:
        raise CannotCheck(f"{release} cannot be used as a release: {error}") from error


def visible_checks(shell, path, rules, release, limits, say, jailed):
    """The `visible.Seen` of a session or a file; arguments as for `check`.

    Raises:
        CannotCheck: the file is no notebook of this assignment.
    """
    try:
        own, account = session.read(shell, release, rules) if shell else (submission.read(path, release), ())
    except submission.Unreadable as refusal:
        raise CannotCheck(str(refusal)) from refusal
    with worker_for(own, limits, jailed) as worker:
        how = "in a fresh process" if shell else how_a_file_runs(worker, jailed)
        say(f"Running {len(rules.tasks)} visible checks of {rules.id} {how} ...")
        return visible.check(rules.id, own, release, worker, tuple(account))


def what_to_check(path, assignment, known):
    """(IPython's shell, or None for a file; name of the assignment), from the arguments of `check`.

    Args:
        known: as from `readable`.
    Raises:
        CannotCheck: with words that say what it needs.
    """
    if platform.system() == "Windows":
        raise CannotCheck("The check needs Linux or macOS; on Windows use WSL, or Google Colab.")
    if assignment is not None and assignment not in known:
        raise CannotCheck(f"Expected an assignment of {', '.join(known)}, got {assignment!r}.")
    only = next(iter(known)) if len(known) == 1 else None
    if path is None:
        shell = running_shell()
        return shell, assignment or only or assignment_in(shell.user_ns, known)
    if not (isinstance(path, str | os.PathLike) and Path(path).is_file()):
        raise CannotCheck(f"Expected a notebook file, found no {path}.")
    return None, assignment or only or assignment_of(path, known)


def worker_for(own, limits, jailed):
    """A Worker for a Submission; `jailed` None: one in a jail if that works here, else as for `Worker`.

    Raises:
        CannotCheck: a jail was asked for, and none works.
    """
    preload = interview.modules_to_preload(own)
    if jailed is not False:
        try:
            worker = Worker(limits, jailed=True if jailed is None else jailed, preload=preload)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what it lacks is said with how the file runs
                worker.start()
            return worker
        except JailUnavailable as refusal:
            if jailed:
                words = f"{refusal} --no-jail runs the notebook with all your rights."
                raise CannotCheck(words) from refusal
    return Worker(limits, jailed=False, preload=preload)


def how_a_file_runs(worker, jailed):
    """In words, for the first line; `jailed` as for `check`."""
    if worker.jailed:
        lacking = f" (weaker here: this system lacks {', '.join(worker.lacking)})" if worker.lacking else ""
        return f"in a jail of {worker.kind}{lacking}"
    why = ", as none works here" if jailed is None else ""
    return f"without a jail{why}: the notebook's code runs with all your rights"


def running_shell():
    """IPython's shell of the running notebook.

    Raises:
        CannotCheck: there is none.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    if shell is None:
        raise CannotCheck(
            "check() looks at the functions of a running notebook, and this is none; give it a file: "
            'check("my-notebook.ipynb").'
        )
    return shell


def assignment_in(namespace, known):
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
            f"This session holds functions of {' and '.join(most)}; say which: "
            f"check(assignment={most[0]!r})."
        )
    return most[0]


def assignment_of(path, known):
    """The assignment whose cells are in the notebook file; the first if none is."""
    for name in known:
        try:
            submission.read(path, release_of(name))
        except submission.Unreadable:
            continue
        return name
    return next(iter(known))


def release_of(assignment):
    return submission.read_release(tasks.release_of(assignment))


def written_questions(release, untouched):
    """What a person reads, and which of it is known to be unanswered."""
    worth = {
        submission.grade_id(cell): submission.points(cell)
        for cell in release.cells
        if submission.is_answer(cell) and submission.points(cell) is not None
    }
    words = [
        f"{name}: {f'not answered, 0 of {most:g}' if name in untouched else f'{most:g} points'}"
        for name, most in worth.items()
    ]
    if not worth:
        return ""
    return f"A person reads the written questions, {sum(worth.values()):g} points ({'; '.join(words)})."
