"""Try at each start whether the jail holds: a program inside attempts what no submission may do."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.jail import access_times, environments

if TYPE_CHECKING:
    from autograder.jail.process import Transcript, Worker

SECONDS = 10.0
# bubblewrap's own, the worker, and the three of a fork.
PROCESSES = 5
# Memory that two processes have together and none alone.
TOGETHER, EACH = 64 << 20, 48 << 20
MODULES = ("autograder", "gmm_tf")
ALTERNATIVES = Path("/etc/alternatives")  # full of links, on most systems
NEVER_WRITABLE = ("/", "/dev", "/etc", "/grader", "/proc", "/root", "/sys", "/usr", "/var")
# These are the submission's own in its namespaces, and everybody's without.
SHARED = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/run/lock", "/home")


class TrialFailed(RuntimeError):
    """The program inside did not come back with an answer."""


def breaches(worker: Worker, private: Iterable[str | Path] = (), seconds: float = SECONDS) -> list[str]:
    """What a program in the worker's jail could do that it must not, in words; empty where it holds.

    Args:
        private: files that no submission may read, besides this project's own.
        seconds: for each of its answers.
    Raises:
        TrialFailed: it did not answer, or the worker had to be ended.
    """
    from autograder.jail.inside import confinement  # which needs Linux

    alone = worker.kind == "landlock"  # the submission sees the machine's own numbers of processes
    before = jailed_processes(worker)
    with _tempting() as (port, name, canary):
        files = [canary, *(str(Path(path).absolute()) for path in private), *_project_files()]
        folders = (*NEVER_WRITABLE, *(SHARED if alone else ()))
        # Number 0, the parent of a container's first process, would mean the submission's own group.
        known = {1, os.getpid(), os.getppid(), worker.pid} - {0}
        outside = sorted(known) if alone else []
        about = (port, name, files, MODULES, folders, PROCESSES, outside)
        done = answer(worker, "attempt", *about, seconds=seconds)["breaches"]
    if _reading_shows(worker, seconds=seconds):
        done.append("leave traces in access times")
    started = answer(worker, "stay", seconds=seconds)["started"]
    if jailed_processes(worker) > before or alone and any(map(is_there, started)):
        done.append("outlive its conversation")
    many = ask(worker, "multiply", confinement.TASKS + 8, seconds=seconds)
    if many.excess != "processes" and many.frames and many.frames[-1]["event"] == "answer":
        done.append("start any number of threads")
    if ask(worker, "hoard", 3, EACH, seconds=seconds, memory=TOGETHER).excess != "memory":
        done.append("use more memory than it may")
    return list(dict.fromkeys(done))


def _reading_shows(worker, folder="", seconds=SECONDS):
    """Whether a submission that reads Python's own files, or follows the system's links, changes times.

    Those that are old tell it; one or two may change meanwhile, since others read them, too.

    Args:
        folder: of Python's library, whose files are read.
    """
    major, minor, *_ = worker.python.version
    library = Path(worker.python.base_prefix, "lib", f"python{major}.{minor}", folder)
    files, links = (sorted(found)[:30] for found in (library.glob("*.py"), ALTERNATIVES.glob("*")))
    before = {path: path.lstat() for path in (*files, *links)}
    answer(worker, "look", list(map(str, files)), list(map(str, links)), seconds=seconds)
    old = [path for path, was in before.items() if access_times.is_old(was)] or list(before)
    changed = [path for path in old if path.lstat().st_atime_ns != before[path].st_atime_ns]
    return 2 * len(changed) > len(old)


def answer(worker: Worker, probe: str, *arguments: Any, seconds: float = SECONDS) -> dict[str, Any]:
    """What a probe returned.

    Raises:
        TrialFailed: it returned nothing.
    """
    transcript = ask(worker, probe, *arguments, seconds=seconds)
    last = transcript.frames[-1] if transcript.frames else {}
    if last.get("event") != "answer":
        raise TrialFailed(last.get("message") or f"the trial {transcript.ended}")
    return last["answer"]


def ask(
    worker: Worker, probe: str, *arguments: Any, seconds: float = SECONDS, memory: int | None = None
) -> Transcript:
    """The Transcript of a conversation with one question, which `isolation_probes` answers.

    Raises:
        TrialFailed: the worker had to be ended.
    """
    program = (environments.INSIDE / "isolation_probes.py").read_text()
    question = {
        "name": "trial",
        "probe": probe,
        "arguments": arguments,
        "freedom": {},
        "watch": [],
        "replace": [],
    }
    request = {
        "cells": [],
        "preset": {},
        "skip": [],
        "names": [],
        "probes": program,
        "chapters": [{"task": "", "stand_ins": "", "seed": 0, "questions": [question]}],
    }
    transcript = worker.ask(request, seconds, memory=memory)
    if not worker.ready:
        raise TrialFailed("the trial could not be ended")
    return transcript


def jailed_processes(worker: Worker) -> int:
    """How many processes the jail has, seen from outside."""
    return len(descendants(worker.pid))


def descendants(process: int) -> list[int]:
    """Numbers of a process and of all below it, the older first."""
    found, todo = [], [process]
    while todo:
        found.append(todo.pop(0))
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{found[-1]}/task"):
                todo += map(int, Path(f"/proc/{found[-1]}/task/{task}/children").read_text().split())
    return found


def is_there(process: int) -> bool:
    """Whether a process of this number is on this machine, whoever owns it."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


@contextlib.contextmanager
def _tempting():
    """A port, an abstract socket and a file of the grader's that a jail must hide."""
    name = secrets.token_hex(16)
    with (
        socket.create_server(("127.0.0.1", 0)) as port,
        socket.socket(socket.AF_UNIX) as local,
        tempfile.NamedTemporaryFile("w", prefix="canary-") as canary,
    ):
        local.bind("\0" + name)
        local.listen()
        os.chmod(canary.name, 0o644)
        yield port.getsockname()[1], name, canary.name


def _project_files():
    """Files of this project, wherever it is installed: one of each folder, and all notebooks."""
    found = []
    for place in environments.project_folders():
        for folder, folders, files in os.walk(place):
            folders[:] = [name for name in folders if not name.startswith(".") and name != "build"]
            shown = [name for name in sorted(files) if name.endswith(".ipynb")] or sorted(files)[:1]
            found += [str(Path(folder, name)) for name in shown]
    return found
