"""Whatever lies in a submission's folder gets a row of its own: no exception for the class, no hang."""

import copy
import gzip
import json
import os
import socket
import time
import zipfile

import nbformat
import pytest
from fuzz import few_or_many, holds_for
from hypothesis import strategies as st

from autograder.course import directory as courses
from autograder.course import grading_run as classes
from autograder.course.workers import Workers
from autograder.engine import submission

ASSIGNMENT = "gmm-two-ways"
SECONDS = 20  # in which any file must be read or refused, on a busy machine


def text(document):
    return json.dumps(document).encode()


def changed(cells, change):
    """The release's cells, each after `change`."""
    cells = copy.deepcopy(cells)
    for cell in cells:
        change(cell)
    return text({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def about(cell):
    return cell["metadata"].setdefault("nbgrader", {})


NESTED = b"[" * 10_000 + b"]" * 10_000
PLAIN = {"cell_type": "code", "source": "1", "metadata": {}}

# name -> (content or None, the flag of its row; None where it is graded).
CONTENTS = {
    "nothing": (lambda cells: b"", "empty"),
    "white space": (lambda cells: b" \n\t" * 100, "empty"),
    "a byte order mark alone": (lambda cells: b"\xef\xbb\xbf", "not-a-notebook"),
    "null bytes": (lambda cells: b"\0" * 5000, "not-a-notebook"),
    "random bytes": (lambda cells: bytes(range(256)) * 50, "not-a-notebook"),
    "python": (lambda cells: b"def mstep(x, posterior):\n    return 1\n", "not-a-notebook"),
    "a web page": (lambda cells: b"<!doctype html><script>alert(1)</script>", "not-a-notebook"),
    "a document": (lambda cells: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "not-a-notebook"),
    "a compressed notebook": (lambda cells: gzip.compress(changed(cells, about)), "not-a-notebook"),
    "half a notebook": (lambda cells: changed(cells, about)[:20_000], "not-a-notebook"),
    "merge conflict": (
        lambda cells: changed(cells, about).replace(b"{", b"<<<<<<< HEAD\n{", 5),
        "not-a-notebook",
    ),
    "nested deep": (lambda cells: b'{"cells":' + NESTED + b"}", "not-a-notebook"),
    "nested deep in metadata": (
        lambda cells: b'{"cells":[{"source":"1","metadata":{"nbgrader":' + NESTED + b"}}]}",
        "not-a-notebook",
    ),
    "a number": (lambda cells: b"17", "not-a-notebook"),
    "a number without end": (lambda cells: b'{"cells": ' + b"9" * 100_000 + b"}", "not-a-notebook"),
    "a list": (lambda cells: b"[]", "not-a-notebook"),
    "no number": (lambda cells: b"NaN", "not-a-notebook"),
    "no cells": (lambda cells: text({"nbformat": 4}), "not-a-notebook"),
    "cells that are none": (lambda cells: text({"cells": None}), "not-a-notebook"),
    "cells in a dictionary": (lambda cells: text({"cells": {"0": PLAIN}}), "not-a-notebook"),
    "no cell at all": (lambda cells: text({"cells": []}), "empty"),
    "cells of all wrong kinds": (lambda cells: text({"cells": [1, None, "x", [], {"source": 3}]}), "empty"),
    "another notebook of format 3": (
        lambda cells: text({"nbformat": 3, "worksheets": [{"cells": [PLAIN]}]}),
        "wrong-assignment",
    ),
    "worksheets of all wrong kinds": (
        lambda cells: text({"worksheets": [1, None, {}, {"cells": 3}, {"cells": [1, {"input": {}}]}]}),
        "empty",
    ),
    "worksheets that are none": (lambda cells: text({"worksheets": None}), "not-a-notebook"),
    "cells without ids": (
        lambda cells: changed(cells, lambda cell: cell["metadata"].pop("nbgrader", None)),
        None,
    ),
    "ids that are no text": (
        lambda cells: changed(cells, lambda cell: about(cell).update(grade_id=[1])),
        None,
    ),
    "ids of another course": (
        lambda cells: changed(cells, lambda cell: about(cell).update(grade_id="task" * 5000)),
        None,
    ),
    "nbgrader's metadata is a list": (
        lambda cells: changed(cells, lambda cell: cell["metadata"].update(nbgrader=[1])),
        None,
    ),
    "one function of any notebook": (
        lambda cells: text({"cells": [PLAIN | {"source": "def loss(model, x): return 0"}]}),
        "wrong-assignment",
    ),
    "metadata is text": (lambda cells: text({"cells": [{**PLAIN, "metadata": "x"}]}), "empty"),
    "too large": (lambda cells: b" " * (21 << 20), "too-large"),
    "too many cells": (lambda cells: text({"cells": [PLAIN] * 20_000}), "too-large"),
    "too much code": (lambda cells: text({"cells": [{**PLAIN, "source": "x = 1\n" * 200_000}]}), "too-large"),
    "a line of spaces alone": (
        lambda cells: text({"cells": [*cells, {**PLAIN, "source": "x = 1\n" + " " * 300_000 + "y"}]}),
        None,
    ),
    "format 99": (lambda cells: text({"cells": cells, "nbformat": 99, "nbformat_minor": -1}), None),
    "another kernel": (
        lambda cells: text({"cells": cells, "metadata": {"kernelspec": {"name": "ir"}}}),
        None,
    ),
    "a million outputs": (
        lambda cells: changed(cells, lambda cell: cell.update(outputs=[{}] * (1_000_000 // len(cells)))),
        None,
    ),
    "ids repeated": (lambda cells: text({"cells": cells * 3}), None),
    "cells in another order": (lambda cells: text({"cells": cells[::-1]}), None),
    "sources of all wrong kinds": (
        lambda cells: text(
            {"cells": [*cells, {**PLAIN, "source": [1, None, {}]}, {**PLAIN, "cell_type": []}]}
        ),
        None,
    ),
    "characters that nothing can keep": (
        lambda cells: changed(cells, lambda cell: cell["source"].append("\n# \0 \ud800 \x1b[2J")),
        None,
    ),
    "the encoding of another system": (lambda cells: json.dumps({"cells": cells}).encode("utf-16"), None),
    "line ends of another system": (lambda cells: changed(cells, about).replace(b"\\n", b"\\r\\n"), None),
}


def a_folder(path):
    path.mkdir()


def a_pipe(path):
    os.mkfifo(path)


def a_socket(path):
    # Its path must be short.
    here = os.getcwd()
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)
    os.chdir(here)


def a_link_to_the_secret(path):
    path.symlink_to(path.parents[3] / courses.SECRET_FILE)


def a_link_to_another_notebook(path):
    path.symlink_to(path.parents[3] / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")


def a_link_to_itself(path):
    path.symlink_to(path)


def a_link_to_nothing(path):
    path.symlink_to("nothing")


def a_link_to_a_device(path):
    path.symlink_to("/dev/zero")


def a_linked_folder(path):
    path.parent.rmdir()
    path.parent.symlink_to(path.parents[3] / "solutions" / ASSIGNMENT)


def a_sparse_file(path):
    with open(path, "wb") as file:
        file.truncate(200 << 20)


def an_archive(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notebook.ipynb", "{}")


def two_other_notebooks(path):
    for name in ("first", "second"):
        path.with_name(f"{name}.ipynb").write_bytes(text({"cells": [PLAIN]}))


def no_notebook(path):
    path.with_name("timestamp.txt").write_text("2000-01-01")
    path.with_name("report.pdf").write_bytes(b"%PDF-1.7")


SPECIAL = {
    a_folder: "not-a-notebook",
    a_pipe: "not-a-notebook",
    a_socket: "not-a-notebook",
    a_link_to_the_secret: "linked",
    a_link_to_another_notebook: "linked",
    a_link_to_itself: "not-a-notebook",
    a_link_to_nothing: "not-a-notebook",
    a_link_to_a_device: "linked",
    a_linked_folder: "linked",
    a_sparse_file: "too-large",
    an_archive: "not-a-notebook",
    two_other_notebooks: "wrong-assignment",
    no_notebook: "not-a-notebook",
}
NAMES = (
    "new\nline",
    "tab\tand  spaces",
    "<b onload=alert(1)>",
    "comma, \"quotes\" and 'more'",
    "-rf",
    "~",
    "名前 🎓",
    "a" * 200,
    "%00%2e%2e",
    "{{ 7*7 }}",
    "=1+1",
    "CON",
    ".hidden",
    "back\\slash",
    "e\u0301 and é",
)


@pytest.fixture(scope="module")
def cells(release):
    return json.loads(nbformat.writes(release))["cells"]


@pytest.mark.parametrize("name", CONTENTS)
def test_a_bad_notebook_is_refused_with_its_reason_or_read(name, cells, release, tmp_path):
    make, flag = CONTENTS[name]
    path = tmp_path / "notebook.ipynb"
    path.write_bytes(make(cells))
    start = time.monotonic()
    if flag is None:
        merged = submission.read(path, release)
        nbformat.writes(merged.notebook).encode()
        assert len(merged.answers) == len([c for c in release.cells if submission.is_answer(c)])
    else:
        with pytest.raises(submission.Unreadable) as refusal:
            submission.read(path, release)
        assert refusal.value.id == flag and len(str(refusal.value)) < 500
    assert time.monotonic() - start < SECONDS


@pytest.mark.parametrize("make", SPECIAL, ids=lambda make: make.__name__)
def test_what_is_no_file_is_refused_without_waiting(make, release, tmp_path):
    course = courses.init(tmp_path / "course")
    course.secret()
    path = course.root / "submitted" / "student" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True)
    make(path)
    start = time.monotonic()
    handed_in = course.submissions(ASSIGNMENT)["student"]
    if handed_in.refusal:
        assert handed_in.refusal.id == SPECIAL[make]
    else:
        with pytest.raises(submission.Unreadable) as refusal:
            submission.read(handed_in.path, release)
        assert refusal.value.id == SPECIAL[make]
    assert time.monotonic() - start < SECONDS


def test_a_class_of_bad_submissions_has_a_row_for_each(tmp_path, cells, monkeypatch):
    monkeypatch.setattr(Workers, "launch", lambda *_: None)  # nothing of them runs
    course = courses.init(tmp_path / "course")
    course.secret()
    expected = {}
    for name, (make, flag) in CONTENTS.items():
        if flag is not None:
            path = folder_of(course, name)
            path.write_bytes(make(cells))
            expected[name] = flag
    for make, flag in SPECIAL.items():
        make(folder_of(course, make.__name__))
        expected[make.__name__] = flag
    for name in NAMES:
        folder_of(course, name).write_bytes(b"{")
        expected[name] = "not-a-notebook"
    folder_of(course, "no\udcfftext").write_bytes(b"{")  # a name that is no UTF-8
    expected["no\ufffdtext"] = "not-a-notebook"
    for name in ("J\udcfcrgen", "J\udcf6rgen"):  # two names that look alike
        folder_of(course, name).write_bytes(b"{")
    expected["J\ufffdrgen [J\\xfcrgen]"] = expected["J\ufffdrgen [J\\xf6rgen]"] = "same-name"
    (course.root / "submitted" / "mallory").symlink_to("no cells")
    expected["mallory"] = "linked"
    # A grade and a time of one's own change nothing.
    folder_of(course, "own time").write_bytes(b"{")
    for name in ("timestamp.txt", "timestamps.txt", "grades.json", "gradebook.db"):
        folder_of(course, "own time").with_name(name).write_text("2000-01-01 00:00:00.000000 UTC")
    expected["own time"] = "not-a-notebook"

    start = time.monotonic()
    rows = classes.grade(course, ASSIGNMENT)["students"]
    assert time.monotonic() - start < 10 * SECONDS
    assert {name: row["status"] for name, row in rows.items()} == dict.fromkeys(expected, "unreadable")
    assert {name: row["flags"][-1]["id"] for name, row in rows.items()} == expected
    assert all(row["score"] == 0 for row in rows.values())


def folder_of(course, student):
    """Where the notebook of a new student goes."""
    path = course.root / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
IDS = st.sampled_from(["mstep", "test_mstep", "given_imports", "means_mse", "loss", "given_grad"]) | JSON
SOURCES = st.text() | st.lists(st.text() | JSON, max_size=3) | JSON
PYTHON = st.lists(
    st.sampled_from(
        ["def mstep(x, r):", " return", "import os", "x=1", "(", ")", "\n", "%time", "!ls", "'''", "\\", ":"]
    )
).map("".join)
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | JSON,
        "source": PYTHON | SOURCES,
        "metadata": JSON
        | st.fixed_dictionaries({"nbgrader": st.fixed_dictionaries({"grade_id": IDS}) | JSON}),
        "outputs": JSON,
    },
)


@few_or_many
def test_any_cells_are_read_or_refused(tmp_path, release, examples):
    path = tmp_path / "notebook.ipynb"

    @holds_for(examples, st.lists(CELLS | JSON, max_size=6), JSON)
    def _(found, rest):
        path.write_text(json.dumps({"cells": found, "metadata": rest, "nbformat": rest}))
        try:
            merged = submission.read(path, release)
        except submission.Unreadable as refusal:
            assert refusal.id in ("not-a-notebook", "empty", "too-large", "wrong-assignment")
            return
        nbformat.writes(merged.notebook).encode()
        for cell in merged.notebook.cells:  # nothing that decides about points comes from the submission
            if not cell.id.startswith("added-"):
                own = next(c for c in release.cells if c.id == cell.id)
                assert submission.points(cell) == submission.points(own)
        assert all("\0" not in cell.source for cell in merged.cells)


@few_or_many
def test_any_bytes_are_read_or_refused(tmp_path, release, examples):
    path = tmp_path / "notebook.ipynb"

    @holds_for(examples, st.binary(max_size=300))
    def _(content):
        path.write_bytes(content)
        with pytest.raises(submission.Unreadable):
            submission.read(path, release)
