"""The second kind of jail, for machines that refuse namespaces: Landlock, and under root a user of its own.

A submission opens the Python environment and the system's libraries for reading, one folder for writing, and
nothing else; `system_calls` closes what Landlock leaves open. `inside.groups` starts, watches and ends it.
"""

import contextlib
import os
import platform
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from autograder.jail import access_times, environments, system_calls
from autograder.jail.environments import JailUnavailable, Launch
from autograder.jail.interpreter import Interpreter

FILES = """
    /etc/ld.so.cache /etc/localtime /usr/share/zoneinfo /dev/urandom /dev/random /proc/cpuinfo /proc/meminfo
    /proc/stat /proc/sys/vm/overcommit_memory /sys/devices/system/cpu
""".split()
STRICT = "is on a file system mounted with strictatime; mount it with relatime or noatime"
# Numbers that systemd gives to services for as long as they run, and nobody else.
USERS = range(61184, 65520)


def refusal() -> str:
    """Why this machine cannot have such a jail; "" where it can be tried."""
    if sys.platform != "linux":
        return "it needs Linux"
    from autograder.jail.inside import confinement  # which needs Linux

    if not confinement.landlock_version():
        return "this kernel has no Landlock (Linux 5.13), or it is switched off"
    if not confinement.can_filter(system_calls.program(system_calls.LANDLOCK, platform.machine())):
        return f"there is no filter of system calls (seccomp on {' or '.join(system_calls.MACHINES)})"
    return ""


def readable(python: Interpreter, hidden: Iterable[str | Path]) -> dict[str, str]:
    """{path: "read", or "list" where something below is hidden}, of what submissions may open.

    Args:
        python: the `interpreter.Interpreter` that runs submissions.
        hidden: folders that they may not.
    """
    found: dict[str, str] = {}
    for path in map(os.path.realpath, (*libraries(python), *FILES)):
        if os.path.exists(path):
            found |= _shown(path, [os.path.realpath(folder) for folder in hidden])
    return found


def libraries(python: Interpreter) -> list[str]:
    """Folders of the system's libraries and of the Python environment, and the interpreter itself.

    Of /usr no more than they need: each file there is one more whose time of access has to be kept.
    """
    found = [f"/usr/lib/{platform.machine()}-linux-gnu", "/usr/lib64", "/lib64", "/usr/local/lib"]
    if not os.path.isdir(found[0]):
        found[0] = "/usr/lib"
    minor = "python{}.{}".format(*python.version[:2])
    for prefix in {python.prefix, python.base_prefix}:
        found += [prefix] if prefix != "/usr" else ["/usr/lib/python3", f"/usr/lib/{minor}"]
    return [*found, python.executable]


def _shown(path, hidden):
    """{path: "read"} where nothing below is hidden; else it may be listed, and what lies beside be read."""
    if not any(Path(folder).is_relative_to(path) for folder in hidden):
        return {path: "read"}
    found = {path: "list"}
    with contextlib.suppress(OSError):
        for child in os.scandir(path):
            if child.path not in hidden and not child.is_symlink():
                found |= _shown(child.path, hidden)
    return found


def scratch_folder() -> str:
    """A folder that can be written to, on a disk rather than in memory where there is one.

    Raises:
        JailUnavailable: there is none.
    """
    with contextlib.suppress(OSError):
        return "/var/tmp" if os.access("/var/tmp", os.W_OK) else tempfile.gettempdir()
    raise JailUnavailable("A submission needs a folder for its files: make /tmp writable.")


def free_user() -> tuple[socket.socket, int]:
    """A socket that keeps a user's number for whoever holds it, and the number: of a user without processes.

    Raises:
        JailUnavailable: all are taken.
    """
    first = secrets.randbelow(len(USERS))
    for number in (*USERS[first:], *USERS[:first]):
        kept = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            kept.bind(f"\0autograder-user-{number}")
        except OSError:
            kept.close()
            continue
        if not any(_runs(process, number) for process in os.listdir("/proc") if process.isdigit()):
            return kept, number
        kept.close()
    raise JailUnavailable("No user id is free for a submission; wait until other graders have ended.")


def _runs(process, user):
    try:
        return os.stat(f"/proc/{process}").st_uid == user
    except OSError:
        return False


def launch(python: Interpreter, machine: str) -> Launch:
    """How to start a worker in this jail.

    Args:
        python: the `interpreter.Interpreter` that runs submissions.
        machine: the processor, as in `os.uname`.
    Raises:
        JailUnavailable: no user is free, no folder is writable, or a disk would show what a submission reads.
    """
    files, folder = readable(python, environments.project_folders()), scratch_folder()
    if told := access_times.always_updated(roots_of(files)):
        raise JailUnavailable(f"A submission could leave traces in access times: {told} {STRICT}.")
    user, descriptors = 0, []
    if os.geteuid() == 0:
        kept, user = free_user()
        descriptors.append(kept.detach())
    variables = {**environments.VARIABLES, "PATH": f"{python.prefix}/bin:/usr/bin:/bin", "USER": "student"}
    settings = {
        "files": files,
        "folder": folder,
        "user": user,
        "filters": [
            system_calls.program(kind, machine) for kind in (system_calls.LANDLOCK, system_calls.SAME_USER)
        ],
    }
    command = [python.executable, "-I", str(environments.INSIDE / "worker.py")]
    return Launch(python.executable, command, variables, descriptors, settings, roots_of(files))


def roots_of(files: Mapping[str, str]) -> tuple[str, ...]:
    """The paths on disks that lie below no other."""
    on_disks = [path for path in files if not path.startswith(("/proc/", "/sys/", "/dev/"))]
    return tuple(path for path in on_disks if not any(str(above) in files for above in Path(path).parents))
