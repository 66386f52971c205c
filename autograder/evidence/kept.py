"""Store each trial as soon as it ends: its result, a line of JSON, and the answers from the jail.

A run that was stopped resumes where it was. After a change of the judge, the kept answers are judged again.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import portalocker
from portalocker import LockFlags

from autograder.course import lines
from autograder.course.atomic import write
from autograder.course.directory import CourseError
from autograder.engine.answers import asking_version

TrialResult = dict[str, Any]  # of a trial, of JSON values


class Kept:
    """Results by their key; those of another version of the judge stay in the file and are not seen.

    While it is open no other process can open it.

    Args:
        folder: readable by its owner only.
        version: of all that decides the results, apart from their keys.
    Raises:
        CourseError: another process has it open.
    """

    def __init__(self, folder: Path, version: str):
        self.version = version
        self.found: dict[str, TrialResult] = {}
        self._folder, self._asking = folder / "answers", asking_version()
        self._path = folder / "results.jsonl"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._locked = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            portalocker.lock(self._locked, LockFlags.EXCLUSIVE | LockFlags.NON_BLOCKING)
        except portalocker.LockException:
            self._locked.close()
            raise CourseError(f"Another process writes {self._path}; wait until it has ended.") from None
        for entry in lines.read(self._path):
            if entry["version"] == version:
                self.found[entry["key"]] = entry["result"]

    def add(self, key: str, result: TrialResult) -> None:
        """Keep a result of JSON values, at once."""
        self.found[key] = result
        lines.append(self._path, [{"key": key, "version": self.version, "result": result}])

    def answers(self, key: str) -> bytes:
        """What was answered in the trial of this key, as `engine.answers` records it."""
        path = self._place(key)
        return path.read_bytes() if path.is_file() else b""

    def keep_answers(self, key: str, record: bytes) -> None:
        write(self._place(key), record, 0o600)

    def forget_answers_but(self, keys: Iterable[str]) -> None:
        """Delete the answers of all trials but those of these keys."""
        wanted = {self._place(key) for key in keys}
        for path in self._folder.glob("*.gz"):
            if path not in wanted:
                path.unlink()

    def _place(self, key):
        return self._folder / f"{hashlib.sha256(f'{self._asking} {key}'.encode()).hexdigest()[:32]}.gz"

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._locked.close()
