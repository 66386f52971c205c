"""Files that are written whole or not at all."""

import os
import platform
import tempfile
from pathlib import Path


def write(path: Path | str, content: str | bytes, mode: int = 0o644) -> None:
    """Write text or bytes to a file; after a crash, even of the machine, it is the old or the new one.

    Args:
        mode: who may read the file.
    Raises:
        OSError: the folder is read-only or the disk is full; the old file, if any, is untouched.
    """
    path = Path(path)
    if isinstance(content, str):
        content = content.encode("utf-8", errors="replace")
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".draft")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, mode)
        os.replace(draft, path)
        draft = None
        _keep_entries(path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        if draft is not None:
            os.unlink(draft)


def put_new(draft: Path | str, path: Path | str) -> None:
    """Give a whole file its name, too, which must be new where the file system has hard links.

    Raises:
        FileExistsError: another program was faster.
    """
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        os.replace(draft, path)


def _keep_entries(folder):
    """Make the folder itself durable: a new name in it would else be lost when the machine stops."""
    if platform.system() == "Windows":  # where no folder can be opened
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
