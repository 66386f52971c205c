"""The notebooks of `tests/attacks`, as they are handed in; `test_attacks` says what the files hold."""

import copy
import json
import re

import nbformat

from autograder.engine import submission

OUTPUTS = {
    "points": nbformat.v4.new_output("execute_result", {"text/plain": "15.0"}),
    "script": nbformat.v4.new_output("display_data", {"text/html": "<script>alert('output')</script>"}),
    "giant": nbformat.v4.new_output("stream", name="stdout", text="x" * (5 << 20)),
}


def assignment_of(path):
    """The assignment that an attack names."""
    named = re.search(r"^# assignment: (\S+)", path.read_text(), re.M)
    return named[1] if named else "gmm-two-ways"


def touched_by(path):
    """Ids of the cells that an attack fills in."""
    return set(re.findall(r"^# %% cell (\w+)", path.read_text(), re.M)) - {"added"}


def cells_of(path, release):
    """The cells as this attacker hands them in."""
    cells = [
        {"cell_type": c.cell_type, "source": c.source, "metadata": json.loads(json.dumps(c.metadata))}
        for c in release.cells
    ]
    places, seen = {submission.grade_id(cell): cell for cell in cells}, set()
    text = path.read_text().replace("<NUL>", "\0").replace("<LONE SURROGATE>", "\ud800")
    parts = re.split(r"^# %% (?:cell|markdown) (\w+)(.*)$", text, flags=re.M)[1:]
    for identity, about, source in zip(*[iter(parts)] * 3, strict=True):
        if identity == "added":
            cells.insert(0, {"cell_type": "code", "source": source, "metadata": {}})
            continue
        cell, about = places[identity], json.loads(about or "{}")
        if identity in seen:
            cell = copy.deepcopy(cell)
            cells.append(cell)
        seen.add(identity)
        cell["source"] = source
        cell["outputs"] = [OUTPUTS[name] for name in [about.pop("outputs", None)] if name]
        cell["metadata"]["nbgrader"] |= about
    return cells
