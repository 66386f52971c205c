"""`python without_namespaces.py COMMAND...`: run it where the kernel refuses namespaces and mounts.

As stock Ubuntu 24.04, Docker's default profile and a pod do: EPERM for unshare, setns, clone with flags of
namespaces, mount and its kin. Needs pyseccomp and libseccomp.
"""

import errno
import os
import sys

REFUSED = "fsmount fsopen mount move_mount open_tree pivot_root setns umount2 unshare".split()
NAMESPACES = (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)


def refuse():
    """Refuse namespaces to this process and all it starts."""
    import pyseccomp

    made = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for call in REFUSED:
        made.add_rule(pyseccomp.ERRNO(errno.EPERM), call)
    for flag in NAMESPACES:
        asks = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag)
        made.add_rule(pyseccomp.ERRNO(errno.EPERM), "clone", asks)
    made.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    made.load()


if __name__ == "__main__":
    refuse()
    os.execvp(sys.argv[1], sys.argv[1:])
