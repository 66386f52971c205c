"""The filter of system calls, read by an interpreter of its own, on both processors."""

import errno
import struct

import pytest

from autograder.jail.inside import confinement

ALLOWED = "allowed"


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
        elif code == 0x06:  # BPF_RET | BPF_K
            return {0x7FFF0000: ALLOWED, 0x80000000: "killed"}.get(k) or k & 0xFFFF
        else:
            holds = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[code]
            place += true if holds else false


@pytest.fixture(params=["x86_64", "aarch64"])
def decide(request):
    program = confinement.system_call_filter(request.param)
    column, architecture = confinement.MACHINES[request.param]
    assert len(program) % 8 == 0 and len(program) // 8 < 4096  # BPF_MAXINSNS

    def decide(calls, *arguments, architecture=architecture):
        return run(program, architecture, calls[column], arguments)

    return decide


def test_calls_that_nobody_needs_are_refused(decide):
    for calls, number in ((confinement.CALLS, errno.EPERM), (confinement.UNCOUNTED, errno.ENOSYS)):
        for name, numbers in calls.items():
            if None not in numbers:
                assert decide(numbers) == number, name


def test_writing_out_all_disks_seems_to_succeed_and_does_nothing(decide):
    for numbers in ((162, 81), (306, 267)):  # sync, syncfs
        assert decide(numbers) == 0


def test_ordinary_calls_are_allowed(decide):
    ordinary = {
        "read": (0, 63), "write": (1, 64), "close": (3, 57), "mprotect": (10, 226), "futex": (202, 98),
        "execve": (59, 221), "openat": (257, 56), "exit_group": (231, 94), "getrandom": (318, 278),
        "kill": (62, 129), "rseq": (334, 293), "prlimit64": (302, 261), "statx": (332, 291),
        "sched_getaffinity": (204, 123), "pipe2": (293, 59), "munmap": (11, 215), "connect": (42, 203),
        "fsync": (74, 82),
    }  # fmt: skip
    for name, numbers in ordinary.items():
        assert decide(numbers) == ALLOWED, name


def test_threads_and_processes_are_allowed_and_namespaces_are_not(decide):
    thread = 0x3D0F00
    assert decide(confinement.CLONE, thread) == ALLOWED
    assert decide(confinement.CLONE, 0x01200011) == ALLOWED  # fork
    for flag in (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert decide(confinement.CLONE, flag) == errno.EPERM
    assert decide(confinement.CLONE3, 0) == errno.ENOSYS


def test_private_memory_and_shared_files_are_allowed_and_shared_memory_is_not(decide):
    assert decide(confinement.MMAP, 0, 4096, 3, 0x22) == ALLOWED
    assert decide(confinement.MMAP, 0, 4096, 3, 0x01) == ALLOWED
    assert decide(confinement.MMAP, 0, 4096, 3, 0x21) == errno.EPERM


def test_there_is_no_network(decide):
    for call in (confinement.SOCKET, confinement.SOCKETPAIR):
        assert decide(call, 1) == ALLOWED  # AF_UNIX
        assert decide(call, 2) == decide(call, 10) == errno.ENETUNREACH
        for family in (0, 16, 17, 38, 40):  # unspecified, netlink, packet, crypto, virtual machines
            assert decide(call, family) == errno.EAFNOSUPPORT


def test_keys_cannot_be_typed_into_a_terminal(decide):
    assert decide(confinement.IOCTL, 0, 0x5401) == ALLOWED
    assert decide(confinement.IOCTL, 0, 0x5412) == decide(confinement.IOCTL, 0, 0x541C) == errno.EPERM


def test_other_ways_to_call_the_kernel_end_the_process(decide):
    assert decide((0, 63), architecture=0x40000003) == "killed"  # i386
    program = confinement.system_call_filter("x86_64")
    assert run(program, 0xC000003E, 0x40000000 + 101) == "killed"  # x32


def test_an_unknown_processor_is_named():
    with pytest.raises(OSError, match="riscv64"):
        confinement.system_call_filter("riscv64")
