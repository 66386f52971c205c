"""Keep access times from carrying messages: one fork reads a file, and the next could see when that was.

Linux updates the time of a file's last access when it is read, on most file systems only where the time is
older than the last change, or than a day (`relatime`). The file systems that a submission sees are mounted
read-only under bubblewrap, and keep their times. Under Landlock all files that it may read are read here
before, if their time is old: then no reading changes any time for the hours that follow. Landlock lets a path
lead through any symbolic link, which is an access to the link: those of the system are followed here, too.

Run as a program, with the paths as arguments, so that it takes no time of the grader's own process.
"""

import contextlib
import os
import stat
import subprocess
import sys
import time

DAY = 24 * 3600
# A worker is used for so long, and files are read that would become old within the double of it.
LIFETIME = 6 * 3600
# Where links lie whose paths are the same on many machines.
LINKS = ("/usr", "/etc", "/opt", "/dev", "/sys")
_running: dict[tuple, tuple] = {}


def begin(paths: tuple[str, ...]) -> subprocess.Popen | None:
    """Start to read what is old below these paths, once in a while -> the process to wait for."""
    process, started = _running.get(paths, (None, -DAY))
    if time.monotonic() - started > LIFETIME:
        process = subprocess.Popen([sys.executable, "-I", __file__, *paths], stdin=subprocess.DEVNULL)
        _running[paths] = process, time.monotonic()
    return process


def always_updated(paths: tuple[str, ...]) -> str:
    """The first of these paths whose file system updates times at every access; "" where none does."""
    for path in paths:
        with contextlib.suppress(OSError):
            flags = os.statvfs(path).f_flag
            if not flags & (os.ST_NOATIME | os.ST_RELATIME | os.ST_RDONLY):
                return path
    return ""


def freshen(paths: tuple[str, ...]) -> None:
    """Read what is old below these paths."""
    for path in paths:
        with contextlib.suppress(OSError):
            _read_if_old(path, os.lstat(path))
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                below = os.path.join(folder, name)
                with contextlib.suppress(OSError):  # what cannot be read here is read by no submission
                    _read_if_old(below, os.lstat(below))


def follow_links(paths: tuple[str, ...]) -> None:
    """Follow the old symbolic links below these paths."""
    todo = list(paths)
    while todo:
        with contextlib.suppress(OSError), os.scandir(todo.pop()) as entries:
            for entry in entries:
                if entry.is_symlink():
                    with contextlib.suppress(OSError):
                        _read_if_old(entry.path, entry.stat(follow_symlinks=False))
                elif entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)


def is_old(known: os.stat_result, seconds: float = DAY) -> bool:
    """Whether a time of access is no later than the last change, or `seconds` old."""
    newest = max(known.st_mtime_ns, known.st_ctime_ns)
    return known.st_atime_ns <= newest or time.time() - known.st_atime > seconds


def _read_if_old(path, known):
    if not is_old(known, DAY - 2 * LIFETIME):
        return
    if stat.S_ISLNK(known.st_mode):
        os.readlink(path)
    elif stat.S_ISDIR(known.st_mode):
        os.listdir(path)
    elif stat.S_ISREG(known.st_mode):
        with open(path, "rb", buffering=0) as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)  # no more than one page
            file.read(1)


if __name__ == "__main__":
    freshen(tuple(sys.argv[1:]))
    follow_links(LINKS)
