"""Grade on a Dask cluster: each worker runs submissions in jails of its own and sends back results.

The workers need this package, of the same version, and a jail; they see neither the course directory nor
the gradebook. What a worker was doing when it died is done by another; the grader that started it all enters
each result once.
"""

import atexit
import functools
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbformat import NotebookNode

from autograder.course import directory as course
from autograder.course.workers import Workers, ungraded
from autograder.engine import submission
from autograder.engine.assignment import Assignment, Origin
from autograder.engine.grading import Result
from autograder.jail import Jailed, Limits


class Cluster:
    """Judges notebooks on the workers of a Dask scheduler, as `workers.Workers` does here.

    Args:
        address: of the scheduler, such as tcp://127.0.0.1:8786.
    Raises:
        CourseError: no scheduler answers there, it has no workers, or they have another version.
    """

    def __init__(self, address: str, limits: Limits, jailed: Jailed) -> None:
        from distributed import Client

        self.limits, self.jailed, self.python = limits, jailed, None
        try:
            self.client = Client(address, timeout="5s", set_as_default=False)
        except (OSError, ValueError) as error:
            raise course.CourseError(f"Expected a scheduler at {address}, found none: {error}") from error
        # Twice the cores, so that none waits for the next submission.
        self.jobs = 2 * sum(self.client.ncores().values())
        if not self.jobs:
            self.stop()
            raise course.CourseError(f"Expected workers at {address}, found none; start `dask worker`.")
        ours, theirs = course.grader_version(), self.client.run(course.grader_version)
        if others := [name for name, version in theirs.items() if version != ours]:
            self.stop()
            raise course.CourseError(
                f"Expected this version of the grader on all workers, got another on {', '.join(others)}."
            )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()

    def stop(self) -> None:
        self.client.close()

    def launch(self, count: int, preload: Iterable[str]) -> None:
        """The workers are there already."""

    def judged(
        self, path: Path | str, release: NotebookNode, rules: Assignment, secret: str, known: bytes = b""
    ) -> tuple[Result, bytes | None]:
        """As `workers.Workers.judged`, for a notebook that is read here."""
        from distributed import KilledWorker

        path = Path(path)
        try:
            submission.read(path, release)
        except submission.Unreadable:
            return Workers(self.limits, self.jailed).judged(path, release, rules, secret)
        if rules.origin is None:
            raise ValueError(f"{rules.id} says nothing of how other machines make it")
        errand = Errand(
            path.name,
            path.read_bytes(),
            nbformat.writes(release),
            rules.origin,
            secret,
            self.limits,
            self.jailed,
            known,
        )
        future = self.client.submit(judged_there, errand, pure=False, retries=2)
        try:
            return future.result()
        except KilledWorker as error:
            return ungraded(rules, f"the cluster lost its workers: {error}"), None


class Errand(NamedTuple):
    """What a worker of the cluster needs to judge a notebook; `known` as for `workers.Workers.judged`."""

    name: str  # of the notebook's file
    content: bytes
    release: str  # text of the release notebook
    origin: Origin
    secret: str
    limits: Limits
    jailed: Jailed
    known: bytes


def judged_there(errand: Errand) -> tuple[Result, bytes | None]:
    """What a Dask worker does: judge a notebook that came as bytes -> (Result, record)."""
    release = nbformat.reads(errand.release, as_version=4)
    rules = _rules(errand.origin).for_notebook(release)  # type: ignore[arg-type]  # values, which are hashable
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, errand.name)
        path.write_bytes(errand.content)
        workers = _workers(errand.limits, errand.jailed)
        return workers.judged(path, release, rules, errand.secret, errand.known)


@functools.lru_cache(maxsize=8)
def _rules(origin: Any) -> Assignment:
    return origin.load()


@functools.cache
def _workers(limits, jailed):
    workers = Workers(limits, jailed)
    atexit.register(workers.stop)
    return workers
