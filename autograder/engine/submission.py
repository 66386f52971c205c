"""Read a submission, and put the student's cells into the release notebook by cell id.

Everything that is not an answer comes from the release: given cells, tests, points, metadata. From the
submission come the answers, the cells that the student added, and imports and new names added to given
cells and checks.
"""

import copy
import itertools
import json
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

from autograder.engine import identities as identified
from autograder.engine import outline, syntax
from autograder.engine.identities import JsonCell, grade_id, is_answer, points

__all__ = ["grade_id", "is_answer", "points"]

SIZE_LIMIT = 20 << 20
# Far beyond any notebook that a person wrote; outputs and pictures do not count.
CELLS_LIMIT = 2000
CODE_LIMIT = 512 << 10
SKIP_TAG = "skip-grading"
PICTURES = 100  # at most, of one answer
ATTACHMENT = re.compile(r"attachment:([^)\s\"'>]+)")
PROMPT = re.compile(r"\s*(?:>>>|In \[\d+\]:)")  # as terminals show before code
ADDED = "added-"  # begins the ids of cells that the student added
# Values of a file's JSON, each of which takes up to 100 bytes of memory.
VALUES_LIMIT = 2_500_000
# What begins one, outside of strings; a string that nothing closes reaches to the end of the file.
VALUES = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|([\[{,])', re.DOTALL)


class Unreadable(ValueError):
    """A submission that cannot be graded; `id` names the reason."""

    def __init__(self, id: str, message: str) -> None:
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

    notebook: NotebookNode  # the release with the student's cells in it
    cells: tuple[Cell, ...]  # what grading runs, in order
    answers: dict[str, str]  # id -> source, for each solution cell
    untouched: frozenset[str]  # ids of solution cells that are missing, empty or as released
    added: tuple[str, ...]  # sources of code cells that the student added
    flags: tuple[Flag, ...]
    given: frozenset[str] = frozenset()  # ids of the release's own cells among `cells`


def read_release(path: Path | str, full: bool = False) -> NotebookNode:
    """The release notebook of an assignment; `full` leaves no given cell out of grading."""
    release = nbformat.read(Path(path), as_version=4)
    for place, cell in enumerate(release.cells):  # formats before 4.5, which Colab writes, have no ids
        cell.setdefault("id", f"cell-{place}")
    release.nbformat_minor = max(release.nbformat_minor, 5)
    for cell in release.cells if full else ():
        if SKIP_TAG in cell.metadata.get("tags", ()):
            cell.metadata.tags = [tag for tag in cell.metadata.tags if tag != SKIP_TAG]
    return release


def read(path: Path | str, release: NotebookNode) -> Submission:
    """Read the notebook at `path` -> Submission.

    Raises:
        Unreadable: not a notebook, empty, too large, or of another assignment.
    """
    cells, flags = read_cells(Path(path))
    merged = merge(cells, release)
    return merged._replace(flags=(*flags, *merged.flags))


def read_cells(path: Path) -> tuple[list[JsonCell], tuple[Flag, ...]]:
    """The cells of the notebook at `path`, as `merge` takes them, and Flags about the file.

    Raises:
        Unreadable: not a notebook, empty, or too large.
    """
    content = _content(path)
    if not content.strip():
        raise Unreadable("empty", "The file is empty; submit the saved notebook.")
    document, flags = _document(content)
    return _cells(document), flags


def _content(path):
    """The bytes of a file that is no link, no pipe, and not too large."""
    try:
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


_NEVER_WAIT = getattr(os, "O_NONBLOCK", 0)
ENCODING = Flag(
    "encoding",
    "The file is not UTF-8, as notebooks are. It was read as Windows-1252; accented letters may be wrong.",
)


def _document(content):
    """The JSON of a file, in any encoding of JSON or in Windows-1252, and Flags about that."""
    flags: tuple[Flag, ...] = ()
    try:
        content = content.decode(json.detect_encoding(content))
    except UnicodeDecodeError:
        content, flags = content.decode("cp1252", "replace"), (ENCODING,)
    _check_values(content)
    try:
        return json.loads(content.removeprefix("\ufeff")), flags
    except (ValueError, RecursionError) as error:
        raise Unreadable("not-a-notebook", _no_json(content, error)) from error


def _no_json(content, error):
    if content.startswith("version https://git-lfs"):
        return "The file is a pointer of Git LFS, not the notebook itself; fetch it with git lfs pull."
    if re.search(r"^<<<<<<< ", content, re.MULTILINE):
        return "The file contains git's conflict marks (<<<<<<<); resolve the conflict and submit again."
    return f"The file is not JSON: {error}."


def _check_values(content):
    """
    Raises:
        Unreadable: the JSON would have more lists and values than any notebook needs.
    """
    if sum(map(content.count, "[{,")) <= VALUES_LIMIT:
        return
    values = (match for match in VALUES.finditer(content) if match.lastindex)
    if next(itertools.islice(values, VALUES_LIMIT, None), None):
        raise Unreadable(
            "too-large",
            f"Expected a notebook of at most {VALUES_LIMIT:,} values, got more; clear the outputs and submit "
            "again.",
        )


def _cells(document):
    """The submitted cells, each with `cell_type`, `source` (text), `metadata` and `attachments` (dicts)."""
    found = []
    for cell in _raw_cells(document):
        # Format 3 has the code of a cell under another name.
        source, metadata = cell.get("source", cell.get("input", "")), cell.get("metadata") or {}
        if isinstance(source, list):
            source = "".join(part for part in source if isinstance(part, str))
        if isinstance(source, str) and isinstance(metadata, dict):
            kind, pictures = cell.get("cell_type"), _attachments(cell)
            text = _readable(source, kind)
            found.append({"cell_type": kind, "source": text, "metadata": metadata, "attachments": pictures})
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


def _attachments(cell):
    """{name: {type: data}} of the files that a cell's text shows."""
    found = cell.get("attachments")
    return {
        name: {kind: data for kind, data in files.items() if isinstance(data, str)}
        for name, files in (found.items() if isinstance(found, dict) else ())
        if isinstance(files, dict)
    }


def _raw_cells(document):
    """The dictionaries that stand for cells in a notebook of format 4, or of format 3 with its worksheets."""
    cells = sheets = None
    if isinstance(document, dict):
        cells, sheets = document.get("cells"), document.get("worksheets")
    if cells is None and isinstance(sheets, list):
        parts = [sheet["cells"] for sheet in sheets if isinstance(sheet, dict) and "cells" in sheet]
        cells = [cell for part in parts if isinstance(part, list) for cell in part]
    if not isinstance(cells, list):
        raise Unreadable("not-a-notebook", "The file is JSON, but not a Jupyter notebook.")
    return [cell for cell in cells if isinstance(cell, dict)]


def _readable(source, kind):
    """A cell's source with Python's line ends, and without what a database or a page cannot hold."""
    source = "\n".join(syntax.lines_of(source))
    # Lone surrogates and null characters cannot be kept anywhere.
    source = source.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    if kind == "code" and PROMPT.match(source):
        source = _without_prompts(source)
    if kind == "code" and re.search("[\u2028\u2029]", source) and not syntax.is_python(source):
        # Unicode's line ends, as some editors write them, are none of Python's.
        lines = re.sub("[\u2028\u2029]", "\n", source)
        source = lines if syntax.is_python(lines) else source
    return source


def _without_prompts(source):
    """A cell that was copied from a terminal, as IPython reads it."""
    from IPython.core.inputtransformer2 import classic_prompt, ipython_prompt

    lines = classic_prompt(ipython_prompt(source.lstrip().splitlines(keepends=True)))
    return "".join(lines)


def merge(submitted: Sequence[JsonCell], release: NotebookNode) -> Submission:
    """The student's `submitted` cells within the `release` notebook -> Submission.

    Raises:
        Unreadable: none of the assignment's answers that earn points is there.
    """
    notebook = copy.deepcopy(release)
    ours = {identity: cell for cell in notebook.cells if (identity := grade_id(cell))}
    answers = [identity for identity, cell in ours.items() if is_answer(cell)]
    known, found_again = identified.identities(submitted, release)
    copies, added, pictures = _sorted_out(submitted, known, notebook)
    worth = {name for name in answers if f"test_{name}" in ours or points(ours[name]) is not None}
    if not copies.keys() & worth:
        raise Unreadable(
            "wrong-assignment",
            "None of this assignment's answer cells is in the notebook (cells are found by the id in "
            "their metadata, and by the functions they define); submit the released notebook with your "
            "answers in its cells.",
        )
    flags = list(_flags(copies, ours, found_again))
    earlier, untouched = _fill_in(copies, added, ours)
    for identity, files in pictures.items():
        ours[identity].attachments = nbformat.from_dict(files)
    cells, merged = _arranged(notebook, earlier, added, _replaced_stubs(ours, untouched, earlier, added))
    notebook.cells = merged
    return Submission(
        notebook=notebook,
        cells=tuple(cells),
        answers={identity: ours[identity].source for identity in answers},
        untouched=frozenset(untouched),
        added=tuple(source for sources in (*earlier.values(), *added.values()) for source in sources),
        flags=tuple(flags),
        given=frozenset(cell.id for cell in cells if not (cell.id in answers or cell.id.startswith(ADDED))),
    )


def _sorted_out(submitted, known, release):
    """What a student's cells are.

    Text in cells of its own below a written question belongs to its answer.

    Returns:
        {id: sources}, {id before it, or None: sources of the code that the student added}, and {id of a
        written question: attachments}.
    """
    copies: dict[str, list[str]] = {}
    added: dict[str | None, list[str]] = {}
    pictures: dict[str, dict[str, dict[str, str]]] = {}
    below: dict[tuple[str, int], list[str]] = {}  # of a copy of an answer, the texts below it
    anchor = question = None
    plain = {syntax.plain(cell.source) for cell in release.cells if not grade_id(cell)}
    written = {grade_id(c) for c in release.cells if c.cell_type == "markdown" and is_answer(c)}
    for cell, identity in zip(submitted, known, strict=True):
        if identity is not None:
            anchor, question = identity, identity if identity in written else None
            text = _attached(cell, pictures.setdefault(identity, {})) if question else cell["source"]
            copies.setdefault(identity, []).append(text)
        elif syntax.plain(cell["source"]) in plain | {""}:
            question = None
        elif cell["cell_type"] == "code":
            added.setdefault(anchor, []).append(cell["source"])
        elif question is not None:
            text = _attached(cell, pictures[question])
            below.setdefault((question, len(copies[question]) - 1), []).append(text)
    for (identity, place), texts in below.items():
        copies[identity][place] = "\n\n".join([copies[identity][place], *texts])
    return copies, added, {identity: files for identity, files in pictures.items() if files}


def _attached(cell, known):
    """A cell's text, whose attachments are added to those of its answer; a name that is taken changes."""
    renamed = {}
    for name, data in itertools.islice(cell.get("attachments", {}).items(), max(0, PICTURES - len(known))):
        own = name if known.get(name, data) == data else f"{len(known)}-{name}"
        known[own], renamed[name] = data, own
    return ATTACHMENT.sub(lambda shown: f"attachment:{renamed.get(shown[1], shown[1])}", cell["source"])


def _flags(copies, ours, found_again):
    """Flags about the cells of a submission, before anything is filled in."""
    if found_again:
        yield Flag(
            "ids-restored",
            "Cells had lost their ids, as in a conversion; these answers were found by their functions and "
            f"the text around them: {', '.join(found_again)}.",
        )
    edited = [
        identity
        for identity, cell in ours.items()
        if not is_answer(cell)
        and points(cell)
        and (len(copies.get(identity, [])) != 1 or not syntax.alike(copies[identity][0], cell.source, True))
    ]
    if edited:
        yield Flag(
            "edited-checks",
            f"Checks were changed, copied or deleted ({', '.join(edited)}); the released ones count.",
        )
    for identity, cell in ours.items():
        if is_answer(cell) and len(copies.get(identity, [])) > 1:
            yield Flag(
                "duplicate-cell",
                f"The cell {identity} is there {len(copies[identity])} times; the last changed copy "
                "counts, after the changed ones before it.",
            )


def _fill_in(copies, added, ours):
    """Put the answers into the release's cells, and collect what else the student wrote in the other cells.

    Args:
        added: gets what the student added to given cells and checks; it runs in cells below them.
    Returns:
        {id: sources of earlier changed copies}, and the ids of the answers that are untouched.
    """
    earlier, untouched = {}, set()
    given_names = outline.names_released(tuple(cell.source for cell in ours.values() if _runs_as_given(cell)))
    for identity, cell in ours.items():
        sources, code, changed = copies.get(identity, []), cell.cell_type == "code", []
        if code and (not is_answer(cell) or _is_skipped(cell)):
            added[identity] = [*_beyond(cell, sources, given_names), *added.get(identity, [])]
        if is_answer(cell):
            changed = [text for text in sources if syntax.says_more(text, cell.source, code)]
            cell.source = (changed or sources or [""])[-1]
            untouched |= set() if changed else {identity}
        if code and not _is_skipped(cell):
            earlier[identity] = changed[:-1]
    return earlier, untouched


def _beyond(cell, sources, given_names):
    """What each copy of a cell of which grading runs none has beyond the released one."""
    taken = given_names | outline.names_released((cell.source,))
    for text in sources:
        if syntax.alike(text, cell.source, True):
            continue
        if points(cell) is None and not syntax.is_python(text):
            # As a cell of its own it fails, which tells what others lack, or runs on a newer Python.
            yield text
        elif new := outline.additions(cell.source, text, taken):
            yield "\n".join(new)


def _runs_as_given(cell):
    """Whether grading runs a cell of the release as it is."""
    return cell.cell_type == "code" and not is_answer(cell) and points(cell) is None and not _is_skipped(cell)


def _is_skipped(cell):
    return SKIP_TAG in cell.metadata.get("tags", ())


def _replaced_stubs(ours, untouched, earlier, added):
    """Ids of the untouched answers whose functions the student defined in other cells."""
    sources = [
        cell.source
        for name, cell in ours.items()
        if is_answer(cell) and not _is_skipped(cell) and name not in untouched
    ]
    own = outline.names_set(tuple(itertools.chain(sources, *earlier.values(), *added.values())))
    stubs = {name: set(outline.definitions(ours[name].source)) for name in untouched}
    return {name for name, functions in stubs.items() if functions and functions <= own}


def _arranged(notebook, earlier, added, replaced):
    """The Cells to run, and the notebook's cells, with those that the student added in their places.

    Args:
        replaced: ids of stubs that do not run, so that a function from another cell is not lost.
    """
    cells: list[Cell] = []
    merged: list[NotebookNode] = []

    def add(sources):
        for source in sources:
            name = f"{ADDED}{len(merged)}"
            cells.append(Cell(name, source))
            merged.append(nbformat.v4.new_code_cell(source, id=name))

    add(added.get(None, ()))
    for cell in notebook.cells:
        identity = grade_id(cell)
        add(earlier.get(identity, ()))
        merged.append(cell)
        skipped = _is_skipped(cell) or points(cell) is not None
        if cell.cell_type == "code" and not skipped and identity not in replaced:
            cells.append(Cell(identity or cell.id, cell.source))
        if identity:
            add(added.get(identity, ()))
    return cells, merged
