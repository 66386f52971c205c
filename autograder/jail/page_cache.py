"""Keep the page cache from carrying messages: one fork reads pages of a file, and the next could see which.

Linux counts, for each process, the pages that it had to read from a disk; a clock tells the same. The calls
that ask for more, or take files out of memory, are refused (`system_calls`). So where the forks of a
submission have read from a disk, the files that it can read leave the cache before its next fork. On a
machine that has graded for a while they read nothing: all that notebooks use is in memory.

Run as a program, with the paths as arguments, so that it takes no time of the grader's own threads.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable

# Blocks of 512 bytes that the forks of a submission may read from disks without any consequence: 16 pages. To
# choose them among the 270,000 pages of TensorFlow's library says 240 bits, less than a function takes.
UNNOTICED = 16 * 8
MOUNTS = "/proc/self/mounts"
# File systems, as named there, whose reading counts for the process that reads. That of FUSE does not.
COUNTED = set("btrfs erofs ext2 ext3 ext4 f2fs nfs nfs4 overlay squashfs tmpfs xfs".split())


def is_counted(paths: Iterable[str]) -> bool:
    """Whether Linux counts what a process reads below these paths."""
    kinds = {"/": ""}
    with open(MOUNTS) as file:
        for _, place, kind, *_ in map(str.split, file):
            kinds[place.replace("\\040", " ")] = kind
    found = set()
    for path in paths:
        above = path
        while above not in kinds:
            above = os.path.dirname(above)
        found |= {kinds[above], *(kind for place, kind in kinds.items() if place.startswith(f"{path}/"))}
    return os.path.exists("/proc/self/io") and found <= COUNTED


def forget_apart(paths: Iterable[str]) -> None:
    """As `forget`, in a process of its own.

    Raises:
        CalledProcessError: it failed.
    """
    subprocess.run([sys.executable, "-I", __file__, *paths], stdin=subprocess.DEVNULL, check=True)


def forget(paths: Iterable[str]) -> None:
    """Take the files below these paths out of the cache, but for pages that a living process has mapped."""
    todo = list(paths)
    for path in paths:
        if os.path.isfile(path):
            _forget_file(path)
    while todo:
        with contextlib.suppress(OSError), os.scandir(todo.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    _forget_file(entry.path)


def _forget_file(path):
    with contextlib.suppress(OSError):  # what cannot be read here is read by no submission
        file = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(file)


if __name__ == "__main__":
    forget(sys.argv[1:])
