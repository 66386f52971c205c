"""One submission -> its result and its record, with a second try after a failure of ours."""

import functools
import threading
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbformat import NotebookNode

from autograder.engine import answers, grading, identities, newer, submission
from autograder.engine.assignment import Assignment
from autograder.engine.grading import Result, Status
from autograder.engine.interview import modules_to_preload
from autograder.engine.judge import Finding, Outcome
from autograder.engine.newer import Version
from autograder.engine.scale import Kind
from autograder.engine.words import printable
from autograder.jail import Jailed, JailUnavailable, Limits, Worker, interpreter
from autograder.jail.interpreter import Interpreter


class _Worker(Worker):
    """A worker that stays ended when the grader ends in the middle of its conversations."""

    ended = False

    def launch(self):
        if self.ended:
            raise RuntimeError("the grader was stopped")
        super().launch()


class Workers:
    """Jail workers, each used by one submission at a time; they start when there is something to ask.

    Args:
        limits, jailed, private, python: as for `jail.Worker`.
    """

    def __init__(
        self, limits: Limits, jailed: Jailed, private: Iterable[Path] = (), python: Interpreter | None = None
    ) -> None:
        self.python = python
        self.limits, self.jailed, self.private, self.jobs = limits, jailed, private, cores()
        self._idle: list[_Worker] = []
        self._all: list[_Worker] = []
        self._lock, self._stopped = threading.Lock(), False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()

    def launch(self, count: int, release: NotebookNode) -> None:
        """Let so many workers start, and prepare what a release's cells need, while the grader gets ready."""
        preload = modules_to_preload(release.cells)
        code = (cell for cell in release.cells if cell.cell_type == "code")
        cells = {name: cell.source for cell in code if (name := identities.grade_id(cell))}
        for worker in [self.take(preload, cells) for _ in range(count)]:
            worker.launch()
            self.give_back(worker)

    def judged(
        self, path: Path | str, release: NotebookNode, rules: Assignment, secret: str, known: bytes = b""
    ) -> tuple[Result, bytes | None]:
        """Judge one notebook -> (Result, record), on a newer Python if it needs one that is installed.

        After an internal error the submission is tried once more, in what is left of its time; where more
        than half of that is gone, its tasks are `ungraded`.

        Args:
            known: bytes of an earlier record: what need not be asked.
        Returns:
            The Result, and the bytes of the new record; None where nothing was asked or too much came.
        """
        result, record = self._judged(path, release, rules, secret, known)
        version = newer_python_of(result)
        python = interpreter.installed(version) if version and not self.python else None
        if python is None:
            return result, record
        with Workers(self.limits, self.jailed, self.private, python) as others:
            return others._judged(path, release, rules, secret, b"")[0], None

    def _judged(self, path, release, rules, secret, known):
        failure, limits = "", self.limits
        for record in (answers.read(known), {}):
            leased: list[_Worker] = []
            lease = functools.partial(self._leased, leased)
            recorded = answers.Recorded(record, limits, self.jailed, lease, self.python)
            try:
                result = grading.grade_notebook(path, release, rules, secret, worker=recorded)
                return result, recorded.written() if leased else None
            except JailUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - one submission never stops the class
                for used in leased:
                    used.stop()
                place = traceback.extract_tb(error.__traceback__)[-1]
                words = printable(f"{type(error).__name__}: {error}", 200)
                failure = f"{words}, {Path(place.filename).name} line {place.lineno}"
                limits = limits._replace(submission_seconds=limits.submission_seconds - recorded.seconds)
                if limits.submission_seconds < self.limits.submission_seconds / 2:
                    break
            finally:
                for used in leased:
                    self.give_back(used)
        return ungraded(rules, failure), None

    def _leased(self, leased):
        """A worker, which is noted among the leased ones."""
        leased.append(self.take())
        return leased[-1]

    def take(self, preload: Iterable[str] = (), cells: Mapping[str, str] | None = None) -> _Worker:
        with self._lock:
            if self._stopped:
                raise RuntimeError("the grader was stopped")
            if self._idle:
                return self._idle.pop()
            worker = _Worker(self.limits, self.jailed, preload, self.private, self.python, cells)
            self._all.append(worker)
            return worker

    def give_back(self, worker: _Worker) -> None:
        with self._lock:
            self._idle.append(worker)

    def stop(self) -> None:
        """End all, in the middle of a submission too."""
        with self._lock:
            self._stopped = True
        for worker in self._all:
            worker.ended = True
            worker.stop()


def cores() -> int:
    """Cores that this process may use; containers and batch systems allow fewer than the machine has."""
    from dask.system import cpu_count

    return cpu_count()


def newer_python_of(result: Result) -> Version | None:
    """The (major, minor) version for which tasks of a Result wait; None where none does."""
    if not any(finding.id == "newer-python" for task in result.tasks.values() for finding in task.findings):
        return None
    cells = result.submission.cells if result.submission else ()
    versions = (newer.version_of(cell.source) for cell in cells)
    return max(filter(None, versions), default=None)


def ungraded(rules: Assignment, failure: str) -> Result:
    """The Result for a submission on which the grader itself failed."""
    note = f"The grader failed ({failure}); a person decides."
    finding = Finding("grader-failed", note, kind=Kind.NOTHING)
    outcomes = {
        task.id: grading.TaskResult(0.0, task.points, Outcome.UNGRADED, (finding,)) for task in rules.tasks
    }
    return grading.Result(Status.GRADED, (submission.Flag("grader-failed", note),), outcomes)
