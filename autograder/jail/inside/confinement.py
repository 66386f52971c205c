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
| files in the scratch | size and inodes of the mount; where forks share it, files are counted |
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
import struct

SCRATCH = ("/tmp", "/dev/shm")
FILE_BYTES = 64 << 20
OPEN_FILES = 128
PENDING_SIGNALS = 1024
CORES = os.cpu_count() or 1
PROCESSES = 16 + 2 * CORES
# Processes and threads; TensorFlow starts several threads for each core.
TASKS = PROCESSES + 32 + 16 * CORES

PR_GET_SECCOMP, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 21, 22, 24, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
CAPABILITY_VERSION_3 = 0x20080522


def confine():
    """Take everything from this process that the system can take.

    Raises:
        OSError: a step failed that `lacking` does not name.
    """
    drop_capabilities()
    if landlock_version():
        restrict_files()
    if can_filter():
        filter_system_calls()


def lacking():
    """What this system cannot take from a process, in words."""
    missing = []
    if not landlock_version():
        missing.append("Landlock, a second wall around files (Linux 5.13)")
    if not can_filter():
        missing.append(f"a filter of system calls (seccomp on {' or '.join(MACHINES)})")
    return missing


def libc():
    return ctypes.CDLL(None, use_errno=True)


def check(result, what):
    """The result of a system call.

    Raises:
        OSError: it failed.
    """
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def drop_capabilities():
    """Give up every right over the process's own namespaces, and those that `exec` could bring back."""
    system, number = libc(), 0
    while system.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0:
        number += 1
    system.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION_3, 0))
    check(system.capset(header, ctypes.create_string_buffer(24)), "capset")
    check(system.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


# --- Limits


def limit_resources(memory, cpu_seconds, count_tasks):
    """Set limits that the process cannot raise again.

    Args:
        memory: bytes of private memory of each process.
        cpu_seconds: of each process.
        count_tasks: limit processes and threads; only where this user namespace is the process's own.
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
    if count_tasks and tasks_count_per_namespace():
        limits.append((resource.RLIMIT_NPROC, TASKS))
    for kind, limit in limits:
        most = resource.getrlimit(kind)[1]
        limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(kind, (limit, limit))


def tasks_count_per_namespace():
    """Whether RLIMIT_NPROC counts the tasks of a user namespace alone (Linux 5.14)."""
    return tuple(map(int, os.uname().release.split("-")[0].split(".")[:2])) >= (5, 14)


# --- Landlock

LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446  # the same on every architecture
LANDLOCK_VERSION_FLAG, LANDLOCK_PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
RIGHTS_OF_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
NET_BIND_CONNECT, SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3, 3


def landlock_version():
    """What this kernel's Landlock knows; 0 without."""
    return max(0, libc().syscall(LANDLOCK_CREATE, None, 0, LANDLOCK_VERSION_FLAG))


def restrict_files():
    """Let the process read what is mounted, and write only to the scratch and to /dev/null.

    Also takes, where the kernel can: TCP, signals and abstract sockets to processes outside, and
    requests to devices.

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
    allowed = {"/": EXECUTE | READ_FILE | READ_DIR, "/dev/null": rights & ~EXECUTE}
    allowed |= dict.fromkeys(SCRATCH, rights)
    for path, access in allowed.items():
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
        access &= rights if os.path.isdir(path) else in_file
        rule = struct.pack("=Qi", access, folder)
        check(system.syscall(LANDLOCK_ADD, ruleset, LANDLOCK_PATH_BENEATH, rule, 0), path)
        os.close(folder)
    check(system.syscall(LANDLOCK_RESTRICT, ruleset, 0), "landlock")
    os.close(ruleset)


# --- seccomp

# Numbers of system calls: (x86_64, aarch64); None where there is none.
CALLS = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467), "unshare": (272, 97), "setns": (308, 268),
    "swapon": (167, 224), "swapoff": (168, 225), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142),
    "syslog": (103, 116), "acct": (163, 89), "vhangup": (153, 58), "personality": (135, 92),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "uselib": (134, None),
    "_sysctl": (156, None),
    # Which library files are in memory would tell one fork what another wrote there.
    "fadvise64": (221, 223), "preadv2": (327, 286), "mincore": (27, 232), "readahead": (187, 213),
    "cachestat": (451, 451),
}  # fmt: skip
# Memory of these counts for no process, so that the watch over the fork would not see it.
UNCOUNTED = {
    "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "vmsplice": (278, 75), "splice": (275, 76), "tee": (276, 77), "sendfile": (40, 71),
    "shmget": (29, 194), "shmat": (30, 196), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180), "io_setup": (206, 0), "inotify_init": (253, None), "inotify_init1": (294, 26),
    "landlock_create_ruleset": (444, 444), "landlock_add_rule": (445, 445), "seccomp": (317, 277),
}  # fmt: skip
UNCOUNTED_IN_FILES = {
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
}  # fmt: skip
# These seem to succeed and do nothing: the memory of options and locks counts for no process either, but
# libraries set them as a matter of course. No other program is there from which a lock could protect.
SETSOCKOPT, FCNTL, LOCKING = (54, 208), (72, 25), (6, 7, 37, 38)
# Nor do these do anything: nothing in the jail outlives it, and writing out all disks slows the machine.
SYNC, SYNCFS = (162, 81), (306, 267)
CLONE, CLONE3, MMAP, PRCTL = (56, 220), (435, 435), (9, 222), (157, 167)
SOCKET, SOCKETPAIR, IOCTL = (41, 198), (53, 199), (16, 29)
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH
X32_BIT = 0x40000000
NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW...
MAP_SHARED, MAP_ANONYMOUS = 0x01, 0x20
AF_UNIX, AF_INET, AF_INET6, TIOCSTI, TIOCLINUX = 1, 2, 10, 0x5412, 0x541C

ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
SET_MODE_FILTER, SPEC_ALLOW = 1, 4
SECCOMP = (317, 277)


def system_call_filter(machine):
    """A BPF program that refuses system calls which a submission has no honest use for.

    A refused call fails as if the kernel did not have it or allow it; sockets to the network, as if
    there were none.

    Raises:
        OSError: this processor's numbers are not known.
    """
    if machine not in MACHINES:
        raise OSError(errno.ENOSYS, f"no filter of system calls for {machine}")
    column, architecture = MACHINES[machine]

    def refuse(number):
        return [(RETURN, 0, 0, ERRNO | number)]

    def when(call, body):
        """`body` where the call is this one; the number is in the accumulator, before and after."""
        return [(JUMP_EQUAL, 0, len(body) + 1, call[column]), *body, (LOAD, 0, 0, NUMBER)]

    def argument(place):
        return [(LOAD, 0, 0, ARGUMENTS + 8 * place)]

    def unless_equal(value, body):
        return [(JUMP_EQUAL, len(body), 0, value), *body]

    def where_equal(value, body):
        return [(JUMP_EQUAL, 0, len(body), value), *body]

    program = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":
        program += [(JUMP_AT_LEAST, 0, 1, X32_BIT), (RETURN, 0, 0, KILL)]
    refused = ((CALLS, errno.EPERM), (UNCOUNTED, errno.ENOSYS), (UNCOUNTED_IN_FILES, errno.ENOTSUP))
    for calls, number in refused:
        for call in calls.values():
            if call[column] is not None:
                program += where_equal(call[column], refuse(number))
    for call in (SETSOCKOPT, SYNC, SYNCFS):
        program += where_equal(call[column], refuse(0))
    locking = [step for command in LOCKING for step in where_equal(command, refuse(0))]
    program += when(FCNTL, argument(1) + locking)
    program += when(PRCTL, argument(0) + where_equal(PR_SET_SECCOMP, refuse(errno.EPERM)))
    program += when(CLONE3, refuse(errno.ENOSYS))  # its flags are in memory; libraries fall back to clone
    program += when(
        CLONE, argument(0) + [(JUMP_ANY_BIT, 0, 1, NEW_NAMESPACES)] + refuse(errno.EPERM)
    )
    shared = MAP_SHARED | MAP_ANONYMOUS
    program += when(
        MMAP,
        argument(3) + [(AND, 0, 0, shared)] + where_equal(shared, refuse(errno.EPERM)),
    )
    no_network = where_equal(AF_INET, refuse(errno.ENETUNREACH))
    no_network += where_equal(AF_INET6, refuse(errno.ENETUNREACH))
    for call in (SOCKET, SOCKETPAIR):
        program += when(
            call, argument(0) + no_network + unless_equal(AF_UNIX, refuse(errno.EAFNOSUPPORT))
        )
    terminal = where_equal(TIOCSTI, refuse(errno.EPERM)) + where_equal(TIOCLINUX, refuse(errno.EPERM))
    program += when(IOCTL, argument(1) + terminal)
    program.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in program)


def can_filter():
    """Whether the kernel has seccomp, and this processor's numbers are known."""
    return libc().prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 and os.uname().machine in MACHINES


def filter_system_calls():
    """Install the filter for this process and its children.

    Raises:
        OSError: the kernel has no seccomp, or this processor's numbers are not known.
    """
    machine = os.uname().machine
    program = system_call_filter(machine)
    steps = ctypes.create_string_buffer(program, len(program))
    about = struct.pack("@HP", len(program) // 8, ctypes.addressof(steps))
    number = SECCOMP[MACHINES[machine][0]]
    check(libc().syscall(number, SET_MODE_FILTER, SPEC_ALLOW, about), "seccomp")
