"""Inside the jail: semaphores for `multiprocessing` where there is no shared memory to keep them in.

A pipe holds as many bytes as the semaphore's value: to take one is to acquire, to put one back to release.
`SemLock` has the methods of `_multiprocessing.SemLock`, as `multiprocessing.synchronize` uses them after a
fork. Imports nothing of this project.
"""

import contextlib
import fcntl
import os
import select
import struct
import termios
import threading
import time

RECURSIVE = 0


class SemLock:
    """A semaphore, or a lock that its owner may acquire again."""

    SEM_VALUE_MAX = 32767  # a pipe holds more
    name = None

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None:
        self.kind, self.maxvalue = kind, min(maxvalue, self.SEM_VALUE_MAX)
        self.handle, self._put = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._held = 0
        self._owner: int | None = None
        os.write(self._put, bytes(min(value, self.SEM_VALUE_MAX)))

    def __del__(self):
        for descriptor in (self.handle, self._put):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take one; False where that takes longer than `timeout` seconds (None: without limit)."""
        if self.kind == RECURSIVE and self._is_mine():
            self._held += 1
            return True
        end = None if timeout is None else time.monotonic() + max(timeout, 0)
        while True:
            with contextlib.suppress(BlockingIOError):
                os.read(self.handle, 1)
                break
            left = None if end is None else end - time.monotonic()
            if not block or left is not None and left <= 0:
                return False
            select.select([self.handle], [], [], left)
        self._held, self._owner = self._held + 1, threading.get_ident()
        return True

    def release(self) -> None:
        """Put one back.

        Raises:
            AssertionError: another thread has the lock.
            ValueError: nobody took one.
        """
        if self.kind == RECURSIVE:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._held > 1:
                self._held -= 1
                return
        elif self._get_value() >= self.maxvalue:
            raise ValueError("semaphore or lock released too many times")
        self._held -= 1
        os.write(self._put, b"\0")

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *error):
        self.release()

    def _count(self):
        return self._held

    def _is_mine(self):
        return self._held > 0 and self._owner == threading.get_ident()

    def _get_value(self):
        return struct.unpack("i", fcntl.ioctl(self.handle, termios.FIONREAD, bytes(4)))[0]

    def _is_zero(self):
        return self._get_value() == 0

    def _after_fork(self):
        self._held = 0
