"""The filters of system calls, read by an interpreter of its own, for all kinds of jail and processors."""

import errno
import struct

import pytest

from autograder.jail import system_calls
from autograder.jail.inside import confinement
from autograder.jail.system_calls import LANDLOCK, NAMESPACES, SAME_USER

ALLOWED, UNKNOWN = "allowed", errno.ENOSYS
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def run(program, architecture, number, arguments=()):
    """What a classic BPF program decides, by the rules of linux/filter.h -> ALLOWED, "killed" or an errno."""
    arguments = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<iIQ6Q", number, architecture, 0, *arguments)
    steps = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    place, value = 0, 0
    while True:
        code, true, false, k = steps[place]
        place += 1
        if code == 0x20:  # BPF_LD | BPF_W | BPF_ABS
            (value,) = struct.unpack_from("<I", data, k)
        elif code == 0x54:  # BPF_ALU | BPF_AND | BPF_K
            value &= k
        elif code == 0x05:  # BPF_JMP | BPF_JA
            place += k
        elif code == 0x06:  # BPF_RET | BPF_K
            return {0x7FFF0000: ALLOWED, 0x80000000: "killed"}.get(k, k & 0xFFFF)
        else:
            holds = {0x15: value == k, 0x25: value > k, 0x35: value >= k, 0x45: bool(value & k)}[code]
            place += true if holds else false


@pytest.fixture(params=[f"{kind} {machine}" for kind in system_calls.KINDS for machine in ARCHITECTURES])
def decide(request):
    kind, machine = request.param.split()
    program = system_calls.program(kind, machine)
    assert len(program) % 8 == 0 and len(program) // 8 < 4096  # BPF_MAXINSNS
    column = list(ARCHITECTURES).index(machine)

    def decide(calls, *arguments, architecture=ARCHITECTURES[machine]):
        return run(program, architecture, calls[column], arguments)

    decide.kind = kind
    return decide


# Numbers of system calls by the kernel's headers: (x86_64, aarch64).
REFUSED = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "unshare": (272, 97),
    "setns": (308, 268),
    "clone3": (435, 435),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "init_module": (175, 105),
    "kexec_load": (246, 104),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "personality": (135, 92),
    "setuid": (105, 146),
    "setgid": (106, 144),
    "setresuid": (117, 147),
    "setgroups": (116, 159),
    "capset": (126, 91),
    "openat2": (437, 437),
    "process_mrelease": (448, 448),
    "ioprio_set": (251, 30),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "get_mempolicy": (239, 236),
    # Which library files are in memory would tell one fork what another wrote there.
    "fadvise64": (221, 223),
    "preadv2": (327, 286),
    "mincore": (27, 232),
    "readahead": (187, 213),
    "cachestat": (451, 451),
    # Memory of these counts for no process.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "vmsplice": (278, 75),
    "splice": (275, 76),
    "tee": (276, 77),
    "sendfile": (40, 71),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "io_setup": (206, 0),
    "inotify_init1": (294, 26),
    "landlock_create_ruleset": (444, 444),
    "seccomp": (317, 277),
    # Of kernels to come.
    "unknown": (900, 900),
    "the last": (0x3FFFFFFF, 0x3FFFFFFF),
}
ORDINARY = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "mprotect": (10, 226),
    "futex": (202, 98),
    "execve": (59, 221),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
    "rseq": (334, 293),
    "statx": (332, 291),
    "newfstatat": (262, 79),
    "sched_getaffinity": (204, 123),
    "pipe2": (293, 59),
    "munmap": (11, 215),
    "fsync": (74, 82),
    "wait4": (61, 260),
    "rt_sigreturn": (15, 139),
    "unlinkat": (263, 35),
    "ppoll": (271, 73),
    "getcwd": (79, 17),
    "clock_nanosleep": (230, 115),
}
KILL, TGKILL, OPENAT, PRLIMIT = (62, 129), (234, 131), (257, 56), (302, 261)
SETSID, SETPGID, TRUNCATE, CONNECT = (112, 157), (109, 154), (76, 45), (42, 203)
FCHMODAT, UTIMENSAT, FCHOWNAT, SETXATTR = (268, 53), (280, 88), (260, 54), (188, 5)
CLONE, MMAP, FCNTL, IOCTL, PRCTL = (56, 220), (9, 222), (72, 25), (16, 29), (157, 167)
SOCKET, SOCKETPAIR, SETSOCKOPT, SYNC = (41, 198), (53, 199), (54, 208), (162, 81)


def test_a_call_that_is_not_listed_is_as_if_the_kernel_had_none(decide):
    assert {name: decide(numbers) for name, numbers in REFUSED.items()} == dict.fromkeys(REFUSED, UNKNOWN)


def test_ordinary_calls_are_allowed(decide):
    assert {name: decide(numbers) for name, numbers in ORDINARY.items()} == dict.fromkeys(ORDINARY, ALLOWED)


def test_what_libraries_set_as_a_matter_of_course_seems_to_succeed_and_does_nothing(decide):
    assert decide(SYNC) == decide(SETSOCKOPT) == decide(FCNTL, 3, 6) == decide(FCNTL, 3, 38) == 0
    assert decide(SETXATTR) == errno.ENOTSUP


