"""Inside the jail: the kinds of jail, as the process that forks sees them.

Each takes the settings and the control socket before anything is imported; `settle` comes after that.
`fork` starts a conversation, `confine` is called in it, and `attend` waits until it has ended, with all it
started: it returns what it used too much of, and whether it ended well. Imports nothing of this project but
what lies beside it.
"""

import _multiprocessing
import base64
import importlib.util
import os
import socket
import sys
from collections.abc import Callable

import confinement
import forks
import groups
import semaphores
import wire

NOBODY = 65534
# What a submission may read about itself; more would show the machine's network and mounts.
OF_ITSELF = ("cmdline", "comm", "fd", "maps", "oom_score_adj", "stat", "statm", "status")


class Open:
    """No jail: the submission has all rights of the user."""

    shareable, lacking, counts_tasks = False, (), False

    def __init__(self, settings: dict, control: socket.socket) -> None:
        pass

    def settle(self) -> None:
        pass

    def confine(self) -> None:
        pass

    def fork(self, talk: Callable[[], None]) -> forks.Fork:
        return forks.Fork(talk)

    def attend(
        self, fork: forks.Fork, control: socket.socket, memory: int, cpu_seconds: float
    ) -> tuple[bytes, bool]:
        if not hasattr(os, "pidfd_open"):
            return b"", fork.ended_well()
        forks.wait(fork.pid, control)
        return b"", fork.end()


class Namespaces:
    """Under bubblewrap; each fork has namespaces of its own where the system allows it."""

    files = {
        "/": confinement.READ,
        "/dev/null": confinement.USE,
        **dict.fromkeys(forks.SCRATCH, confinement.WRITE),
    }

    def __init__(self, settings: dict, control: socket.socket) -> None:
        self.program = base64.b64decode(settings["filters"][0])
        self.lacking = confinement.lacking(self.program)
        become_nobody()
        self.nursery = forks.make_nursery()

    def settle(self) -> None:
        if self.nursery and not forks.can_isolate(self.nursery):
            self.nursery.close()
            self.nursery = None
        self.own_files = forks.files_in_scratch()

    @property
    def shareable(self) -> bool:
        return self.nursery is not None

    @property
    def counts_tasks(self) -> bool:
        return self.shareable and confinement.tasks_count_per_namespace()

    def confine(self) -> None:
        confinement.confine(self.files, self.program)

    def fork(self, talk: Callable[[], None]) -> forks.Fork:
        return forks.Fork(talk, self.nursery)

    def attend(
        self, fork: forks.Fork, control: socket.socket, memory: int, cpu_seconds: float
    ) -> tuple[bytes, bool]:
        reason = forks.wait(fork.pid, control, forks.Meter(fork, memory, cpu_seconds).excess)
        well = fork.end()
        if self.nursery is None:
            forks.end_all_others()
            forks.empty_scratch(self.own_files)
        return reason, well


class Groups:
    """Without namespaces: Landlock, a filter of system calls, and a user of the submission's own under root.

    `settings` has the `files` that may be read, the `user` to become (0: none), the `folder` for scratch, and
    two `filters`: for where Landlock or the user keeps signals from other processes, and for where not.
    """

    shareable = True

    def __init__(self, settings: dict, control: socket.socket) -> None:
        self.place, self.files = groups.guard(control, settings["folder"]), settings["files"]
        os.environ.update(HOME=self.place, TMPDIR=self.place)
        os.chdir(self.place)
        self.user = groups.own_user(settings["user"])
        forks.hide_memory()
        # What the notebooks import is imported here at first, and shall not find this project either.
        all_forks = {"/proc": confinement.WRITE, "/dev/null": confinement.USE, self.place: confinement.WRITE}
        confinement.gain_no_rights()
        confinement.restrict_files(confinement.rules_of({**self.files, **all_forks}))
        apart = self.user or confinement.signals_are_scoped()
        self.program = base64.b64decode(settings["filters"][0 if apart else 1])
        self.lacking = confinement.lacking(self.program)

    @property
    def counts_tasks(self) -> bool:
        return self.user is not None

    def settle(self) -> None:
        pass

    def confine(self, scratch: str) -> None:
        own = {"/dev/null": confinement.USE, scratch: confinement.WRITE}
        own |= {f"/proc/self/{name}": confinement.READ for name in OF_ITSELF}
        _multiprocessing.SemLock = semaphores.SemLock  # the system's needs a folder that all share
        confinement.confine({**self.files, **own}, self.program, self.user)

    def fork(self, talk: Callable[[str], None]) -> groups.Group:
        return groups.Group(talk, self.place, self.user)

    def attend(
        self, fork: groups.Group, control: socket.socket, memory: int, cpu_seconds: float
    ) -> tuple[bytes, bool]:
        reason = forks.wait(fork.pid, control, forks.Meter(fork, memory, cpu_seconds).excess)
        return reason, fork.end()


Jail = Open | Namespaces | Groups
KINDS: dict[str, type[Jail]] = {"": Open, "bubblewrap": Namespaces, "landlock": Groups}


def become_nobody() -> None:
    """Where root made the jail, go on without root's number, for which limits do not hold."""
    if os.getuid() == 0:
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        except OSError:
            sys.exit(wire.NO_NOBODY)
        if importlib.util.find_spec("numpy") is None:  # only root can read the Python environment
            sys.exit(wire.NO_NOBODY)
