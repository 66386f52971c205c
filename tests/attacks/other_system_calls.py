# attack: calls that reach the kernel or other namespaces
# outcome: mstep error
# %% cell mstep
import ctypes
import os

system = ctypes.CDLL(None, use_errno=True)
done = []
for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000, 0x8000000, 0x2000000, 0x80):
    done += ["unshare"] * (system.unshare(flag) == 0)
done += ["mount"] * (system.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None) == 0)
done += ["umount"] * (system.umount2(b"/tmp", 2) == 0) + ["umount"] * (system.umount2(b"/proc", 2) == 0)
done += ["chroot"] * (system.chroot(b"/tmp") == 0) + ["sethostname"] * (system.sethostname(b"x", 1) == 0)
for process in os.listdir("/proc"):
    for name in ("mnt", "net", "pid", "user"):
        try:
            space = os.open(f"/proc/{process}/ns/{name}", os.O_RDONLY)
        except OSError:
            continue
        done += [name] * (system.setns(space, 0) == 0)
        os.close(space)


def mstep(x, posterior):
    if done:
        os._exit(0)
    raise ValueError(done)
