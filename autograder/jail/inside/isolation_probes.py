"""Inside the jail: try what no submission may do, and say what succeeded.

Network attempts go to addresses of the grader's own, or send nothing at all.
"""

import contextlib
import ctypes
import importlib
import itertools
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable, Iterator

PTRACE_ATTACH, PTRACE_DETACH = 16, 17
MS_BIND = 4096
TOLD = 40  # files that could be read
UNROUTED = "192.0.2.1"  # kept for documentation (RFC 5737); connecting by UDP sends nothing


def attempt(
    names: dict,
    port: int,
    unix_name: str,
    files: list,
    modules: list,
    folders: list,
    processes: int,
    outside: list,
) -> dict:
    """What a submission could do, as sentences' ends; empty where the jail holds.

    Args:
        names: not used, as in all probes.
        port: on which the grader listens, on its own machine.
        unix_name: of the grader's abstract socket.
        files: paths that must not be readable.
        modules: names that must not be importable.
        folders: where no file may be written, besides Python's own.
        processes: how many are the jail's own.
        outside: numbers of processes outside, where they have the same numbers inside.
    """
    done = [*networks(port, unix_name), *itertools.islice(readable(files), TOLD), *importable(modules)]
    done += [*writable((*folders, sys.prefix, sys.base_prefix)), *others(processes, outside), *rights()]
    return {"breaches": done}


def look(names: dict, files: list, links: list) -> dict:
    """Read these files and follow these links -> how many files could be read."""
    for link in links:
        with contextlib.suppress(OSError):
            os.readlink(link)
    return {"read": len(list(readable(files)))}


def stay(names: dict) -> dict:
    """Start processes that try to outlive the conversation -> their numbers, and that of their groups."""
    started, report = [], os.pipe()
    for leave in (os.setsid, os.setpgrp):
        if os.fork() == 0:
            with contextlib.suppress(OSError):
                leave()
            for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_IGN)
            if os.fork() == 0:
                os.write(report[1], b"%9d" % os.getpid())
                time.sleep(600)
            os._exit(0)
        started.append(int(os.read(report[0], 9)))
    return {"started": started}


def multiply(names: dict, count: int) -> dict:
    """Start so many threads that do nothing, and wait to be ended for it."""
    for _ in range(count):
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    time.sleep(1)
    return {"threads": count}


def hoard(names: dict, count: int, size: int) -> object:
    """Take so many bytes in each of so many processes, and wait to be ended for it."""
    for _ in range(count):
        if os.fork() == 0:
            held = bytearray(b"x") * size
            time.sleep(600)
            return len(held)
    time.sleep(600)
    return None


def networks(port: int, unix_name: str) -> Iterator[str]:
    attempts: tuple[tuple[int, int, str | tuple, str], ...] = (
        (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port), "reach the machine's own network"),
        (socket.AF_INET, socket.SOCK_DGRAM, (UNROUTED, 9), "reach the network"),
        (socket.AF_UNIX, socket.SOCK_STREAM, "\0" + unix_name, "reach a socket of another program"),
    )
    for family, kind, address, words in attempts:
        with contextlib.suppress(OSError), socket.socket(family, kind) as client:
            client.settimeout(0.2)
            client.connect(address)
            yield words


def readable(files: Iterable[str]) -> Iterator[str]:
    for path in files:
        with contextlib.suppress(OSError, ValueError), open(path, "rb") as file:
            file.read(1)
            yield f"read {path}"


def importable(modules: Iterable[str]) -> Iterator[str]:
    for name in modules:
        with contextlib.suppress(ImportError, OSError, ValueError):
            importlib.import_module(name)
            yield f"import {name}"


def writable(folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        path = os.path.join(folder, f"left-{os.getpid()}")
        with contextlib.suppress(OSError), open(path, "w"):
            os.unlink(path)
            yield f"write into {folder}"


def others(processes: int, outside: Iterable[int]) -> Iterator[str]:
    """What can be done to processes of the jail that are not this one, and to those outside."""
    found = []
    with contextlib.suppress(OSError):
        found = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    if len(found) > processes:
        yield "see processes outside"
    system, own = ctypes.CDLL(None), os.getpid()
    with contextlib.suppress(OSError):
        own = int(os.readlink("/proc/self"))
    for process in {*found, *outside} - {own}:
        if memory_opens(process):
            yield "read another process's memory"
    for process in {1, os.getppid(), *found, *outside} - {0, own, os.getpid()}:
        if system.ptrace(PTRACE_ATTACH, process, None, None) == 0:
            os.waitpid(process, 0)
            system.ptrace(PTRACE_DETACH, process, None, None)
            yield "trace another process"
    for process in outside:
        yield from power_over(process)


def power_over(process: int) -> Iterator[str]:
    """What can be done to a process outside."""
    with contextlib.suppress(OSError):
        os.kill(process, 0)
        yield "signal another process"
    with contextlib.suppress(OSError):
        resource.prlimit(process, resource.RLIMIT_CORE)
        yield "set another process's limits"
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process, os.getpriority(os.PRIO_PROCESS, process))
        yield "set another process's priority"
    with contextlib.suppress(OSError):
        os.sched_setaffinity(process, os.sched_getaffinity(process))
        yield "set another process's processors"


def memory_opens(process: int) -> bool:
    with contextlib.suppress(OSError), open(f"/proc/{process}/mem", "rb"):
        return True
    return False


def rights() -> Iterator[str]:
    system = ctypes.CDLL(None)
    if system.umount2(b"/tmp", 2) == 0:
        yield "take mounts away"
    if system.mount(b"/", b"/tmp", None, MS_BIND, None) == 0:
        yield "mount"
    if os.getuid() == 0:
        yield "be root"
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1] + 1,) * 2)
        yield "raise its limits"
