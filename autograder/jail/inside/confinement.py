"""Inside the jail: take from a process what a submission does not need.

Capabilities, system calls (seccomp), files (Landlock) and resources (limits). Each step only takes away,
holds for all children, and cannot be undone by the process itself. The numbers are those of the
kernel's headers; imports nothing of this project.

Memory that a submission can make grow, and what bounds it. `forks.Meter` counts for a fork and all it
started; "refused" is by the filter of system calls; limits without another name hold for each process.

| memory | bound |
|---|---|
| of programs: heap, stacks, copies of inherited or file pages, swap, huge pages | counted |
| page tables | counted |
| of a process whose first thread has ended | counted, from its other threads |
| data in sockets, those that wait for `accept` included | counted, at the most that each can hold |
| System V and POSIX shared memory, `memfd`, anonymous or /dev/zero shared maps | refused |
| pages of deleted files in a pipe or socket (`splice`, `sendfile`) | refused |
| file locks, options and filters of sockets | refused, or without effect |
| more filters of system calls, rules of Landlock | refused |
| extended attributes and access lists of files, inotify, asynchronous I/O, keys | refused |
| files in the scratch | size and inodes of the mount; where it is no mount of its own, files are counted |
| files that were removed and are open | the same; where it is a disk, some of it stays free |
| locked memory, POSIX timers and queued signals, message queues | RLIMIT_MEMLOCK, _SIGPENDING, _MSGQUEUE |
| open files, kernel stacks, threads | RLIMIT_NOFILE; the number of tasks |
| data in pipes | the kernel's limit for a user, 64 MB |
| epoll watches | the kernel's limit for a user, 4% of the memory |
| descriptions of maps (`vm.max_map_count`) | the kernel's limit, usually 65,530: 14 MB |
| cached files, directory entries, split huge pages | the kernel takes them back when memory is short |
"""

import ctypes
import errno
import os
import resource
import stat
import struct
from typing import NamedTuple

# What may be done with a file: read or run it and all below; list what is below; anything; read and write.
READ, LIST, WRITE, USE = "read", "list", "write", "use"
FILE_BYTES = 64 << 20
OPEN_FILES = 128
PENDING_SIGNALS = 1024
CORES = os.cpu_count() or 1
PROCESSES = 16 + 2 * CORES
# Processes and threads; TensorFlow starts several threads for each core.
TASKS = PROCESSES + 32 + 16 * CORES

PR_GET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 21, 24, 38, 47
PR_SET_DUMPABLE, PR_SET_KEEPCAPS = 4, 8
PR_CAP_AMBIENT_CLEAR_ALL = 4
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 2


class User(NamedTuple):
    """A user of a submission's own, and whether it needs root's right to read what Landlock lets it read."""

    number: int
    reads_as_root: bool


def confine(files: dict[str, str], program: bytes, user: User | None = None) -> None:
    """Take everything from this process that the system can take.

    Args:
        files: {path: READ, LIST, WRITE or USE}, all that Landlock leaves.
        program: the filter of system calls, as bytes.
        user: a `User` to become; only root can.
    Raises:
        OSError: a step failed that `lacking` does not name.
    """
    ruleset = rules_of(files) if landlock_version() else None
    drop_inheritable_capabilities()  # before the right to do so is gone
    if user:
        become(user)
    drop_capabilities(1 << CAP_DAC_READ_SEARCH if user and user.reads_as_root else 0)
    if ruleset is not None:
        restrict_files(ruleset)
    if can_filter(program):
        filter_system_calls(program)


def lacking(program: bytes) -> list[str]:
    """What this system cannot take from a process, in words.

    Args:
        program: the filter of system calls, as bytes.
    """
    missing = []
    if not landlock_version():
        missing.append("Landlock, a second wall around files (Linux 5.13)")
    if not can_filter(program):
        missing.append(f"a filter of system calls (seccomp on {' or '.join(SECCOMP)})")
    return missing


def libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> int:
    """The result of a system call.

    Raises:
        OSError: it failed.
    """
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def become(user: User) -> None:
    """Go on as another user, with no group but its own.

    Raises:
        OSError: this process may not.
    """
    check(libc().prctl(PR_SET_KEEPCAPS, int(user.reads_as_root), 0, 0, 0), "capabilities")
    os.setgroups([])
    os.setresgid(*[user.number] * 3)
    os.setresuid(*[user.number] * 3)
    # Else /proc/self would be root's.
    check(libc().prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "dumpable")


def drop_inheritable_capabilities() -> None:
    """Give up those that `exec` could bring back."""
    system, number = libc(), 0
    while system.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0:
        number += 1
    system.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)


def drop_capabilities(kept: int = 0) -> None:
    """Give up every right over the process's own namespaces.

    Args:
        kept: the mask of those that the process itself keeps.
    """
    system = libc()
    header = ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION_3, 0))
    # Effective, permitted and inheritable, in two halves.
    sets = ctypes.create_string_buffer(struct.pack("=6I", kept, kept, 0, 0, 0, 0))
    check(system.capset(header, sets), "capset")
    gain_no_rights()


