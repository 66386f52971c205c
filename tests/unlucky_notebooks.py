"""Notebooks of unlucky students: read a case of `tests/unlucky`, make its notebook, make its files.

The format of a case is described in `tests/unlucky/README.md`.
"""

import copy
import json
import re
from pathlib import Path
from typing import NamedTuple

import nbformat

FOLDER = Path(__file__).parent / "unlucky"
BLOCK = re.compile(r"^# %% (\w+) ?(.*)$")
HEADER = re.compile(r"^# (unlucky|expect|explain|needs|file): (.*)$")
POINTS = re.compile(r"^(\w+) ([\d.]+)-([\d.]+)$")
KERNEL = {"name": "tf-gpu", "display_name": "Python [conda env:tf-gpu] *", "language": "python"}


class Edit(NamedTuple):
    """One change of the solved notebook: what is done, to which cell, with which text."""

    verb: str
    target: str
    text: str


class Case(NamedTuple):
    """One unlucky submission."""

    name: str
    assignment: str
    story: str
    points: dict  # task id -> (lowest, highest); tasks that are not named earn everything
    may_be_unreadable: bool
    explain: tuple  # words, one of which the student reads where points are lost
    needs: tuple
    transforms: tuple  # of (name, argument)
    edits: tuple  # of Edit


def paths():
    """Files of all cases, sorted."""
    return sorted(FOLDER.glob("*/*.py"))


def read(path):
    """The Case in a file.

    Raises:
        ValueError: a line of its header is not understood.
    """
    path = Path(path)
    with open(path, encoding="utf-8", newline="") as file:
        head, *blocks = re.split(r"^(?=# %% )", file.read(), flags=re.M)
    fields = {"unlucky": [], "expect": [], "explain": [], "needs": [], "file": []}
    for line in filter(None, head.split("\n")):
        match = HEADER.match(line)
        if not match:
            raise ValueError(f"{path.name}: expected a header line such as `# expect: full`, got {line!r}")
        fields[match[1]].append(match[2])
    points, unreadable = _expected(path.name, fields["expect"])
    return Case(
        name=path.stem,
        assignment=path.parent.name,
        story=" ".join(fields["unlucky"]),
        points=points,
        may_be_unreadable=unreadable,
        explain=tuple(word for line in fields["explain"] for word in line.split("|")),
        needs=tuple(fields["needs"]),
        transforms=tuple(tuple((line + " ").split(" ", 1)) for line in fields["file"]),
        edits=tuple(_edit(path.name, block) for block in blocks),
    )


def _expected(name, lines):
    points, unreadable = {}, False
    for line in lines:
        match = POINTS.match(line)
        if match:
            points[match[1]] = float(match[2]), float(match[3])
        elif line == "full or unreadable":
            unreadable = True
        elif line != "full":
            raise ValueError(f"{name}: expected `full` or `TASK LOW-HIGH`, got {line!r}")
    if not lines:
        raise ValueError(f"{name}: expected a line `# expect: ...`")
    return points, unreadable


def _edit(name, block):
    first, _, text = block.partition("\n")
    match = BLOCK.match(first)
    if not match or match[1] not in VERBS:
        raise ValueError(f"{name}: expected a block such as `# %% cell ID`, got {first!r}")
    return Edit(match[1], match[2].strip(), text.strip("\n"))


def notebook(case, release, solution):
    """The student's notebook: the release, solved, with the edits of the case."""
    made = copy.deepcopy(release)
    answers = {identity(cell): cell.source for cell in solution.cells}
    for cell in made.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = re.sub(r"^ *### (BEGIN|END) SOLUTION\n?", "", answers[identity(cell)], flags=re.M)
    for edit in case.edits:
        VERBS[edit.verb](made.cells, edit)
    return made


