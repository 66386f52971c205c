"""Read a submission, and put the student's cells into the release notebook by cell id.

Everything that is not an answer comes from the release: given cells, tests, points, metadata. From the
submission come the answers, the cells that the student added, and imports and new names added to given
cells and checks.
"""

import copy
import json
import os
import stat
from pathlib import Path
from typing import NamedTuple

import nbformat

from autograder import syntax

SIZE_LIMIT = 20 << 20
# Far beyond any notebook that a person wrote; outputs and pictures do not count.
CELLS_LIMIT = 2000
CODE_LIMIT = 512 << 10
SKIP_TAG = "skip-grading"


class Unreadable(ValueError):
    """A submission that cannot be graded; `id` names the reason."""

    def __init__(self, id, message):
        super().__init__(message)
        self.id = id


class Flag(NamedTuple):
    """Something about a submission that its reader should know."""

    id: str
    message: str


class Cell(NamedTuple):
    """A code cell as it is run."""

    id: str
    source: str


class Submission(NamedTuple):
    """A student's notebook within the release."""

    notebook: nbformat.NotebookNode  # the release with the student's cells in it
    cells: tuple  # of Cell: what grading runs, in order
    answers: dict  # id -> source, for each solution cell
    untouched: frozenset  # ids of solution cells that are missing, empty or as released
    added: tuple  # sources of code cells that the student added
    flags: tuple  # of Flag


def grade_id(cell):
    """The cell's id for grading, or None."""
    about = cell.get("metadata", {}).get("nbgrader")
    return about.get("grade_id") if isinstance(about, dict) else None


def is_answer(cell):
    """Whether the student writes this cell."""
    return bool(cell["metadata"].get("nbgrader", {}).get("solution"))


def points(cell):
    """Points of a cell that is graded, else None."""
    about = cell["metadata"].get("nbgrader", {})
    return about["points"] if about.get("grade") else None


def read_release(path, full=False):
    """The release notebook of an assignment; `full` leaves no given cell out of grading."""
    release = nbformat.read(Path(path), as_version=4)
    for cell in release.cells if full else ():
        if SKIP_TAG in cell.metadata.get("tags", ()):
            cell.metadata.tags = [tag for tag in cell.metadata.tags if tag != SKIP_TAG]
    return release


def read(path, release):
    """Read the notebook at `path` -> Submission.

    Raises:
        Unreadable: not a notebook, empty, too large, or of another assignment.
    """
    text = _content(Path(path))
    if not text.strip():
        raise Unreadable("empty", "The file is empty; submit the saved notebook.")
    return merge(_cells(text), release)


def _content(path):
    """The bytes of a file that is no link, no pipe, and not too large."""
    try:
        if path.is_symlink() or path.parent.is_symlink():
            raise Unreadable("not-a-notebook", "Expected a file, got a link; submit the notebook itself.")
        # Without waiting, should it be a pipe.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _NEVER_WAIT)) as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise Unreadable("not-a-notebook", "Expected a file, got a pipe or a device.")
            if about.st_size > SIZE_LIMIT:
                raise Unreadable(
                    "too-large",
                    f"Expected at most {SIZE_LIMIT >> 20} MB, got {about.st_size / (1 << 20):.0f} MB; "
                    "clear the outputs and submit again.",
                )
            return file.read(SIZE_LIMIT)
    except FileNotFoundError as error:
        raise Unreadable("not-a-notebook", "Expected a notebook file, found none.") from error
    except OSError as error:
        raise Unreadable("not-a-notebook", f"The file cannot be read: {error.strerror}.") from error


_NEVER_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)


