"""Which notebook of each folder of `submitted/` counts, and whose it is."""

import collections
import functools
import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode

from autograder.engine import submission
from autograder.engine.submission import Flag
from autograder.engine.words import printable, quoted

# What Jupyter, macOS and git make.
TOOLS = {".ipynb_checkpoints", "__MACOSX", ".git"}
NUMBER = re.compile(r"\s*\((\d+)\)")  # of a copy, as browsers write it
LONGEST = 240  # bytes of a row's name, which names files, too

LINKED = Flag(
    "linked",
    "The notebook or a folder around it is a link to a place outside of this student's folder, so nobody can "
    "tell whose work it is. Put the notebook itself into the folder.",
)
SHARED = Flag(
    "linked",
    "The notebook is the same file as the one in another folder (a hard link), so nobody can tell whose "
    "work it is. Put a separate copy into each folder.",
)
SAME_NAME = Flag(
    "same-name",
    "The name of another folder looks the same as this one's, so nobody can tell their rows apart. Give "
    "each folder a different name.",
)


class HandedIn(NamedTuple):
    """What a student's folder holds for an assignment."""

    folder: Path  # submitted/STUDENT
    path: Path  # the notebook that counts, or where it should be
    flags: tuple[Flag, ...] = ()
    refusal: Flag | None = None  # why it cannot be graded, whatever is in it


def handed_in(submitted: Path, assignment: str, release: Callable[[], NotebookNode]) -> dict[str, HandedIn]:
    """{name of the row: HandedIn} of an assignment, sorted by folder; every folder has a row of its own.

    Args:
        submitted: the folder of all students' folders.
        release: () -> the release notebook, called where a folder holds several notebooks.
    """
    folders = sorted(submitted.iterdir()) if submitted.is_dir() else []
    folders = [f for f in folders if f.name not in TOOLS and os.path.lexists(f / assignment)]
    found = _without_shared_files([_look_into(folder, assignment, release) for folder in folders])
    names = row_names([folder.name for folder in folders])
    return {
        name: one if name == _shown(one.folder.name) else one._replace(refusal=one.refusal or SAME_NAME)
        for name, one in zip(names, found, strict=True)
    }


def _look_into(folder, assignment, release):
    place = folder / assignment
    expected = place / f"{assignment}.ipynb"
    if _leads_out(folder, place):
        return HandedIn(folder, expected, refusal=LINKED)
    try:
        notebooks = _notebooks(place)
    except OSError as error:
        unreadable = Flag("not-a-notebook", f"The folder cannot be read: {error.strerror}.")
        return HandedIn(folder, expected, refusal=unreadable)
    if not notebooks and not os.path.lexists(expected):
        return HandedIn(folder, expected, refusal=_no_notebook(place, assignment))
    path = _newest(notebooks, assignment, release) or expected
    if _leads_out(folder, path):
        return HandedIn(folder, path, refusal=LINKED)
    flags = (_several(path, notebooks),) if len(notebooks) > 1 else ()
    return HandedIn(folder, path, flags)


def newest_in(place: Path, assignment: str, release: NotebookNode) -> Path:
    """The notebook of a folder, or of folders in it, that counts, or the path where it should be."""
    below = (folder for folder in sorted(place.rglob("*")) if folder.is_dir() and not folder.is_symlink())
    inside = [folder for folder in below if not TOOLS & {*folder.relative_to(place).parts}]
    found = _notebooks(place) or [path for folder in inside for path in _notebooks(folder)]
    return _newest(found, assignment, lambda: release) or place / f"{assignment}.ipynb"


def _leads_out(folder, path):
    """Whether links on the way from `submitted/` to the path lead out of the student's folder."""
    own = Path(os.path.realpath(folder.parent), folder.name)
    return not Path(os.path.realpath(path)).is_relative_to(own)


