"""One file of what must be kept when a term is over, and a list of what was left out and why."""

import contextlib
import hashlib
import os
import sqlite3
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.engine import make_url

from autograder.course import gradebook
from autograder.course.atomic import put_new
from autograder.course.directory import Course, CourseError
from autograder.course.term import tables
from autograder.report import spreadsheet

CONTENTS, LEFT_OUT = "CONTENTS.csv", "LEFT-OUT.csv"
BOOK = "gradebook.db"  # in the archive, wherever it lies
EXTENSIONS, KEPT_OF_EXTENSIONS = "extensions.csv", ("student", "assignment", "until")
# Parts of a path, and why what lies there is no part of the archive.
REASONS = {
    ".answers": "`grade --force` makes them again; needed only to judge again quickly",
    ".results": "`grade --force` makes them again; needed only to grade again quickly",
    ".locks": "says who is grading now",
    ".git": "a separate repository; archive that one",
    ".ipynb_checkpoints": "Jupyter's copies of open notebooks",
    "__pycache__": "made again by Python",
    "similar.html": "similarity is not a decision; what was decided about it is kept elsewhere",
}
REASONS_OF_EXTENSIONS = "columns with reasons: they may contain health data, and no grade depends on them"


class Entry(NamedTuple):
    """A file of the archive."""

    path: str  # in the course
    size: int
    sha256: str


class Archived(NamedTuple):
    """What an archive holds."""

    kept: list[Entry]
    left_out: dict[str, str]  # path -> reason


def written(course: Course, target: Path | str) -> Archived:
    """Write an archive, readable by its owner only, and read it again -> Archived.

    Args:
        target: path of the new zip.
    Raises:
        CourseError: the file exists, lies in the course, or the gradebook is being written.
        OSError: it could not be written; there is none then.
    """
    target = Path(target).absolute()
    if target.exists():
        raise CourseError(f"Expected the name of a new file, {target} exists; choose another name.")
    if target.resolve().is_relative_to(course.root):
        raise CourseError(f"Expected a file outside of the course directory, got {target}.")
    descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".draft")
    try:
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            done = _fill(archive, course)
        _check(draft, done.kept)
        put_new(draft, target)
    finally:
        Path(draft).unlink(missing_ok=True)
    return done


def _fill(archive, course):
    kept, left_out = [], {}
    url = make_url(gradebook.database(course)[0])
    of_gradebook = Path(url.database or "").resolve() if url.get_backend_name() == "sqlite" else None
    has_gradebook = of_gradebook is not None and of_gradebook.is_file()
    if of_gradebook is None:
        shown = url.render_as_string()
        left_out[shown] = "the gradebook is on a server; keep a dump of it (pg_dump) with this file"
    for path in sorted(course.root.rglob("*")):
        inside = path.relative_to(course.root)
        if reason := _reason(path, inside):
            left_out[_named(_top(inside))] = reason
        elif inside.as_posix() == BOOK and has_gradebook and path.resolve() != of_gradebook:
            left_out[BOOK] = "nbgrader_config.py names another gradebook"
        elif path.is_file() and path.resolve() != of_gradebook:
            content = path.read_bytes()
            if inside.as_posix() == EXTENSIONS:
                content, fewer = _without_reasons(path)
                left_out |= {EXTENSIONS: REASONS_OF_EXTENSIONS} if fewer else {}
            kept.append(_add(archive, _named(inside), content))
    if has_gradebook:
        kept.append(_add(archive, BOOK, _copy_of_sqlite(of_gradebook)))
    _add(archive, CONTENTS, spreadsheet.written(Entry._fields, kept).encode())
    _add(archive, LEFT_OUT, spreadsheet.written(("path", "why"), left_out.items()).encode())
    return Archived(kept, left_out)


def _reason(path, inside):
    """Why a file is left out; None where it is kept or is a folder."""
    if path.is_symlink():
        return "a link to another place"
    for part in inside.parts:
        if part in REASONS:
            return REASONS[part]
    if inside.name.endswith((".draft", "-journal", "-wal", "-shm")):
        return "a temporary file of a running program"
    return None


def _top(inside):
    """The folder that is left out as a whole, or the file."""
    for place, part in enumerate(inside.parts):
        if part in REASONS:
            return "/".join(inside.parts[: place + 1])
    return inside.as_posix()


def _named(path):
    """A path as text; bytes that are not UTF-8, as in names from old zips, are escaped."""
    return os.fsencode(Path(path).as_posix()).decode("utf-8", "backslashreplace")


def _without_reasons(path):
    """(bytes of extensions.csv with the columns that grades depend on, whether there were others)."""
    table = tables.read(path)
    names = [name for name in table.header if name.casefold() in KEPT_OF_EXTENSIONS]
    rows = [[record.get(name, "") for name in names] for _, record in table.records()]
    return spreadsheet.written(names, rows).encode(), len(names) < len(table.header)


def _copy_of_sqlite(path):
    """Bytes of a database as it is between two transactions, whoever has it open."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "gradebook.db")
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as source:
            with contextlib.closing(sqlite3.connect(copy)) as target:
                source.backup(target)
        return copy.read_bytes()


def _add(archive, path, content):
    # Without the times of files, the same course makes the same archive.
    entry = zipfile.ZipInfo(path)
    entry.external_attr, entry.compress_type = 0o600 << 16, zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
    return Entry(path, len(content), hashlib.sha256(content).hexdigest())


def _check(path, kept):
    """
    Raises:
        CourseError: the disk returns something else than what was written.
    """
    with zipfile.ZipFile(path) as archive:
        for entry in kept:
            if hashlib.sha256(archive.read(entry.path)).hexdigest() != entry.sha256:
                raise CourseError(f"{entry.path} reads differently from the archive; try another disk.")
