"""Start a worker in a jail, and hold conversations in forks of it.

`Worker.ask` holds one conversation in a fork of the worker. Everything of the fork is dead before its
result is used: a fork that does not end in time is ended, and where that fails the whole jail with it.
"""

import base64
import json
import os
import platform
import signal
import socket
import subprocess
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from autograder.jail import (
    access_times,
    bubblewrap,
    conversation,
    environments,
    interpreter,
    isolation,
    landlock,
)
from autograder.jail.environments import JailUnavailable, Launch
from autograder.jail.inside import wire

BUBBLEWRAP, LANDLOCK = JAILS = ("bubblewrap", "landlock")
PRELOAD = ("numpy", "tensorflow", "keras", "IPython.core.inputtransformer2")
START_SECONDS = 120
KILL_SECONDS = 5
# For each answer of the trial of a jail, and where that fails once more: a busy machine may need more time.
TRIALS = (isolation.SECONDS, 6 * isolation.SECONDS)
GUARD_SECONDS = 30  # for what watches over the second kind of jail, on a machine with much to do
# Bytes of JSON of all frames about the cells, and of one of them; in memory JSON is many times larger.
EVENTS_LIMIT, TEXT_LIMIT = 4 << 20, 256 << 10
REASONS = {b"P": "processes", b"M": "memory", b"T": "time"}


Jailed = str | bool  # a kind of jail, of `JAILS`; True: the first that can be had; False: none


class Limits(NamedTuple):
    """What a submission may use; seconds are wall time, and tasks are not charged for running the cells."""

    task_seconds: float = 10.0
    submission_seconds: float = 120.0
    memory_bytes: int = 4 << 30
    cells_seconds: float = 30.0


DEFAULT_LIMITS = Limits()


class End(StrEnum):
    """How a conversation ended."""

    FINISHED = "finished"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    MALFORMED = "malformed"  # we ended it for what came back


class Transcript(NamedTuple):
    """What came back from one fork."""

    frames: list[Any]
    ended: End
    seconds: float
    excess: str = ""  # what ended it, if it was too many "processes", too much "memory" or CPU "time"
    jail: str = ""  # the kind of jail, of `JAILS`


def kind_here(wanted: Jailed = True) -> tuple[str, list[str] | None]:
    """The kind of jail that submissions run in on this machine, and how bubblewrap begins if it is that.

    Args:
        wanted: one of `JAILS`; True: the first that can be had; False: none.
    Raises:
        JailUnavailable: it cannot be had.
        ValueError: there is no such kind.
    """
    if wanted is False:
        return "", None
    if wanted is not True and wanted not in JAILS:
        raise ValueError(f"Expected one of the jails {', '.join(JAILS)}, got {wanted!r}.")
    refusals = {}
    if wanted in (True, BUBBLEWRAP):
        try:
            return BUBBLEWRAP, bubblewrap.bubblewrap()
        except JailUnavailable as refusal:
            refusals[BUBBLEWRAP] = str(refusal)
    if wanted in (True, LANDLOCK):
        refusals[LANDLOCK] = landlock.refusal()
        if not refusals[LANDLOCK]:
            return LANDLOCK, None
    raise JailUnavailable(
        "Submissions are other people's programs and run only in a jail, and no jail works here: "
        + "; ".join(f"{kind}: {words}" for kind, words in refusals.items())
        + "."
    )


