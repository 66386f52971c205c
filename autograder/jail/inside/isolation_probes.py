"""Inside the jail: try what no submission may do, and say what succeeded.

Network attempts go to addresses of the grader's own, or send nothing at all.
"""

import contextlib
import ctypes
import importlib.util
import os
import socket
import sys

PTRACE_ATTACH, PTRACE_DETACH = 16, 17
MS_BIND = 4096
UNROUTED = "192.0.2.1"  # kept for documentation (RFC 5737); connecting by UDP sends nothing


def attempt(names, port, unix_name, files, modules, folders, processes):
    """What a submission could do, as sentences' ends; empty where the jail holds.

    Args:
        names: not used.
        port: on which the grader listens, on its own machine.
        unix_name: of the grader's abstract socket.
        files: paths that must not be readable.
        modules: names that must not be importable.
        folders: where no file may be written, besides Python's own.
        processes: how many are the jail's own.
    """
    done = [*networks(port, unix_name), *readable(files), *importable(modules)]
    done += [*writable((*folders, sys.prefix, sys.base_prefix)), *others(processes), *rights()]
    return {"breaches": done}


def networks(port, unix_name):
    for family, kind, address, words in (
        (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port), "reach the machine's own network"),
        (socket.AF_INET, socket.SOCK_DGRAM, (UNROUTED, 9), "reach the network"),
        (socket.AF_UNIX, socket.SOCK_STREAM, "\0" + unix_name, "reach a socket of another program"),
    ):
        with contextlib.suppress(OSError), socket.socket(family, kind) as client:
            client.settimeout(0.2)
            client.connect(address)
            yield words


def readable(files):
    for path in files:
        with contextlib.suppress(OSError, ValueError), open(path, "rb") as file:
            file.read(1)
            yield f"read {path}"


def importable(modules):
    for name in modules:
        with contextlib.suppress(ImportError, OSError, ValueError):
            if importlib.util.find_spec(name) is not None:
                yield f"import {name}"


def writable(folders):
    for folder in folders:
        path = os.path.join(folder, f"left-{os.getpid()}")
        with contextlib.suppress(OSError), open(path, "w"):
            os.unlink(path)
            yield f"write into {folder}"


def others(processes):
    found = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    if len(found) > processes:
        yield "see processes outside"
    system, own = ctypes.CDLL(None), int(os.readlink("/proc/self"))
    for process in found:
        if process != own and memory_opens(process):
            yield "read another process's memory"
    for process in {1, os.getppid(), *found} - {os.getpid()}:
        if system.ptrace(PTRACE_ATTACH, process, None, None) == 0:
            os.waitpid(process, 0)
            system.ptrace(PTRACE_DETACH, process, None, None)
            yield "trace another process"


def memory_opens(process):
    with contextlib.suppress(OSError), open(f"/proc/{process}/mem", "rb"):
        return True
    return False


def rights():
    system = ctypes.CDLL(None)
    if system.umount2(b"/tmp", 2) == 0:
        yield "take mounts away"
    if system.mount(b"/", b"/tmp", None, MS_BIND, None) == 0:
        yield "mount"
    if os.getuid() == 0:
        yield "be root"
