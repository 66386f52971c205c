"""The files in a zip or a folder that we were handed: never unpacked, each read up to a limit."""

import contextlib
import dataclasses
import io
import lzma
import operator
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from autograder.course import folders
from autograder.course.directory import CourseError

MOST_FILES = 100_000
LARGEST_DIRECTORY = 64 << 20  # bytes of a zip's list of files
LARGEST_INNER = 200 << 20  # bytes of a zip within a zip
MOST_INNER_FILES = 1000
BY_PATH = operator.attrgetter("path")
# RuntimeError also stands for an unknown compression, ValueError for a name that is no text.
UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError)
UTF_8 = 0x800  # the flag of a zip's entry whose name is UTF-8 (APPNOTE.TXT, 4.4.4)
TOOLS = {*folders.TOOLS, ".github"}  # where a classroom keeps the release, for its checks


class Unusable(ValueError):
    """A file that cannot be read; the message says why."""


class File(NamedTuple):
    """A file in a zip or a folder."""

    path: str  # within it, with slashes
    open: Callable[[], IO[bytes]]  # may raise `OSError` or `zipfile.BadZipFile`
    fault: str = ""  # why it must not be read

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def read(self, limit: int) -> bytes:
        """The file's bytes.

        Raises:
            Unusable: it is a link, larger than the limit whatever it says of itself, damaged or encrypted.
        """
        if self.fault:
            raise Unusable(self.fault)
        try:
            with self.open() as file:
                content = file.read(limit + 1)
        except UNREADABLE as error:
            raise Unusable(f"cannot be read: {error}") from error
        if len(content) > limit:
            raise Unusable(f"is larger than {limit >> 20} MB")
        return content


@contextlib.contextmanager
def opened(path: Path | str) -> Iterator[list[File]]:
    """The Files of a zip or a folder, sorted by path.

    Raises:
        CourseError: it is neither, or holds more files than any class hands in.
    """
    path = Path(path)
    if path.is_dir():
        yield sorted(_in_folder(path), key=BY_PATH)
    elif path.is_file():
        with path.open("rb") as file:
            try:
                files = sorted(_in_zip(_zip(file, path)), key=BY_PATH)
            except (zipfile.BadZipFile, struct.error, UnicodeDecodeError) as error:
                raise CourseError(f"Expected a zip or a folder, but {path} is neither: {error}.") from error
            yield files
    else:
        raise CourseError(f"Expected a zip or a folder at {path}, found none.")


def _in_folder(root):
    found = []
    for folder, names, files in os.walk(root):  # follows no links
        links = [name for name in names if os.path.islink(os.path.join(folder, name))]
        names[:] = sorted(set(names) - TOOLS - set(links))
        for name in sorted([*files, *links]):
            place = Path(folder, name)
            mode = place.lstat().st_mode
            fault = "" if stat.S_ISREG(mode) else _kind(mode)
            found.append(File(place.relative_to(root).as_posix(), _Opening(place), fault))
            if len(found) > MOST_FILES:
                raise CourseError(f"Expected at most {MOST_FILES:,} files in {root}, found more.")
    return [file for file in found if not _is_noise(file.path)]


@dataclasses.dataclass(frozen=True)
class _Opening:
    """Opens a file of a folder, but no link that may have come to stand in its place."""

    place: Path

    def __call__(self) -> IO[bytes]:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        return os.fdopen(os.open(self.place, flags), "rb")


def _kind(mode):
    return "is a link" if stat.S_ISLNK(mode) else "is no regular file"


def _zip(file, name):
    """The ZipFile in an open file.

    Raises:
        CourseError: its list of files alone is larger than that of any class.
    """
    if _size_of_directory(file) > LARGEST_DIRECTORY:
        raise CourseError(f"Expected a zip of at most {MOST_FILES:,} files, {name} holds more.")
    archive = zipfile.ZipFile(file)
    if len(archive.infolist()) > MOST_FILES:
        raise CourseError(f"Expected a zip of at most {MOST_FILES:,} files, {name} holds more.")
    return archive


def _size_of_directory(file):
    """Bytes of a zip's list of files, as its end says, or 0 where it says nothing.

    APPNOTE.TXT of PKWARE, 4.3.16 (end of central directory) and 4.3.14 (its zip64 form).
    """
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - (1 << 16) - 22)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        return 0
    (said,) = struct.unpack("<L", tail[at + 12 : at + 16])
    if said != 0xFFFFFFFF:
        return said
    wide = tail.rfind(b"PK\x06\x06", 0, at)
    return struct.unpack("<Q", tail[wide + 40 : wide + 48])[0] if wide >= 0 else said


def _in_zip(archive, outer=""):
    named = [(_name(entry), entry) for entry in archive.infolist() if not entry.is_dir()]
    return [
        File(outer + name, _Entry(archive, entry), _fault(entry))
        for name, entry in named
        if not _is_noise(name)
    ]


def _name(entry):
    """The name of a zip's entry; macOS writes UTF-8 without the flag that says so."""
    name = entry.filename
    if not entry.flag_bits & UTF_8:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


@dataclasses.dataclass(frozen=True)
class _Entry:
    """Opens a file of a zip."""

    archive: zipfile.ZipFile
    entry: zipfile.ZipInfo

    def __call__(self) -> IO[bytes]:
        return self.archive.open(self.entry)


def _fault(entry):
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return _kind(mode)
    return "is encrypted" if entry.flag_bits & 1 else ""


def _is_noise(path):
    """Whether a file was made by the system of whoever packed it."""
    parts = path.split("/")
    return bool(TOOLS.intersection(parts)) or parts[-1].startswith("._") or parts[-1] == ".DS_Store"


def inside(file: File) -> list[File]:
    """The Files in a File that is a zip itself.

    Raises:
        Unusable: it is no zip, too large, or holds too many files.
    """
    content = io.BytesIO(file.read(LARGEST_INNER))
    try:
        archive = _zip(content, file.name)
    except (CourseError, zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as error:
        raise Unusable(f"cannot be read as a zip: {error}") from error
    if len(archive.infolist()) > MOST_INNER_FILES:
        raise Unusable(f"holds more than {MOST_INNER_FILES} files")
    return sorted(_in_zip(archive, f"{file.path}/"), key=BY_PATH)