def _notebooks(place):
    """Files that are notebooks by their names, whatever a browser made of these; else by their content."""
    files = [path for path in sorted(place.iterdir()) if _is_file(path)] if place.is_dir() else []
    return [path for path in files if ".ipynb" in path.name.lower()] or list(filter(_is_notebook, files))


def _is_file(path):
    return os.path.isfile(path) and not path.name.startswith(".")


def _is_notebook(path):
    try:
        submission.read_cells(path)
    except submission.Unreadable:
        return False
    return True


def _newest(paths, assignment, release):
    """The newest notebook of those with the assignment's name, or of all; None where there is none.

    The number of a copy says more than the time of a file, which archives lose. One that cannot be read
    counts only if none can.
    """
    named = [path for path in paths if _name(path) == assignment.lower()] or paths
    if len(named) > 1:
        named = [path for path in named if _is_of(path, release())] or named
    return max(named, key=lambda path: (_number(path), path.stat().st_mtime, path.name), default=None)


def _name(path):
    """A notebook's name without its suffixes and the number of a copy."""
    name = NUMBER.sub("", path.name.lower())
    return name.partition(".ipynb")[0] if ".ipynb" in name else name.rpartition(".")[0]


def _number(path):
    return max(map(int, NUMBER.findall(path.name)), default=0)


def _is_of(path, release):
    try:
        submission.read(path, release)
    except submission.Unreadable:
        return False
    return True


def _several(path, notebooks):
    return Flag(
        "several-notebooks",
        f"The folder has {len(notebooks)} notebooks. {quoted(path.name, 80)} counts; not counted: "
        f"{_names(other for other in notebooks if other != path)}. Notebooks that can be read and are named "
        "after the assignment come first, then the highest number in the name, then the latest file.",
    )


def _no_notebook(place, assignment):
    found = _names(sorted(place.iterdir())) if place.is_dir() else "no folder"
    return Flag(
        "not-a-notebook",
        f"Expected a notebook, {assignment}.ipynb, found {found or 'an empty folder'}. "
        "Hand in the notebook itself.",
    )


def _names(paths):
    """The names of a few files, as the student wrote them."""
    return ", ".join(quoted(path.name, 80) for path in islice(paths, 4))


def _without_shared_files(found):
    """The same, with those refused whose notebooks are one file."""
    by_file: dict[tuple[int, int], list[int]] = {}
    for place, one in enumerate(found):
        if one.refusal is None and os.path.isfile(one.path):
            about = one.path.stat()
            by_file.setdefault((about.st_dev, about.st_ino), []).append(place)
    shared = {place for places in by_file.values() if len(places) > 1 for place in places}
    return [one._replace(refusal=SHARED) if place in shared else one for place, one in enumerate(found)]


def row_names(folders: Sequence[str]) -> list[str]:
    """Names of rows for names of folders: all different; those that look alike end in their bytes."""
    names, escaped = [_shown(name) for name in folders], set[int]()
    while True:
        looks = [_look(name) for name in names]
        count = collections.Counter(looks)
        alike = {place for place, look in enumerate(looks) if count[look] > 1} - escaped
        if not alike:
            return names
        escaped |= alike
        names = [_escaped(folders[place]) if place in alike else name for place, name in enumerate(names)]


def _shown(name):
    """The name of a folder as databases, files and pages can hold it, even if it is not valid UTF-8."""
    shown = os.fsencode(name).decode("utf-8", "replace")
    if len(shown.encode()) <= LONGEST:
        return shown
    return f"{shown[: LONGEST // 5]}… [{sha256(os.fsencode(name)).hexdigest()[:12]}]"


def _escaped(name):
    code = os.fsencode(name).replace(b"\\", rb"\\").decode("ascii", "backslashreplace")
    return _shown(f"{_shown(name)} [{code}]")


@functools.lru_cache(maxsize=1 << 16)
def _look(name):
    """What a reader sees of a name."""
    letters = (c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) != "Cf")
    return printable("".join(letters))