def gain_no_rights() -> None:
    """Let no program that is run from here on give rights that this process lacks."""
    check(libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


# --- Limits


def limit_resources(memory: int, cpu_seconds: int, count_tasks: bool) -> None:
    """Set limits that the process cannot raise again.

    Args:
        memory: bytes of private memory of each process.
        cpu_seconds: of each process.
        count_tasks: limit processes and threads; only where the user, or this namespace of users, is the
            process's own.
    """
    limits = [
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CPU, cpu_seconds),
    ]
    for name, limit in (("MEMLOCK", 0), ("MSGQUEUE", 0), ("SIGPENDING", PENDING_SIGNALS)):
        if hasattr(resource, f"RLIMIT_{name}"):  # not on every system
            limits.append((getattr(resource, f"RLIMIT_{name}"), limit))
    if count_tasks:
        limits.append((resource.RLIMIT_NPROC, TASKS))
    for kind, limit in limits:
        most = resource.getrlimit(kind)[1]
        limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(kind, (limit, limit))


def tasks_count_per_namespace() -> bool:
    """Whether RLIMIT_NPROC counts the tasks of a user namespace alone (Linux 5.14)."""
    return tuple(map(int, os.uname().release.split("-")[0].split(".")[:2])) >= (5, 14)


# --- Landlock

LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446  # the same on every architecture
LANDLOCK_VERSION_FLAG, LANDLOCK_PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
RIGHTS_OF_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
NET_BIND_CONNECT, SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3, 3


def landlock_version() -> int:
    """What this kernel's Landlock knows; 0 without."""
    return max(0, libc().syscall(LANDLOCK_CREATE, None, 0, LANDLOCK_VERSION_FLAG))


def signals_are_scoped() -> bool:
    """Whether Landlock keeps signals from processes outside (Linux 6.12)."""
    return landlock_version() >= 6


def rules_of(files: dict[str, str]) -> int:
    """Rules of Landlock, as a file descriptor: nothing but these files can be opened, made or removed.

    They also take, where the kernel can: TCP, signals and abstract sockets to processes outside, and
    requests to devices.

    Args:
        files: {path: READ, LIST, WRITE or USE}; what is not there is left out.
    Raises:
        OSError: this kernel has no Landlock.
    """
    system, version = libc(), landlock_version()
    if not version:
        raise OSError(errno.ENOSYS, "this kernel has no Landlock")
    rights = RIGHTS_OF_ABI[max(known for known in RIGHTS_OF_ABI if known <= version)]
    rules = rights, NET_BIND_CONNECT, SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS
    words = 1 if version < 4 else 2 if version < 6 else 3
    attribute = struct.pack(f"={words}Q", *rules[:words])
    ruleset = check(system.syscall(LANDLOCK_CREATE, attribute, len(attribute), 0), "landlock")
    in_file = EXECUTE | WRITE_FILE | READ_FILE | rights & ~RIGHTS_OF_ABI[2]
    access_of = {READ: EXECUTE | READ_FILE | READ_DIR, LIST: READ_DIR, WRITE: rights, USE: rights & ~EXECUTE}
    for path, kind in files.items():
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        access = access_of[kind] & (rights if stat.S_ISDIR(os.fstat(place).st_mode) else in_file)
        rule = struct.pack("=Qi", access, place)
        check(system.syscall(LANDLOCK_ADD, ruleset, LANDLOCK_PATH_BENEATH, rule, 0), path)
        os.close(place)
    return ruleset


def restrict_files(ruleset: int) -> None:
    """Apply the rules of `rules_of`; a process cannot leave them.

    Raises:
        OSError: this process may still gain rights.
    """
    check(libc().syscall(LANDLOCK_RESTRICT, ruleset, 0), "landlock")
    os.close(ruleset)


# --- seccomp

SET_MODE_FILTER, SPEC_ALLOW = 1, 4
SECCOMP = {"x86_64": 317, "aarch64": 277}
STEP = "=HBBI"  # struct sock_filter
# The number that stands for this process's own in a filter, as in `system_calls`.
OWN_PROCESS = 0x5E1F5E1F


def can_filter(program: bytes) -> bool:
    """Whether the kernel has seccomp, and there is a filter for this processor."""
    return bool(program) and libc().prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0


def filter_system_calls(program: bytes) -> None:
    """Install a filter for this process and its children.

    Args:
        program: instructions for the kernel's BPF machine; where one names `OWN_PROCESS`, this process's
            number takes its place.
    Raises:
        OSError: the kernel has no seccomp, or refuses the program.
    """
    steps = [list(step) for step in struct.iter_unpack(STEP, program)]
    for step in steps:
        if step[3] == OWN_PROCESS:
            step[3] = os.getpid()
    program = b"".join(struct.pack(STEP, *step) for step in steps)
    kept = ctypes.create_string_buffer(program, len(program))
    about = struct.pack("@HP", len(steps), ctypes.addressof(kept))
    check(libc().syscall(SECCOMP[os.uname().machine], SET_MODE_FILTER, SPEC_ALLOW, about), "seccomp")
