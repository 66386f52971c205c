"""The Python that runs submissions: the grader's own, or another with TensorFlow of its own."""

import functools
import json
import shutil
import subprocess
import sys
from typing import NamedTuple

NEEDED = ("tensorflow", "keras", "numpy", "IPython")
QUESTION = """
import importlib.metadata, importlib.util, json, sys
names = sys.argv[1].split(",")
lacking = [name for name in names if importlib.util.find_spec(name) is None]
found = importlib.metadata.packages_distributions()  # TensorFlow may be that of tensorflow-cpu
versions = [f"{one} {importlib.metadata.version(one)}" for n in names for one in sorted({*found.get(n, ())})]
print(json.dumps([sys.executable, sys.prefix, sys.base_prefix, sys.version_info[:3], versions, lacking]))
"""
SECONDS = 60
NEWEST = 20  # of the minor versions of Python 3 that are looked for


class Unsuitable(ValueError):
    """An interpreter that cannot run submissions; the message says why."""


class Interpreter(NamedTuple):
    """Where a Python is, and what it has."""

    executable: str
    prefix: str
    base_prefix: str
    version: tuple  # (major, minor, micro)
    packages: tuple = ()  # "name version" of those that decide what submissions answer


def ours() -> Interpreter:
    """The Python that this runs on."""
    return Interpreter(sys.executable, sys.prefix, sys.base_prefix, sys.version_info[:3])


def at(path: str) -> Interpreter:
    """The Python at `path`, such as the `bin/python` of another virtual environment.

    Raises:
        Unsuitable: it does not start, is older than ours, or lacks a package.
    """
    found = _asked(path)
    if isinstance(found, Unsuitable):
        raise found
    return found


@functools.cache
def _asked(path: str) -> Interpreter | Unsuitable:
    """The Python at `path`, or why it is unsuitable; asked once, since it takes seconds."""
    try:
        return _examined(path)
    except Unsuitable as refusal:
        return refusal


def _examined(path: str) -> Interpreter:
    try:
        command = [path, "-I", "-c", QUESTION, ",".join(NEEDED)]
        asked = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        executable, prefix, base_prefix, version, packages, lacking = json.loads(asked.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise Unsuitable(f"Expected a Python interpreter, got {path}, which does not run as one.") from error
    if tuple(version[:2]) < sys.version_info[:2]:
        raise Unsuitable(
            f"Expected Python {sys.version_info[0]}.{sys.version_info[1]} or newer, got {path}, which is "
            f"Python {version[0]}.{version[1]}."
        )
    if lacking:
        raise Unsuitable(
            f"Expected a Python with {', '.join(NEEDED)}, got {path}, which lacks {', '.join(lacking)}; "
            f"install with: {path} -m pip install tensorflow 'tensorflow-probability[tf]' ipython"
        )
    return Interpreter(executable, prefix, base_prefix, tuple(version), tuple(packages))


def installed(version: tuple) -> Interpreter | None:
    """The first suitable `python3.X` on the PATH that reads the syntax of this (major, minor) version."""
    for minor in range(version[1], NEWEST):
        path = shutil.which(f"python3.{minor}")
        try:
            if path:
                return at(path)
        except Unsuitable:
            continue
    return None
