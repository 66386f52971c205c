"""One submission -> its result and its record, with a second try after a failure of ours."""

import os
import threading
import traceback
from pathlib import Path

from autograder.engine import answers, grading, newer, submission
from autograder.engine.judge import Finding
from autograder.engine.scale import Kind
from autograder.engine.words import printable
from autograder.jail import JailUnavailable, Worker, interpreter


class _Worker(Worker):
    """A worker that stays ended when the grader ends in the middle of its conversations."""

    ended = False

    def start(self):
        if self.ended:
            raise RuntimeError("the grader was stopped")
        super().start()


class Workers:
    """Jail workers, each used by one submission at a time; they start when there is something to ask.

    Args:
        limits, jailed, private, python: as for `jail.Worker`.
    """

    def __init__(self, limits, jailed, private=(), python=None):
        self.python = python
        self.limits, self.jailed, self.private, self.jobs = limits, jailed, private, os.cpu_count()
        self._idle, self._all, self._lock, self._stopped = [], [], threading.Lock(), False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()

    def launch(self, count, preload):
        """Let so many workers start, and import these modules, while the grader gets ready."""
        for worker in [self.take(preload) for _ in range(count)]:
            worker.launch()
            self.give_back(worker)

    def judged(self, path, release, rules, secret, known=b""):
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
        python = version and not self.python and interpreter.installed(version)
        if not python:
            return result, record
        with Workers(self.limits, self.jailed, self.private, python) as others:
            return others._judged(path, release, rules, secret, b"")[0], None

    def _judged(self, path, release, rules, secret, known):
        failure, limits = None, self.limits
        for record in (answers.read(known), {}):
            leased = []

            def worker(leased=leased):
                leased.append(self.take())
                return leased[0]

            recorded = answers.Recorded(record, limits, self.jailed, worker, self.python)
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

    def take(self, preload=()):
        with self._lock:
            if self._stopped:
                raise RuntimeError("the grader was stopped")
            if self._idle:
                return self._idle.pop()
            worker = _Worker(self.limits, self.jailed, preload, self.private, self.python)
            self._all.append(worker)
            return worker

    def give_back(self, worker):
        with self._lock:
            self._idle.append(worker)

    def stop(self):
        """End all, in the middle of a submission too."""
        with self._lock:
            self._stopped = True
        for worker in self._all:
            worker.ended = True
            worker.stop()


def newer_python_of(result):
    """The (major, minor) version for which tasks of a Result wait; None where none does."""
    if not any(finding.id == "newer-python" for task in result.tasks.values() for finding in task.findings):
        return None
    versions = (newer.version_of(cell.source) for cell in result.submission.cells)
    return max(filter(None, versions), default=None)


def ungraded(rules, failure):
    """The Result for a submission on which the grader itself failed."""
    note = f"The grader failed ({failure}); a person decides."
    finding = Finding("grader-failed", note, kind=Kind.NOTHING)
    outcomes = {
        task.id: grading.TaskResult(0.0, task.points, "ungraded", (finding,)) for task in rules.tasks
    }
    return grading.Result("graded", (submission.Flag("grader-failed", note),), outcomes)
