"""Try at each start whether the jail holds: a program inside attempts what no submission may do."""

import contextlib
import os
import secrets
import socket
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent
SECONDS = 10.0
# bubblewrap's own, the worker, and the three of a fork.
PROCESSES = 5
MODULES = ("autograder", "gmm_tf")
NEVER_WRITABLE = ("/", "/dev", "/etc", "/grader", "/proc", "/root", "/sys", "/usr", "/var")


class TrialFailed(RuntimeError):
    """The program inside did not come back with an answer."""


def breaches(worker, private=()):
    """What a program in the worker's jail could do that it must not, in words; empty where it holds.

    Args:
        private: files that no submission may read, besides this project's own.
    Raises:
        TrialFailed: it did not answer.
    """
    with _tempting() as (port, name, canary):
        files = [canary, *_project_files(), *(str(Path(path).absolute()) for path in private)]
        program = (HERE / "inside" / "isolation_probes.py").read_text()
        arguments = [port, name, files, MODULES, NEVER_WRITABLE, PROCESSES]
        question = {"name": "trial", "probe": "attempt", "arguments": arguments, "freedom": {},
                    "watch": [], "replace": []}  # fmt: skip
        request = {
            "cells": [], "preset": {}, "skip": [], "names": [], "probes": program,
            "chapters": [{"task": "", "stand_ins": "", "seed": 0, "questions": [question]}],
        }  # fmt: skip
        transcript = worker.ask(request, SECONDS)
    last = transcript.frames[-1] if transcript.frames else {}
    if last.get("event") != "answer":
        raise TrialFailed(last.get("message") or f"the trial {transcript.ended}")
    return last["answer"]["breaches"]


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
    """Files of this project, wherever it is installed: the grader's, the library's, the solutions."""
    parts = (PACKAGE, PACKAGE / "engine", PACKAGE / "solutions")
    places = (*parts, *(PACKAGE / "tasks").glob("*"), PACKAGE.parent / "gmm_tf", PACKAGE.parent / "solutions")
    return [str(path) for place in places for path in sorted(place.glob("*"))[:5] if path.is_file()] + [
        str(path) for place in places for path in place.glob("*/*.ipynb")
    ]
