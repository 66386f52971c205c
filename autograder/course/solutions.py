"""The solved notebooks that `init` copies: no wheel holds them, a checkout or its source archive does."""

import re
import tarfile
import zipfile
from pathlib import Path

from autograder import tasks

PLACE = re.compile(r"(?:[^/]+/)?solutions/([^/]+)/\1\.ipynb")  # below the root, or the archive's one folder
LARGEST = 20 << 20  # bytes of a notebook
CHECKOUT = tasks.PACKAGE.parent


class NotFound(ValueError):
    """There are no solved notebooks; the message says where they come from."""


def found(origin: Path | None) -> dict[str, bytes]:
    """{assignment: its solved notebook} of a checkout or a source archive.

    Args:
        origin: the folder, zip or tar file; None: the checkout that this runs from.
    Raises:
        NotFound: it holds none, or is neither.
    """
    if origin is None:
        if not (CHECKOUT / "solutions").is_dir():
            raise NotFound(
                "No installed package contains the solved notebooks. Take them from a checkout of this "
                "project or its source archive (--from DIR_OR_ARCHIVE), or create a course without them "
                "(--empty)."
            )
        origin = CHECKOUT
    if not (notebooks := read(origin)):
        raise NotFound(f"Expected notebooks solutions/NAME/NAME.ipynb in {origin}, found none.")
    return notebooks


def read(origin: Path) -> dict[str, bytes]:
    """{assignment: its solved notebook}; nothing where there is none.

    Raises:
        NotFound: the file is no archive that can be read.
    """
    if origin.is_dir():
        paths = origin.glob("solutions/*/*.ipynb")
        return {path.stem: path.read_bytes() for path in paths if path.stem == path.parent.name}
    try:
        if zipfile.is_zipfile(origin):
            with zipfile.ZipFile(origin) as archive:
                sizes = {member.filename: member.file_size for member in archive.infolist()}
                return {name: archive.read(place) for name, place in _wanted(sizes)}
        with tarfile.open(origin) as archive:
            sizes = {member.name: member.size for member in archive if member.isfile()}
            files = {name: archive.extractfile(place) for name, place in _wanted(sizes)}
            return {name: file.read() for name, file in files.items() if file}
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise NotFound(f"Expected a folder, a zip or a tar file, got {origin}: {error}.") from error


def _wanted(sizes):
    """(assignment, place in the archive) of the solved notebooks.

    Args:
        sizes: {place: bytes}.
    """
    for place, size in sizes.items():
        if (match := PLACE.fullmatch(place)) and size <= LARGEST:
            yield match[1], place
