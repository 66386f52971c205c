"""Files that only grow: values of JSON, one a line."""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def read(path: Path) -> Iterator[Any]:
    """The values in a file, if it is there; a line that was cut off when the machine stopped is left out."""
    for line in path.read_text("utf-8", "replace").split("\n") if path.is_file() else ():
        with contextlib.suppress(ValueError):
            yield json.loads(line)


def append(path: Path, values: Iterable[object]) -> None:
    """Add values to a file that its owner alone may read, all in one write.

    Raises:
        OSError: the folder is read-only or the disk is full.
    """
    text = written(values)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "rb+") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                text = text if file.read(1) == b"\n" else "\n" + text  # after a line that was cut off
            file.write(text.encode("utf-8", "replace"))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def written(values: Iterable[object]) -> str:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