def _cells(text):
    """The submitted cells, each with `cell_type`, `source` (text) and `metadata` (dict)."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not-a-notebook", f"The file is not JSON: {error}.") from error
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        raise Unreadable("not-a-notebook", "The file is JSON, but not a Jupyter notebook (format 4).")
    found = []
    for cell in cells:
        if not isinstance(cell, dict):
            continue
        source = cell.get("source", "")
        if isinstance(source, list):
            source = "".join(part for part in source if isinstance(part, str))
        if not isinstance(source, str) or not isinstance(cell.get("metadata", {}), dict):
            continue
        # Lone surrogates and null characters cannot be kept anywhere, in a database or a page.
        source = source.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
        found.append(
            {
                "cell_type": cell.get("cell_type"),
                "source": source,
                "metadata": cell.get("metadata", {}),
            }
        )
    if not found:
        raise Unreadable("empty", "The notebook has no cells.")
    code = sum(len(cell["source"].encode()) for cell in found if cell["cell_type"] == "code")
    if len(found) > CELLS_LIMIT or code > CODE_LIMIT:
        raise Unreadable(
            "too-large",
            f"Expected at most {CELLS_LIMIT} cells and {CODE_LIMIT >> 10} kB of code, got {len(found)} cells "
            f"and {code >> 10} kB.",
        )
    return found


def merge(submitted, release):
    """The student's `submitted` cells within the `release` notebook -> Submission.

    Raises:
        Unreadable: none of the assignment's answer cells is there.
    """
    notebook = copy.deepcopy(release)
    ours = {grade_id(cell): cell for cell in notebook.cells if grade_id(cell)}
    copies, added, earlier, anchor = {}, {}, {}, None
    plain = {cell.source.strip() for cell in notebook.cells if not grade_id(cell)}
    for cell in submitted:
        identity = grade_id(cell)
        if isinstance(identity, str) and identity in ours:
            copies.setdefault(identity, []).append(cell["source"])
            anchor = identity
        elif cell["cell_type"] == "code" and cell["source"].strip() not in plain | {""}:
            added.setdefault(anchor, []).append(cell["source"])
    answers = [identity for identity, cell in ours.items() if is_answer(cell)]
    if not copies.keys() & set(answers):
        raise Unreadable(
            "wrong-assignment",
            "None of this assignment's answer cells is in the notebook (cells are found by the id in "
            "their metadata); submit the released notebook with your answers in its cells.",
        )

    flags, untouched = [], set()
    given = (cell for cell in ours.values() if cell.cell_type == "code" and not is_answer(cell))
    given_names = syntax.names_set(tuple(cell.source for cell in given))
    checks = {i: cell.source.strip() for i, cell in ours.items() if not is_answer(cell) and points(cell)}
    edited = [
        identity
        for identity, source in checks.items()
        if [text.strip() for text in copies.get(identity, [])] != [source]
    ]
    if edited:
        flags.append(
            Flag(
                "edited-checks",
                f"Checks were changed, copied or deleted ({', '.join(edited)}); the released ones count.",
            )
        )
    for identity, cell in ours.items():
        sources = copies.get(identity, [])
        if is_answer(cell):
            code = cell.cell_type == "code"
            changed = [text for text in sources if syntax.says_more(text, cell.source, code)]
            if not changed:
                untouched.add(identity)
            if len(sources) > 1:
                flags.append(
                    Flag(
                        "duplicate-cell",
                        f"The cell {identity} is there {len(sources)} times; the last changed copy "
                        "counts, after the changed ones before it.",
                    )
                )
            cell.source = (changed or sources or [""])[-1]
            if code:
                earlier[identity] = changed[:-1]
        elif cell.cell_type == "code" and sources:
            same = sources[-1].strip() == cell.source.strip()
            new = [] if same else list(syntax.additions(cell.source, sources[-1], given_names))
            if points(cell) is None and not syntax.is_python(sources[-1]):
                # As a cell of its own it fails, which tells what the others lack, or runs on a newer Python.
                added.setdefault(identity, []).insert(0, sources[-1])
            elif points(cell) is None:
                cell.source = "\n".join([cell.source, *new])
            elif new:
                # The release's own check is not run; what it was given beyond is.
                added.setdefault(identity, []).insert(0, "\n".join(new))

    cells, merged = [], []

    def add(sources):
        for source in sources:
            name = f"added-{len(merged)}"
            cells.append(Cell(name, source))
            merged.append(nbformat.v4.new_code_cell(source, id=name))

    add(added.get(None, ()))
    for cell in notebook.cells:
        identity = grade_id(cell)
        add(earlier.get(identity, ()))
        merged.append(cell)
        skipped = SKIP_TAG in cell.metadata.get("tags", ()) or points(cell) is not None
        if cell.cell_type == "code" and not skipped:
            cells.append(Cell(identity or cell.id, cell.source))
        if identity:
            add(added.get(identity, ()))
    notebook.cells = merged
    return Submission(
        notebook=notebook,
        cells=tuple(cells),
        answers={identity: ours[identity].source for identity in answers},
        untouched=frozenset(untouched),
        added=tuple(source for sources in (*earlier.values(), *added.values()) for source in sources),
        flags=tuple(flags),
    )
