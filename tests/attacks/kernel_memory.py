# attack: memory of the kernel that is charged to no process
# outcome: mstep wrong
# %% cell mstep
import ctypes
import fcntl
import mmap
import os
import socket
import struct
import tempfile

system = ctypes.CDLL(None, use_errno=True)
file, _ = tempfile.mkstemp()
os.write(file, bytes(8192))
pipe, (one, other) = os.pipe(), socket.socketpair()
acl = struct.pack("<I", 2) + struct.pack("<HHI", 1, 7, 0xFFFFFFFF)
acl += struct.pack("<HHI", 2, 7, os.getuid()) * 8000
acl += b"".join(struct.pack("<HHI", tag, 7, 0xFFFFFFFF) for tag in (4, 0x10, 0x20))


def call(result):
    if result < 0:
        raise OSError


ATTEMPTS = {
    "access lists": lambda: os.setxattr(file, "system.posix_acl_access", acl),
    "pages in a pipe": lambda: os.splice(file, pipe[1], 1, offset_src=0),
    "pages in a socket": lambda: os.sendfile(one.fileno(), file, 0, 1),
    "inotify": lambda: call(system.inotify_init1(0)),
    "Landlock": lambda: call(system.syscall(444, bytes([1, *[0] * 7]), 8, 0)),
    "locked memory": lambda: call(system.mlock(bytes(8192), 8192)),
    "/dev/zero": lambda: mmap.mmap(os.open("/dev/zero", os.O_RDONLY), 4096, mmap.MAP_SHARED, mmap.PROT_READ),
}
if os.uname().machine == "x86_64":
    ATTEMPTS |= {
        "asynchronous input": lambda: call(system.syscall(206, 1, ctypes.byref(ctypes.c_ulong(0)))),
        "timers": lambda: [call(system.syscall(222, 1, None, bytes(8))) for _ in range(5000)],
    }
made = []
for name, attempt in ATTEMPTS.items():
    try:
        attempt()
        made.append(name)
    except OSError:
        pass
one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
if one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) > 1 << 20:
    made.append("large sockets")
fcntl.lockf(file, fcntl.LOCK_EX)
if os.fork() == 0:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os._exit(0)
    except OSError:
        os._exit(1)
if os.wait()[1]:
    made.append("locks")


def mstep(x, posterior):
    if made:
        raise RuntimeError(", ".join(made))
    return [0.0] * 3, [0.0] * 3, [0.0] * 3
