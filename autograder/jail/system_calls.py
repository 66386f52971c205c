"""The system calls that a submission may make: an allow list, compiled to filters by libseccomp.

`make filters` writes the programs in `filters/` from the lists below, by the table
of calls of libseccomp (2.5.4 or later), through pyseccomp. Grading reads the programs alone, so that a
machine needs neither. What is not listed, and each call that a newer kernel brings, fails as if the kernel
did not have it (ENOSYS).
"""

import errno
import tempfile
from collections.abc import Iterator
from pathlib import Path

FILTERS = Path(__file__).resolve().parent / "filters"
MACHINES = ("x86_64", "aarch64")
# The filter in namespaces of its own; the one under Landlock; and that for processes which share their user
# with others whom Landlock leaves open to signals (before Linux 6.12).
NAMESPACES, LANDLOCK, SAME_USER = KINDS = ("namespaces", "landlock", "same-user")
# Stands in a compiled program for the number of the process that it is installed in.
OWN_PROCESS = 0x5E1F5E1F

FILES = """
    access chdir close close_range creat dup dup2 dup3 faccessat faccessat2 fchdir fdatasync fgetxattr
    flistxattr flock fstat fstatfs fsync ftruncate getcwd getdents getdents64 getxattr lgetxattr link linkat
    listxattr llistxattr lseek lstat mkdir mkdirat mknod mknodat newfstatat pipe pipe2 pread64 preadv pwrite64
    pwritev read readlink readlinkat readv rename renameat renameat2 rmdir stat statfs statx symlink symlinkat
    umask unlink unlinkat write writev
""".split()
MEMORY = """
    brk madvise map_shadow_stack membarrier mlock mlock2 mlockall mprotect mremap msync munlock munlockall
    munmap pkey_alloc pkey_free pkey_mprotect
""".split()
PROCESSES = """
    arch_prctl capget execve execveat exit exit_group fork futex futex_requeue futex_wait futex_waitv
    futex_wake get_robust_list getcpu getegid geteuid getgid getgroups getpgid getpgrp getpid getppid
    getpriority getresgid getresuid getrlimit getrusage getsid gettid getuid restart_syscall rseq
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
    sched_getscheduler sched_rr_get_interval sched_yield set_robust_list set_tid_address setrlimit sysinfo
    times uname vfork wait4 waitid
""".split()
SIGNALS = """
    alarm pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait
    sigaltstack signalfd signalfd4
""".split()
TIME = """
    clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep setitimer time timer_create
    timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime
""".split()
WAITING = """
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 getrandom poll
    ppoll pselect6 select
""".split()
SOCKETS = """
    getpeername getsockname getsockopt recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto shutdown
""".split()
EVERYWHERE = (*FILES, *MEMORY, *PROCESSES, *SIGNALS, *TIME, *WAITING, *SOCKETS)

