"""The file of an unfinished run of EM, and what tells its run from others."""

import hashlib
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


class Checkpoint:
    """The file of an unfinished run.

    Args:
        path: of the file; None if nothing is to be kept.
        *told: what tells this run from others, as in `mark`.
    """

    def __init__(self, path: str | os.PathLike[str] | None, *told: Any) -> None:
        self.path = None if path is None else Path(path)
        self.mark = "" if path is None else mark(told)

    def save(self, state: Any) -> None:
        """Write the file, or replace it, atomically."""
        if self.path is None:
            return
        beside = Path(f"{self.path}.new")
        beside.write_bytes(pickle.dumps((state, self.mark)))
        os.replace(beside, self.path)

    def load(self, state: T) -> T:
        """The state in the file, or the given one if there is no file.

        Raises:
            ValueError: the file is of another run.
        """
        if self.path is None or not self.path.exists():
            return state
        found, of = pickle.loads(self.path.read_bytes())
        if of != self.mark:
            raise ValueError(
                f"Expected {self.path} to be of this run, got another run's (other data, start, seed, tree "
                "or options, or an earlier version); delete it, or name another file."
            )
        return found

    def remove(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def mark(value: Any) -> str:
    """A hash of numbers, texts, arrays, and tuples, lists and dicts of them, the same in every process.

    Of other objects only the type counts: functions and networks have no value that could be compared.
    """
    digest = hashlib.sha256()
    for part in _parts(value):
        digest.update(part)
    return digest.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    if isinstance(value, np.ndarray | np.generic) and not value.dtype.hasobject:
        yield f"{value.dtype.str}{value.shape};".encode()
        yield value.tobytes()
    elif isinstance(value, dict):
        yield from _parts(list(value.items()))
    elif isinstance(value, tuple | list):
        yield f"{len(value)}:".encode()
        for each in value:
            yield from _parts(each)
    elif value is None or isinstance(value, str | int | float):
        yield f"{value!r};".encode()
    else:
        yield f"{type(value).__qualname__};".encode()