class Worker:
    """A process that has imported TensorFlow and forks for each conversation.

    Args:
        limits: `Limits`.
        jailed: the kind of jail, "bubblewrap" or "landlock"; True: the first that this machine allows; False
            runs the submission with all rights of the user (own code only). `kind` tells which it became.
        preload: modules to import before the first fork, besides TensorFlow.
        private: files that no submission may read, besides this project; tried at each start.
        cells: to compile before the first fork, {id: source}: those that most submissions have.
        python: the `interpreter.Interpreter` that runs submissions; by default the one that this runs on.
    """

    def __init__(
        self,
        limits: Limits = DEFAULT_LIMITS,
        jailed: Jailed = True,
        preload: Iterable[str] = (),
        private: Iterable[str | Path] = (),
        python: interpreter.Interpreter | None = None,
        cells: Mapping[str, str] | None = None,
    ) -> None:
        self.python = python or interpreter.ours()
        self.limits, self.jailed, self.private, self.cells = limits, jailed, tuple(private), dict(cells or {})
        self.preload = tuple(dict.fromkeys((*PRELOAD, *preload)))
        self.kind, self.bubblewrap = kind_here(jailed)
        self.process: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None
        self.ready = self.shareable = self.brought_down = False
        self.lacking: tuple[str, ...] = ()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Have the process ready: wait until TensorFlow is there, and try whether the jail holds.

        Raises:
            JailUnavailable: it did not start, or a program in it could do what none may.
        """
        self._come_up()
        if self.jailed:
            self._try_to_escape()

    def _come_up(self):
        if self.process is None:
            self.launch()
        greeting = self._greeting()
        if greeting is None and self._running()[0].returncode == wire.NO_NOBODY:
            self.bubblewrap = [*(self.bubblewrap or ())[:1], *bubblewrap.IN_USER_NAMESPACE]
            self.stop()
            self.launch()
            greeting = self._greeting()
        if greeting is None:
            errors = self._running()[0].stderr
            words = errors.read().decode(errors="replace").strip()[-1000:] if errors else ""
            self.stop()
            words = words or f"nothing came within {START_SECONDS} s"
            raise JailUnavailable(f"The worker did not start: {words}.")
        if self.reading and self.reading.wait():
            self.stop()
            raise JailUnavailable("The files that submissions may read could not be read in advance.")
        self.ready, self.shareable, self.lacking = True, greeting["shareable"], tuple(greeting["lacking"])
        for name in self.lacking:
            warnings.warn(f"The jail is weaker here: this system lacks {name}.", stacklevel=3)

    def _running(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        """The process, and the socket to it.

        Raises:
            RuntimeError: it was not launched, or was stopped.
        """
        if self.process is None or self.control is None:
            raise RuntimeError("the worker is not running")
        return self.process, self.control

    def _greeting(self):
        """What the worker says when it is ready; None if it ended or took too long."""
        process, control = self._running()
        try:
            greeting = wire.read(_Reader(control, time.monotonic() + START_SECONDS, TEXT_LIMIT))
        except (wire.WireError, OSError):
            greeting = None
        if greeting is None:
            try:
                process.wait(KILL_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        control.settimeout(KILL_SECONDS)
        return greeting

    def launch(self) -> None:
        """Start the process, and do not wait for it."""
        how = self._how_to_launch()
        self.launched = time.monotonic()
        self.reading = access_times.begin(how.read_first) if how.read_first else None
        ours, theirs = socket.socketpair()
        settings = {
            "kind": self.kind,
            "preload": self.preload,
            "cells": self.cells,
            "memory": self.limits.memory_bytes,
        }
        told = environments.file_with(json.dumps(settings | how.settings, default=_base64).encode())
        inherited = [theirs.fileno(), told, *how.descriptors]
        self.process = subprocess.Popen(
            [*how.command, str(theirs.fileno()), str(told)],
            executable=how.program,
            pass_fds=inherited,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=how.variables,
        )
        theirs.close()
        for descriptor in inherited[1:]:
            os.close(descriptor)
        self.control = ours

    def _how_to_launch(self):
        machine = platform.machine()
        if self.kind == BUBBLEWRAP:
            return bubblewrap.launch(self.python, machine, self.bubblewrap or ())
        if self.kind == LANDLOCK:
            return landlock.launch(self.python, machine)
        # Its author's own packages may be where only their account looks.
        command = [self.python.executable, "-P", str(environments.INSIDE / "worker.py")]
        path = f"{self.python.prefix}/bin:/usr/bin:/bin"
        return Launch(self.python.executable, command, {**os.environ, **environments.VARIABLES, "PATH": path})

    def _try_to_escape(self):
        breaches = self._breaches()
        if breaches:
            self.stop()
            raise JailUnavailable(
                "The jail does not hold on this machine, and submissions are not run in it: a program "
                f"inside could {'; '.join(breaches)}."
            )

    def _breaches(self):
        """What the trial could do, in words; what it could not do in time is tried once more."""
        for seconds in TRIALS:
            if not self.ready:  # the first trial could not be ended
                self._come_up()
            try:
                return isolation.breaches(self, self.private, seconds)
            except isolation.TrialFailed as error:
                failure = error
        self.stop()
        raise JailUnavailable(f"The jail could not be tried: {failure}.") from failure

    def stop(self) -> None:
        """End the process and everything in its jail."""
        if self.process is None:
            return
        process, control = self._running()
        control.close()
        try:
            # Under Landlock it ends what it started; a signal would end it alone.
            process.wait(GUARD_SECONDS if self.kind == LANDLOCK else 0)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stderr:
            process.stderr.close()
        self.process = self.control = None
        self.ready = False

    @property
    def pid(self) -> int:
        """The number of the process.

        Raises:
            RuntimeError: it is not running.
        """
        return self._running()[0].pid

    def prepare(self, preload: Iterable[str]) -> None:
        """Be ready for a new submission that imports these modules."""
        self.brought_down = False
        missing = [name for name in preload if name not in self.preload]
        old = self.ready and time.monotonic() - self.launched > access_times.LIFETIME
        if missing or old or self.ready and not self.shareable:
            self.stop()
        self.preload += tuple(missing)

    def ask(
        self,
        request: dict[str, Any],
        seconds: float,
        cells_seconds: float = 0.0,
        more: Callable[[list[Any]], list[Any]] = lambda frames: [],
        memory: int | None = None,
    ) -> Transcript:
        """Hold one conversation in a fork of its own -> Transcript.

        The cells have `cells_seconds`, and the answers `seconds` after that; by default both have `seconds`.
        What follows the request's chapters comes from `more`, as in `conversation.hold`. All processes may
        together take `memory` bytes more than the worker has; by default what the limits say. The transcript
        is complete only when the fork, and all it started, are dead. To import TensorFlow is not the
        submission's time, unless its last conversation brought this process down.
        """
        begin = time.monotonic()
        if not self.ready:
            self.start()
        start = time.monotonic()
        if not self.brought_down:
            begin = start
        self.brought_down = False
        frames: list[Any] = []
        ended, (stream, theirs) = End.CRASHED, socket.socketpair()
        take = _Reader(stream, start + (cells_seconds or seconds), EVENTS_LIMIT)
        try:
            with theirs:
                allowed = wire.FORK.pack(cells_seconds + seconds, memory or self.limits.memory_bytes)
                socket.send_fds(self._running()[1], [b"F" + allowed], [theirs.fileno()])
            _hold(take, request, frames, seconds if cells_seconds else None, more)
            ended = End.FINISHED
        except TimeoutError:
            ended = End.TIMEOUT
        except (wire.EndedEarly, OSError):
            pass
        except wire.WireError:
            ended = End.MALFORMED
        finally:
            stream.close()
            excess = self._end_fork()
        if excess == "time" and ended == End.CRASHED:
            ended = End.TIMEOUT
        return Transcript(frames, ended, time.monotonic() - begin - take.waited, excess, self.kind)

    def _end_fork(self):
        """End the fork, and wait until all that it started is dead -> what it used too much of."""
        _, control = self._running()
        try:
            control.sendall(b"K")
            control.settimeout(KILL_SECONDS)
            status = control.recv(1)
        except OSError:
            status = b""
        if not status:
            self.stop()
            self.brought_down = True
        return REASONS.get(status, "")


def _hold(take, request, frames, seconds, more):
    """As `conversation.hold`, over the socket of a `_Reader` and until its time is over.

    What `more` takes is not the submission's time.

    Args:
        seconds: for the answers, after the cells ran; None: what is left.
    """

    def receive(text=TEXT_LIMIT, numbers=0):
        take.left += text + wire.LARGEST_NUMBER * numbers if numbers else 0
        return wire.read(take, text, numbers)

    def send(frame):
        take.stream.settimeout(max(take.deadline - time.monotonic(), 0.1))
        take.stream.sendall(wire.pack(frame))

    def on_ready():
        if seconds is not None:
            take.deadline = time.monotonic() + seconds

    def following(frames):
        since = time.monotonic()
        chapters = more(frames)
        take.wait(time.monotonic() - since)
        return chapters

    conversation.hold(request, send, receive, frames, on_ready, following)


def _base64(data):
    return base64.b64encode(data).decode()


class _Reader:
    """`take(n)` from a socket until a deadline, and never more than the bytes that are `left`."""

    def __init__(self, stream, deadline, left):
        self.stream, self.deadline, self.left = stream, deadline, left
        self.waited = 0.0  # seconds by which the deadline was moved

    def wait(self, seconds):
        """Move the deadline by the seconds that the submission waited for the grader."""
        self.deadline += seconds
        self.waited += seconds

    def __call__(self, size):
        self.left -= size
        if self.left < 0:
            raise wire.WireError("Too many bytes.")
        chunks, missing = [], size
        while missing:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.stream.settimeout(left)
            chunk = self.stream.recv(min(missing, 1 << 20))
            if not chunk:
                break
            chunks.append(chunk)
            missing -= len(chunk)
        return b"".join(chunks)
