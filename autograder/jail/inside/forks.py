"""Inside the jail: start a process for each conversation, watch what it uses, end all that it started.

A `Fork` has user, mount, process, network and message namespaces of its own; `groups.Group` does without.
Imports nothing of this project but `confinement`.
"""

import contextlib
import os
import re
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from typing import Protocol

import confinement

WATCH_SECONDS = 0.05
# Seconds of CPU that a fork may take at once, and for each second after that: others run beside it. So two
# cores may be busy for 26 s, and a fork of 40 s, as long as one may be by default, has 70 s of CPU.
BURST, RATE = 20.0, 1.25
WAIT_ALL = 0x40000000  # __WALL: also for children whose end sends no signal
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER = 0x00020000, 0x08000000, 0x10000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 2, 4, 0x4000, 1 << 18
PR_SET_CHILD_SUBREAPER = 36
# Files count as well: each takes memory of the kernel.
SCRATCH = {"/tmp": b"size=256m,nr_inodes=16k", "/dev/shm": b"size=64m,nr_inodes=1k"}
FILES = 17 << 10  # of both, where forks share a scratch
PAGE, TICKS = resource.getpagesize(), os.sysconf("SC_CLK_TCK")
SIZES = re.compile(rb"^(RssAnon|VmSwap|VmPTE|HugetlbPages):\s*(\d+) kB", re.M)
SOCKETS = re.compile(rb"^sockets: used (\d+)", re.M)


def make_nursery() -> "Nursery | None":
    """A Nursery, where the system lets a process have namespaces of its own; else None."""
    nursery = None
    with contextlib.suppress(OSError):
        leave_user_namespace()
        hide_memory()
        nursery = Nursery()
    hide_memory()
    # What a fork leaves behind becomes a child of this process, which can wait for its end.
    confinement.libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return nursery


def hide_memory() -> None:
    """Let no fork read this process's memory through /proc."""
    confinement.libc().prctl(confinement.PR_SET_DUMPABLE, 0, 0, 0, 0)


