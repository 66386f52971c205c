"""Who grades what: file locks that end with the process that holds them.

Only one grader at a time grades a whole class. Graders of named students (`--student`) work side by side on
one assignment, on one machine or several. They take turns to enter a result into the gradebook or
`grades.json`. The locks are `flock`s on files in `reports/.locks`, so none can be left behind.
"""

import contextlib
import datetime
import json
import os
import platform
import socket
from collections.abc import Callable, Iterator

import portalocker
from portalocker import LockFlags

from autograder.course.directory import Course, CourseError
from autograder.jail.isolation import is_there


class Busy(CourseError):
    """Another grader is at work; the message says who."""


@contextlib.contextmanager
def grading(
    course: Course, assignment: str, alone: bool, on_wait: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the right to grade an assignment.

    Args:
        alone: no other grader of this assignment may work meanwhile; else only none that must be alone.
        on_wait: told in words who the others are, for whose end is waited then; None: `Busy` is raised.
    Raises:
        Busy: others are at work.
    """
    with _opened(course, assignment) as file:
        kind = LockFlags.EXCLUSIVE if alone else LockFlags.SHARED
        try:
            portalocker.lock(file, kind | LockFlags.NON_BLOCKING)
        except portalocker.LockException:
            who = _holders(file)
            if on_wait is None:
                raise Busy(
                    f"{assignment} is being graded by {who}. Nothing was changed; try again when that has "
                    "ended."
                ) from None
            on_wait(who)
            portalocker.lock(file, kind)
        if alone:
            file.truncate(0)
        since = datetime.datetime.now().astimezone().isoformat(" ", "seconds")
        about = {"host": socket.gethostname(), "pid": os.getpid(), "since": since}
        try:
            os.write(file.fileno(), (json.dumps(about) + "\n").encode())
        except OSError as error:
            raise OSError(error.errno, error.strerror, file.name) from error
        try:
            yield
        finally:
            # The last to leave clears the names.
            with contextlib.suppress(portalocker.LockException):
                portalocker.lock(file, LockFlags.EXCLUSIVE | LockFlags.NON_BLOCKING)
                file.truncate(0)


@contextlib.contextmanager
def recording(course: Course) -> Iterator[None]:
    """Hold the right to write results, after waiting for it."""
    with _opened(course, ".recording") as file:  # no assignment has such a name
        portalocker.lock(file, LockFlags.EXCLUSIVE)
        yield


def _opened(course, name):
    path = course.locks() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("a+")


def _holders(file):
    """Words for the processes named in a lock file, without those that were killed on this machine."""
    file.seek(0)
    holders = [json.loads(line) for line in file if line.endswith("}\n")]
    alive = [holder for holder in holders if not _ended(holder)] or holders
    return (
        " and ".join(
            f"process {holder['pid']} on {holder['host']} since {holder['since']}" for holder in alive
        )
        or "another process"
    )


def _ended(holder):
    # On Windows it cannot be told: to ask would interrupt the process.
    here = holder["host"] == socket.gethostname() and platform.system() != "Windows"
    return here and not is_there(holder["pid"])