def identity(cell):
    """The id that nbgrader knows a cell by, else the cell's own."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", cell.get("id"))


def _place(cells, target):
    """Where the last cell with this id is."""
    return max(place for place, cell in enumerate(cells) if identity(cell) == target)


def _new(text):
    return nbformat.v4.new_code_cell(text)


def _replace(cells, edit):
    cells[_place(cells, edit.target)].source = edit.text


def _top(cells, edit):
    cell = cells[_place(cells, edit.target)]
    cell.source = f"{edit.text}\n{cell.source}"


def _bottom(cells, edit):
    cell = cells[_place(cells, edit.target)]
    cell.source = f"{cell.source}\n{edit.text}"


def _after(cells, edit):
    place = _place(cells, edit.target) + 1
    while place < len(cells) and _was_added(cells[place]):  # cells added earlier stay above
        place += 1
    cells.insert(place, _new(edit.text))


def _was_added(cell):
    return cell.cell_type == "code" and "nbgrader" not in cell.metadata


def _copy(cells, edit):
    place = _place(cells, edit.target)
    twin = copy.deepcopy(cells[place])
    twin.update(source=edit.text, id=_new("").id)
    cells.insert(place + 1, twin)


def _move(cells, edit):
    moved, _, target = edit.target.split()
    cell = cells.pop(_place(cells, moved))
    cells.insert(_place(cells, target) + 1, cell)


VERBS = {
    "cell": _replace,
    "top": _top,
    "bottom": _bottom,
    "before": lambda cells, edit: cells.insert(_place(cells, edit.target), _new(edit.text)),
    "after": _after,
    "first": lambda cells, edit: cells.insert(0, _new(edit.text)),
    "last": lambda cells, edit: cells.append(_new(edit.text)),
    "copy": _copy,
    "move": _move,
    "delete": lambda cells, edit: cells.pop(_place(cells, edit.target)),
}


def files(case, notebook):
    """{file name: bytes} of what the student hands in."""
    document = json.loads(nbformat.writes(notebook, version=4))
    for name, argument in case.transforms:
        if name in OF_DOCUMENT:
            document = OF_DOCUMENT[name](document, argument.strip())
    content = json.dumps(document, ensure_ascii=False, indent=1).encode()
    for name, _ in case.transforms:
        if name in OF_BYTES:
            content = OF_BYTES[name](content)
    handed_in = {f"{case.assignment}.ipynb": content}
    for name, argument in case.transforms:
        if name in OF_NAMES:
            handed_in = OF_NAMES[name](handed_in, argument.strip())
        elif name not in {**OF_DOCUMENT, **OF_BYTES}:
            raise ValueError(f"{case.name}: expected a transform of README.md, got {name!r}")
    return handed_in


def _each_cell(document, change):
    for number, cell in enumerate(document["cells"]):
        change(number, cell)
    return document


def _strip_metadata(document, _):
    document["metadata"] = {}
    return _each_cell(document, lambda number, cell: cell.update(metadata={}))


def _colab(document, _):
    document["metadata"] = {
        "accelerator": "GPU",
        "colab": {"provenance": [], "gpuType": "T4", "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    document["nbformat_minor"] = 0

    def change(number, cell):
        cell.pop("id", None)
        cell["metadata"].update(id=f"aB{number}xYz", colab={"base_uri": "https://localhost:8080/"})

    return _each_cell(document, change)


def _vscode(document, _):
    document["metadata"] = {"kernelspec": KERNEL, "language_info": {"name": "python", "version": "3.13.5"}}
    return _each_cell(document, lambda number, cell: cell["metadata"].update(vscode={"languageId": "python"}))


def _kaggle(document, _):
    document["metadata"]["kaggle"] = {"accelerator": "none", "dataSources": [], "isInternetEnabled": True}

    def change(number, cell):
        cell["metadata"].update(
            _uuid=f"{number:032x}",
            trusted=True,
            execution={"iopub.status.busy": "2026-11-02T10:00:00.000Z"},
            _kg_hide_input=False,
        )

    return _each_cell(document, change)


def _one_string(document, _):
    return _each_cell(document, lambda number, cell: cell.update(source="".join(cell["source"])))


def _crlf_sources(document, _):
    def change(number, cell):
        cell["source"] = [line.replace("\n", "\r\n") for line in cell["source"]]

    return _each_cell(document, change)


def _format_3(document, _):
    """As notebooks were before 2015: one worksheet, `input` for `source` of code."""

    def change(number, cell):
        cell.pop("id", None)
        if cell["cell_type"] == "code":
            cell.update(input=cell.pop("source"), language="python", prompt_number=number, collapsed=False)
            cell.pop("execution_count", None)

    _each_cell(document, change)
    sheet = {"cells": document.pop("cells"), "metadata": {}}
    return {"metadata": document["metadata"], "nbformat": 3, "nbformat_minor": 0, "worksheets": [sheet]}


def _huge_outputs(document, megabytes):
    text = "step: loss 1.2345\n" * (int(megabytes) * 60_000)
    output = {"output_type": "stream", "name": "stdout", "text": text}
    code = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    code[-1]["outputs"] = [output]
    return document


def _cell_type(document, argument):
    target, kind = argument.split()

    def change(number, cell):
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == target:
            cell["cell_type"] = kind
            cell.pop("outputs", None)
            cell.pop("execution_count", None)

    return _each_cell(document, change)


OF_DOCUMENT = {
    "strip-metadata": _strip_metadata,
    "colab-metadata": _colab,
    "vscode-metadata": _vscode,
    "kaggle-metadata": _kaggle,
    "single-string-sources": _one_string,
    "crlf-sources": _crlf_sources,
    "nbformat3": _format_3,
    "outputs-huge": _huge_outputs,
    "cell-type": _cell_type,
}
OF_BYTES = {
    "crlf": lambda content: content.replace(b"\n", b"\r\n"),
    "bom": lambda content: b"\xef\xbb\xbf" + content,
    "utf16": lambda content: content.decode().encode("utf-16"),
    "cp1252": lambda content: content.decode().encode("cp1252", "replace"),
}
APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(40)


def _renamed(handed_in, name):
    (content,) = handed_in.values()
    return {name: content}


def _with_suffix(handed_in, suffix):
    return {name.removesuffix(".ipynb") + suffix: content for name, content in handed_in.items()}


OF_NAMES = {
    "name": _renamed,
    "suffix": _with_suffix,
    "upper-case-suffix": lambda handed_in, _: _with_suffix(handed_in, ".IPYNB"),
    "two-copies": lambda handed_in, _: {
        name.removesuffix(".ipynb") + copied: content
        for name, content in handed_in.items()
        for copied in (" (1).ipynb", " (2).ipynb")
    },
    "apple-double": lambda handed_in, _: {
        **handed_in,
        **{f"._{name}": APPLE_DOUBLE for name in handed_in},
    },
}