def leave_user_namespace(others: int = 0) -> None:
    """Go into a user namespace of its own, with all rights over what it makes; and leave the `others`.

    Raises:
        OSError: the system does not allow it.
    """
    uid, gid, system = os.getuid(), os.getgid(), confinement.libc()
    system.prctl(confinement.PR_SET_DUMPABLE, 1, 0, 0, 0)  # else /proc/self is not ours to write
    confinement.check(system.unshare(CLONE_NEWUSER | others), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


class Watched(Protocol):
    """A process and all it started, as a `Meter` sees them."""

    first: int | None  # the process 1 of its namespace, if it has one

    def processes(self) -> set[int]: ...

    def socket_count(self, processes: set[int]) -> int: ...

    def has_too_many_files(self) -> bool: ...


class Nursery:
    """A small process that makes process namespaces, each with a process 1 that only reaps.

    It is started before the imports: to fork a process that has imported TensorFlow takes long, and so
    each conversation needs one such fork only.
    """

    def __init__(self) -> None:
        self.line, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.line.close()
            try:
                _serve(theirs)
            finally:
                os._exit(0)
        theirs.close()

    def new(self) -> int:
        """Put the next children of this process into a new process namespace -> its process 1.

        Raises:
            OSError: the system does not allow it.
        """
        self.line.sendall(b"N")
        data, descriptors, _, _ = socket.recv_fds(self.line, 4, 1)
        if not descriptors:
            raise OSError("no process namespace was made")
        self.line.recv(1)
        try:
            confinement.check(confinement.libc().setns(descriptors[0], CLONE_NEWPID), "setns")
        finally:
            os.close(descriptors[0])
        return struct.unpack("=i", data)[0]

    def close(self) -> None:
        self.line.close()
        os.waitpid(self.pid, 0)


def _serve(line):
    while line.recv(1):
        maker = os.fork()
        if maker == 0:
            confinement.check(confinement.libc().unshare(CLONE_NEWPID), "unshare")
            first = os.fork()
            if first == 0:
                os.closerange(3, 1024)
                confinement.drop_inheritable_capabilities()
                confinement.drop_capabilities()
                _reap()
            namespace = os.open("/proc/self/ns/pid_for_children", os.O_RDONLY)
            socket.send_fds(line, [struct.pack("=i", first)], [namespace])
            os._exit(0)
        os.waitpid(maker, 0)
        line.sendall(b".")


def _reap():
    """Reap children for as long as this process lives."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    while True:
        signal.sigwait({signal.SIGCHLD})
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def wait(pid: int, control: socket.socket, may_go_on: Callable[[], bytes] = lambda: b"") -> bytes:
    """Wait until a process ended, or must end -> why it must, in one letter, or nothing.

    Args:
        control: `K`, for kill, may come from it, or its end.
        may_go_on: called now and then; says why not.
    """
    ended = os.pidfd_open(pid)
    try:
        while True:
            watched: list[int | socket.socket] = [ended, control]
            ready, _, _ = select.select(watched, [], [], WATCH_SECONDS)
            if ended in ready:
                return b""
            if control in ready:
                control.recv(16)
                return b"K"
            if reason := may_go_on():
                return reason
    finally:
        os.close(ended)


class Fork:
    """A process that does `work`; with a nursery, in namespaces of its own.

    It is not their process 1, which would be deaf to signals from within.
    """

    def __init__(self, work: Callable[[], None], nursery: Nursery | None = None) -> None:
        self.first: int | None = nursery.new() if nursery else None
        self.outside = {1, os.getpid()} | ({nursery.pid} if nursery else set())
        self.pid = os.fork()
        if self.pid:
            return
        try:
            if nursery:
                isolate()
            work()
        except BaseException:  # noqa: BLE001 - the grader reads an early end as a crash
            os._exit(1)
        os._exit(0)

    def processes(self) -> set[int]:
        """The numbers of all processes, the reaper included."""
        return {int(name) for name in os.listdir("/proc") if name.isdigit()} - self.outside

    def socket_count(self, processes: set[int]) -> int:
        """How many sockets its namespace has, those that no process holds included."""
        return sockets_of(self.pid)

    def has_too_many_files(self) -> bool:
        """Whether the forking process's scratch, which a fork without another uses, has too many."""
        return files_in_scratch() > FILES

    def end(self) -> bool:
        """End the process and its namespace; they are dead then -> whether it had ended well by itself."""
        os.kill(self.first or self.pid, signal.SIGKILL)  # with process 1 all others end
        well = self.ended_well()
        self.end_namespace()
        return well

    def ended_well(self) -> bool:
        """Wait until the process ended by itself -> whether it ended well."""
        return os.waitpid(self.pid, 0)[1] == 0

    def end_namespace(self) -> None:
        if self.first:
            os.kill(self.first, signal.SIGKILL)
            # It ends when all others were waited for; with CLONE_PARENT they are children of this process.
            while os.waitpid(-1, WAIT_ALL)[0] != self.first:
                continue


def can_isolate(nursery: Nursery | None) -> bool:
    """Whether a fork can have all of its own namespaces here."""
    try:
        fork = Fork(lambda: None, nursery)
    except OSError:
        return False
    well = fork.ended_well()
    fork.end_namespace()
    return well


def isolate() -> None:
    """Leave the namespaces that other submissions' forks will use.

    Raises:
        OSError: the system does not allow it.
    """
    if sys.base_prefix.startswith("/tmp/"):
        raise OSError("Python itself lies below /tmp, which would be hidden from it")
    system, check = confinement.libc(), confinement.check
    leave_user_namespace(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # where memory runs out all the same, the kernel ends a submission first
    check(system.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")
    for folder, options in SCRATCH.items():
        flags = MS_NOSUID | MS_NODEV
        check(system.mount(b"tmpfs", folder.encode(), b"tmpfs", flags, options), folder)
    os.chdir("/tmp")
    os.setsid()


class Meter:
    """What a fork and all it started use together; the kernel's limits hold for each process alone.

    Reads only what never waits for a lock that a hostile process could hold, and little of it: a fork
    bomb leaves little time to this process. `confinement` says what is counted, and what bounds the rest.
    """

    def __init__(self, fork: Watched, memory: int, cpu_seconds: float) -> None:
        self.fork, self.memory, self.ticks = fork, memory, cpu_seconds * TICKS
        self.since, (self.inherited, _) = time.monotonic(), memory_of("self")
        with socket.socket(socket.AF_UNIX) as unused:
            # What is sent may exceed the limit by half of it.
            self.socket_bytes = unused.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) * 3 // 2

    def excess(self) -> bytes:
        """What is too much: Processes, Memory or Time; else nothing."""
        found = self.fork.processes()
        if len(found) > confinement.PROCESSES + 1:
            return b"P"
        threads = ticks = 0
        memory = self.fork.socket_count(found) * self.socket_bytes
        for process in found:
            try:
                with open(f"/proc/{process}/stat", "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
                inheritable, own = memory_of(process)
            except OSError:
                continue  # it has just ended
            ticks += sum(map(int, fields[11:15]))
            if process != self.fork.first:
                threads += int(fields[17])
                memory += self.unshared(inheritable, int(fields[7]) * PAGE) + own
        if threads > confinement.TASKS:
            return b"P"
        if ticks > min(self.ticks, TICKS * (BURST + RATE * (time.monotonic() - self.since))):
            return b"T"
        return b"M" if memory > self.memory or self.fork.has_too_many_files() else b""

    def unshared(self, size: int, written: int) -> int:
        """Memory that a process does not share with the forking one, or a little more.

        Args:
            size: its memory, with what it inherited.
            written: at most how much of that it wrote to; each page took a fault.
        """
        return min(size, max(0, size - self.inherited) + min(self.inherited, written))


def memory_of(process: int | str) -> tuple[int, int]:
    """Bytes of memory of a process that come from no file -> those that a fork shares, and the rest."""
    for folder in shown_in(process):
        with open(f"{folder}/status", "rb") as file:
            kilobytes = {name: int(size) for name, size in SIZES.findall(file.read())}
        if kilobytes:
            shared = kilobytes.pop(b"RssAnon", 0) + kilobytes.pop(b"VmSwap", 0)
            return shared << 10, sum(kilobytes.values()) << 10
    return 0, 0


def sockets_of(process: int) -> int:
    """How many sockets the network namespace of a process has, those that no process holds included."""
    with contextlib.suppress(OSError):
        for folder in shown_in(process):
            with contextlib.suppress(OSError), open(f"{folder}/net/sockstat", "rb") as file:
                if found := SOCKETS.search(file.read()):
                    return int(found[1])
    return 0


def shown_in(process: int | str) -> Iterator[str]:
    """Folders about a process: once its first thread has ended, only those of the others show anything."""
    yield f"/proc/{process}"
    for thread in os.listdir(f"/proc/{process}/task"):
        yield f"/proc/{process}/task/{thread}"


def end_all_others() -> None:
    """End every other process of the jail, and wait until all are dead."""
    with contextlib.suppress(ChildProcessError):
        while True:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)  # all of this jail's own process namespace
            os.waitpid(-1, WAIT_ALL)


def files_in_scratch() -> int:
    used = [os.statvfs(folder) for folder in SCRATCH]
    return sum(folder.f_files - folder.f_ffree for folder in used)


def empty_scratch(kept: int) -> None:
    """Remove all files from the scratch, where the next fork will use the same.

    Args:
        kept: how many are the jail's own.
    Raises:
        OSError: some of a submission are left.
    """
    for folder in SCRATCH:
        for _, names, _, here in os.fwalk(folder):
            for name in names:  # what is closed to its owner is opened, and entered after that
                with contextlib.suppress(OSError):
                    os.chmod(name, 0o700, dir_fd=here)
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)
    if files_in_scratch() > kept:
        raise OSError("the scratch cannot be emptied")
