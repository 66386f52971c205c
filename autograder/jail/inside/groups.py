"""Inside the jail: conversations where a process cannot have namespaces of its own.

A `Group` is a process and all it starts; the filter of system calls lets none of them leave the process
group, so that one signal ends all. Landlock hides files, and the scratch is a folder of a real disk. Imports
nothing of this project but `confinement` and `forks`.
"""

import contextlib
import importlib.util
import itertools
import math
import os
import secrets
import select
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator

import confinement
import forks

PR_SET_PDEATHSIG = 1
SCRATCH_BYTES = 256 << 20
BLOCK = 512  # of `st_blocks`
REMOVE_SECONDS = 0.2
CANNOT_READ, CANNOT_BECOME = 1, 2
# Of the disk under the scratch: a submission that keeps deleted files ends before it is full.
FREE_BYTES = 1 << 30


def guard(control: socket.socket, folder: str) -> str:
    """Go on in a child of this process, which stays to end all when the child or the grader has ended.

    Args:
        control: a socket whose other end the grader holds.
        folder: where to make a place for the scratch of submissions.
    Returns:
        That place, which is removed at the end.
    """
    place = tempfile.mkdtemp(prefix="submissions-", dir=folder)
    os.chmod(place, 0o711)  # another user's scratch is below it
    forks.hide_memory()
    confinement.libc().prctl(forks.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    pid = os.fork()
    if pid == 0:
        confinement.libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        confinement.libc().prctl(forks.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        return place
    ended = os.pidfd_open(pid)
    watched = select.poll()
    watched.register(ended, select.POLLIN)
    watched.register(control, 0)  # its end is told all the same
    watched.poll()
    os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    while orphans := list(children_of(os.getpid())):
        end_group(os.getpgid(orphans[0]))
    if os.fork() == 0:
        os.setsid()  # nobody need wait for it
        os.closerange(0, 1024)
        remove(place)
        os._exit(0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def end_group(group: int) -> None:
    """End all processes of a group, whose orphans become this process's children, and wait until all are."""
    os.killpg(group, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-group, forks.WAIT_ALL)


def children_of(process: int) -> Iterator[int]:
    """Numbers of the children of a process; none where it has ended."""
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/children", "rb") as file:
                yield from map(int, file.read().split())


def own_user(number: int) -> confinement.User | None:
    """The `User` of this number, for what can run Python as it; None where no number is given.

    Raises:
        PermissionError: this process cannot become another user, or only root can read the Python
            environment and cannot pass that on.
    """
    if not number:
        return None
    tried = {}
    for reads_as_root in (False, True):
        user = confinement.User(number, reads_as_root)
        tried[reads_as_root] = _try_to_import(user)
        if tried[reads_as_root] == 0:
            return user
    if tried[False] == CANNOT_BECOME:
        raise PermissionError(f"root cannot become user {number} here: it needs CAP_SETUID and CAP_SETGID")
    raise PermissionError("only root can read the Python environment: install it where others can read")


def _try_to_import(user):
    """0 if Python's own modules and NumPy can be read as this user, else why not."""
    pid = os.fork()
    if pid == 0:
        status = CANNOT_BECOME
        with contextlib.suppress(BaseException):
            become(user)
            status = CANNOT_READ
            numpy = importlib.util.find_spec("numpy")
            with open(os.__file__), open(numpy.origin if numpy and numpy.origin else ""):
                status = 0
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def become(user: confinement.User) -> None:
    """Go on as another user, with no right that its submissions lack."""
    confinement.become(user)
    confinement.drop_capabilities(1 << confinement.CAP_DAC_READ_SEARCH if user.reads_as_root else 0)


class Group:
    """A process that does `work`, in a group and a scratch folder of its own.

    Args:
        work: called with the folder.
        place: folder in which it is made.
        user: the `User` that it will become, who must be able to use the folder.
    """

    first: int | None = None

    def __init__(self, work: Callable[[str], None], place: str, user: confinement.User | None = None) -> None:
        self.scratch, self.user = tempfile.mkdtemp(dir=place), user
        if user:
            os.chown(self.scratch, user.number, user.number)
        self.free = free_bytes(self.scratch)
        self.pid = os.fork()
        if self.pid:
            return
        try:
            os.setsid()
            confinement.libc().prctl(confinement.PR_SET_DUMPABLE, 1, 0, 0, 0)
            with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
                file.write("1000")
            os.chdir(self.scratch)
            os.environ.update(HOME=self.scratch, TMPDIR=self.scratch)
            tempfile.tempdir = None
            work(self.scratch)
        except BaseException:  # noqa: BLE001 - the grader reads an early end as a crash
            os._exit(1)
        os._exit(0)

    def processes(self) -> set[int]:
        """The numbers of all processes: the forking process has no other children."""
        found: set[int] = set()
        todo = [os.getpid()]
        while todo:
            more = set(children_of(todo.pop())) - found
            found |= more
            todo += more
        return found

    def socket_count(self, processes: set[int]) -> int:
        """The most sockets that these processes can hold: as many as files, and as many on their way."""
        return sum(map(open_files_of, processes)) + confinement.OPEN_FILES

    def has_too_many_files(self) -> bool:
        """Whether the scratch holds too much, or something that cannot be counted.

        Also where the disk is nearly full and this submission keeps deleted files, which do not count.
        """
        if free_bytes(self.scratch) < min(FREE_BYTES, self.free // 2) and self.keeps_deleted_files():
            return True
        failures: list[OSError] = []
        count = size = 0
        try:
            for _, _, _, here in os.fwalk(self.scratch, onerror=failures.append):
                for entry in os.scandir(here):
                    with contextlib.suppress(FileNotFoundError):
                        size += entry.stat(follow_symlinks=False).st_blocks * BLOCK
                    count += 1
                    if count > forks.FILES or size > SCRATCH_BYTES:
                        return True
        except (RecursionError, PermissionError):  # folders in folders, or closed to their owner
            return True
        return not all(isinstance(error, FileNotFoundError) for error in failures)

    def keeps_deleted_files(self) -> bool:
        """Whether any of its processes keeps deleted files, or hides from its own user whether it does."""
        processes = self.processes()
        pid = os.fork()
        if pid == 0:
            found = True
            with contextlib.suppress(BaseException):
                if self.user:
                    become(self.user)
                found = any(map(has_deleted_files, processes))
            os._exit(found)
        return os.waitpid(pid, 0)[1] != 0

    def end(self) -> bool:
        """End all processes of the group; they are dead then -> whether the first had ended well by then."""
        status = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        well = status is not None and status.si_code == os.CLD_EXITED and status.si_status == 0
        os.kill(self.pid, signal.SIGKILL)  # it may not have a group of its own yet
        with contextlib.suppress(ProcessLookupError):
            end_group(self.pid)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        remove(self.scratch, REMOVE_SECONDS)
        return well


def has_deleted_files(process: int) -> bool:
    """Whether a process has a deleted file open or mapped.

    Raises:
        OSError: that cannot be seen, or it has just ended.
    """
    for folder in forks.shown_in(process):
        with open(f"{folder}/stat", "rb") as file:
            if file.read().rpartition(b")")[2].split()[0] == b"Z":  # a dead one has nothing
                continue
        for name in os.listdir(f"{folder}/fd"):
            with contextlib.suppress(FileNotFoundError):  # it has just been closed
                opened = os.stat(f"{folder}/fd/{name}")
                if opened.st_nlink == 0 and opened.st_blocks:
                    return True
        with open(f"{folder}/maps", "rb") as file:
            if b" (deleted)\n" in file.read():
                return True
    return False


def open_files_of(process: int) -> int:
    """The most files that a process can have open now; 0 where it has ended."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/status", "rb") as file:
        for line in file:
            if line.startswith(b"FDSize:"):
                return int(line.split()[1])
    return 0


def free_bytes(folder: str) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def remove(folder: str, seconds: float = math.inf) -> None:
    """Remove a folder whatever it holds; nothing changes it any more.

    What lies deep is moved up first, since no path may be so long. Some file systems take milliseconds for
    each folder: after `seconds` the empty ones that are left stay there.
    """
    end = time.monotonic() + seconds
    prefix, todo = f"{folder}/{secrets.token_hex(8)}-", [folder]
    for number in itertools.count():
        here = todo.pop()
        os.chmod(here, 0o700)
        for entry in list(os.scandir(here)):
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o700)
                todo.append(f"{prefix}{number}-{len(todo)}")
                os.rename(entry.path, todo[-1])
            else:
                os.unlink(entry.path)
        if not todo:
            break
    for entry in list(os.scandir(folder)):
        if time.monotonic() > end:
            return
        os.rmdir(entry.path)
    os.rmdir(folder)