# In its own namespaces a submission can neither see nor disturb another's processes, files or sockets.
IN_NAMESPACES = """
    accept accept4 bind chmod chown connect copy_file_range fallocate fchmod fchmodat fchmodat2 fchown
    fchownat futimesat kill lchown listen open openat pidfd_open pidfd_send_signal prlimit64 rt_sigqueueinfo
    rt_tgsigqueueinfo sched_setaffinity sched_setattr sched_setparam sched_setscheduler setpgid setpriority
    setsid tgkill tkill truncate utime utimensat utimes
""".split()
TO_OTHERS = "kill pidfd_open pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo tgkill tkill".split()
OF_ONE_PROCESS = ("prlimit64", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler")

# These seem to succeed and do nothing. The memory of options and locks counts for no process, but libraries
# set them as a matter of course; writing out all disks would slow the machine.
WITHOUT_EFFECT = ("setsockopt", "sync", "syncfs")
LOCKS = (6, 7, 37, 38)  # F_SETLK, F_SETLKW, and those of open file descriptions
# Landlock does not watch these, and they would change files outside of the scratch.
WITHOUT_EFFECT_UNDER_LANDLOCK = """
    chmod chown fchmod fchmodat fchmodat2 fchown fchownat futimesat lchown utime utimensat utimes
""".split()
NOT_SUPPORTED = ("fsetxattr", "lsetxattr", "setxattr", "setxattrat")  # as on a file system without attributes

AF_UNIX, AF_INET, AF_INET6, SOCK_STREAM, KINDS_OF_SOCKET = 1, 2, 10, 1, 0xF
MAP_SHARED, MAP_ANONYMOUS = 0x01, 0x20
NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW...
# Duplicates, flags, questions about locks, the size of a pipe.
FCNTL = (0, 1, 2, 3, 4, 5, 9, 36, 1030, 1032)
# Questions about terminals, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX.
IOCTL = (0x5401, 0x540F, 0x5413, 0x802C542A, 0x541B, 0x5421, 0x5451, 0x5450)
# The signal at a parent's end, names of threads and maps, timers, huge pages; what only asks.
PRCTL = (1, 2, 3, 15, 16, 21, 23, 27, 29, 30, 38, 39, 41, 42, 0x53564D41)
O_ACCMODE, O_TRUNC = 3, 0o1000


class Rule:
    """A call, and what its arguments must be: {place: value} or {place: (mask, value)}."""

    def __init__(
        self, call: str, arguments: dict[int, int | tuple[int, int]] | None = None, error: int | None = None
    ) -> None:
        self.call, self.arguments, self.error = call, arguments or {}, error


def rules(kind: str) -> Iterator[Rule]:
    """The Rules of a kind of filter; a call without one fails with ENOSYS."""
    yield from map(Rule, EVERYWHERE)
    yield from conditional(kind)
    yield from (Rule(call, error=0) for call in WITHOUT_EFFECT)
    yield from (Rule("fcntl", {1: command}, 0) for command in LOCKS)
    yield from (Rule(call, error=errno.ENOTSUP) for call in NOT_SUPPORTED)
    for family in (AF_INET, AF_INET6):
        yield Rule("socket", {0: family}, errno.ENETUNREACH)
    if kind == NAMESPACES:
        yield from map(Rule, IN_NAMESPACES)
        yield from (Rule(call, {0: AF_UNIX}) for call in ("socket", "socketpair"))
    else:
        yield from under_landlock(kind)


def conditional(kind: str) -> Iterator[Rule]:
    """Calls that only some arguments make harmless, in every kind."""
    yield Rule("clone", {0: (NEW_NAMESPACES, 0)})  # clone3 has its flags in memory: libraries fall back
    # Memory that is shared without a file counts for no process.
    for flags in (0, MAP_SHARED, MAP_ANONYMOUS):
        yield Rule("mmap", {3: (MAP_SHARED | MAP_ANONYMOUS, flags)})
    yield from (Rule("fcntl", {1: command}) for command in FCNTL)
    yield from (Rule("ioctl", {1: request}) for request in IOCTL)
    yield from (Rule("prctl", {0: option}) for option in PRCTL)


def under_landlock(kind: str) -> Iterator[Rule]:
    """What Landlock leaves open is closed here.

    No process leaves its group (`setsid`, `setpgid`), by which all are ended; none sets limits or priorities
    of others; no socket but connected pairs; no file is changed that may only be read.
    """
    yield from (Rule(call, error=0) for call in WITHOUT_EFFECT_UNDER_LANDLOCK)
    yield from (Rule(call, error=errno.EPERM) for call in ("setsid", "setpgid", "truncate"))
    yield from (Rule(call, {0: 0}) for call in OF_ONE_PROCESS)
    yield Rule("setpriority", {0: 0, 1: 0})
    yield Rule("socketpair", {0: AF_UNIX, 1: (KINDS_OF_SOCKET, SOCK_STREAM)})
    # Before Linux 6.2 a file that is opened for reading can be made empty by opening it.
    for flags in (0, 1, 2, O_TRUNC | 1, O_TRUNC | 2):
        yield Rule("open", {1: (O_TRUNC | O_ACCMODE, flags)})
        yield Rule("openat", {2: (O_TRUNC | O_ACCMODE, flags)})
    if kind == LANDLOCK:
        yield from map(Rule, TO_OTHERS)
    else:
        for receiver in (0, OWN_PROCESS):
            yield Rule("kill", {0: (0xFFFFFFFF, receiver)})
        for call in ("tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
            yield Rule(call, {0: (0xFFFFFFFF, OWN_PROCESS)})


def program(kind: str, machine: str) -> bytes:
    """The compiled filter of a kind, as bytes; none for a processor that is not known."""
    path = FILTERS / f"{kind}-{machine}.bpf"
    return path.read_bytes() if path.is_file() else b""


def compiled(kind: str, machine: str) -> bytes:
    """The filter of a kind, compiled anew.

    Raises:
        ModuleNotFoundError: pyseccomp is not installed.
        RuntimeError: there is no libseccomp, or it cannot compile a rule.
    """
    import pyseccomp

    architecture = {"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}[machine]
    made = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.ENOSYS))
    if architecture != pyseccomp.system_arch():
        made.add_arch(architecture)
        made.remove_arch(pyseccomp.system_arch())
    made.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    for rule in rules(kind):
        if pyseccomp.resolve_syscall(architecture, rule.call) < 0:
            continue  # this processor, or this libseccomp, does not have it
        action = pyseccomp.ALLOW if rule.error is None else pyseccomp.ERRNO(rule.error)
        made.add_rule(
            action,
            rule.call,
            *(
                pyseccomp.Arg(place, pyseccomp.MASKED_EQ, *value)
                if isinstance(value, tuple)
                else pyseccomp.Arg(place, pyseccomp.EQ, value)
                for place, value in rule.arguments.items()
            ),
        )
    with tempfile.TemporaryFile() as file:
        made.export_bpf(file)
        file.seek(0)
        return file.read()


if __name__ == "__main__":
    FILTERS.mkdir(exist_ok=True)
    for kind in KINDS:
        for machine in MACHINES:
            (FILTERS / f"{kind}-{machine}.bpf").write_bytes(compiled(kind, machine))