def test_threads_and_processes_are_allowed_and_namespaces_are_not(decide):
    assert decide(CLONE, 0x3D0F00) == ALLOWED  # a thread
    assert decide(CLONE, 0x01200011) == ALLOWED  # fork
    for flag in (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert decide(CLONE, flag | 0x11) == UNKNOWN


def test_private_memory_and_shared_files_are_allowed_and_shared_memory_is_not(decide):
    assert decide(MMAP, 0, 4096, 3, 0x22) == decide(MMAP, 0, 4096, 3, 0x01) == ALLOWED
    assert decide(MMAP, 0, 4096, 3, 0x802) == ALLOWED
    assert decide(MMAP, 0, 4096, 3, 0x21) == decide(MMAP, 0, 4096, 3, 0x23) == UNKNOWN


def test_there_is_no_network(decide):
    assert decide(SOCKET, 2) == decide(SOCKET, 10) == errno.ENETUNREACH
    for family in (0, 16, 17, 38, 40):  # unspecified, netlink, packet, crypto, virtual machines
        assert decide(SOCKET, family) == decide(SOCKETPAIR, family, 1) == UNKNOWN
    assert decide(SOCKETPAIR, 1, 0x80801) == ALLOWED  # AF_UNIX, SOCK_STREAM, close on exec, without waiting


def test_devices_and_processes_are_asked_little(decide):
    assert decide(IOCTL, 0, 0x5401) == decide(FCNTL, 0, 1030) == decide(PRCTL, 15) == ALLOWED
    # Keys typed into a terminal, clones of files, their flags, signals to others; filters; memory to read.
    for request in (0x5412, 0x541C, 0x40049409, 0x40086602, 0x8901):
        assert decide(IOCTL, 0, request) == UNKNOWN
    assert decide(FCNTL, 0, 8) == decide(FCNTL, 0, 10) == decide(FCNTL, 0, 15) == UNKNOWN
    assert decide(PRCTL, 22) == decide(PRCTL, 4) == decide(PRCTL, 36) == UNKNOWN


def test_other_ways_to_call_the_kernel_end_the_process(decide):
    assert decide((0, 63), architecture=0x40000003) == "killed"  # i386
    program = system_calls.program(decide.kind, "x86_64")
    assert run(program, 0xC000003E, 0x40000000 + 101) == "killed"  # x32


def test_in_its_namespaces_a_submission_is_free(decide):
    if decide.kind != NAMESPACES:
        pytest.skip("about namespaces")
    for call in (KILL, TGKILL, OPENAT, PRLIMIT, SETSID, SETPGID, TRUNCATE, CONNECT, FCHMODAT, UTIMENSAT):
        assert decide(call, 77, 77, 0o1000) == ALLOWED
    assert decide(SOCKET, 1) == ALLOWED


def test_what_landlock_leaves_open_is_closed(decide):
    if decide.kind == NAMESPACES:
        pytest.skip("about Landlock")
    assert decide(SETSID) == decide(SETPGID) == decide(TRUNCATE) == errno.EPERM
    assert decide(FCHMODAT) == decide(UTIMENSAT) == decide(FCHOWNAT) == 0
    assert decide(PRLIMIT, 0) == ALLOWED and decide(PRLIMIT, 77) == UNKNOWN
    assert decide(SOCKET, 1) == decide(CONNECT) == decide(SOCKETPAIR, 1, 2) == UNKNOWN
    for flags in (0, 1, 2, 0o1001, 0o1002, 0o2101, 0o2000000):
        assert decide(OPENAT, 0, 0, flags) == ALLOWED
    assert decide(OPENAT, 0, 0, 0o1000) == decide(OPENAT, 0, 0, 0o2001000) == UNKNOWN  # empties what it reads


def test_signals_reach_others_only_where_landlock_or_the_user_keeps_them_apart(decide):
    own = system_calls.OWN_PROCESS
    if decide.kind == SAME_USER:
        assert decide(KILL, own) == decide(KILL, 0) == decide(TGKILL, own) == ALLOWED
        for receiver in (77, 1, 0xFFFFFFFF, 2**64 - 1, 2**32 - 77):
            assert decide(KILL, receiver) == decide(TGKILL, receiver) == UNKNOWN
    else:
        assert decide(KILL, 77) == decide(KILL, 2**64 - 1) == decide(TGKILL, 77) == ALLOWED
    assert confinement.OWN_PROCESS == own


@pytest.mark.parametrize("kind", system_calls.KINDS)
@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_programs_are_compiled_from_the_lists(kind, machine):
    """Another libseccomp may order its steps otherwise; what they decide is the same."""
    pytest.importorskip("pyseccomp", exc_type=(ImportError, RuntimeError), reason="needs libseccomp")
    architecture = ARCHITECTURES[machine]
    values = {
        0,
        1,
        2,
        3,
        4,
        6,
        10,
        15,
        22,
        36,
        1030,
        0x21,
        0x22,
        0x23,
        0x1000,
        0x5401,
        0o1000,
        0o1001,
        0x10000011,
        0x01200011,
        0xFFFFFFFF,
        system_calls.OWN_PROCESS,
        2**32,
        2**64 - 1,
    }
    new, kept = system_calls.compiled(kind, machine), system_calls.program(kind, machine)
    for number in range(0 if new == kept else 520):
        for first in values:
            for arguments in ((first, 1), (1, first), (0, 0, first), (0, 0, 0, first)):
                told = run(kept, architecture, number, arguments)
                assert told == run(new, architecture, number, arguments), (number, arguments)


def test_an_unknown_processor_has_no_filter():
    assert system_calls.program(LANDLOCK, "riscv64") == b"" and not confinement.can_filter(b"")
