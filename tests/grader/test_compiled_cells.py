"""Cells that were compiled before the first fork do what they do in every other notebook."""

import json
import subprocess
import sys

import pytest

from autograder.jail.environments import INSIDE

PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
import cells

given, submitted = json.load(sys.stdin)
cells.compile_all(given)
asked, frames, real = [], [], cells.compiled
cells.compiled = lambda name, *rest: asked.append(name) or real(name, *rest)
notebook = cells.Notebook({}, ["f"])
for index, (id, source) in enumerate(submitted):
    notebook.run(index, {"id": id, "source": source, "gives": []}, set(), frames.append)
values = {name: repr(value) for name, value in notebook.names.items() if name in {"x", "y", "z", "kind"}}
json.dump([frames, values, len(asked)], sys.stdout)
"""
GIVEN = {
    "imports": "import math\nx = math.sqrt(4)",
    "magic": "%matplotlib inline\ny = 2",
    "later": "async def wait():\n    return 3\nz = await wait()",
    "broken": "def f(:\n    pass",
    "fails": "x = 5\n1 / 0\ny = 7",
}
FUTURE = "from __future__ import annotations\ndef f(a: int): ...\nkind = f.__annotations__['a']"
ANNOTATED = "def f(a: int): ...\nkind = f.__annotations__['a']"


def ran(given, submitted):
    """The frames, the values of names, and how many statements were compiled for this notebook."""
    told = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, str(INSIDE)],
        input=json.dumps([given, submitted]), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(told.stdout)


@pytest.mark.parametrize(
    "given, submitted, left",
    [
        (GIVEN, [*GIVEN.items()], 0),
        (GIVEN, [("imports", "import math\nx = math.sqrt(9)"), *[*GIVEN.items()][1:]], 2),
        (GIVEN, [("added", "def g():\n    pass"), *GIVEN.items()], 1),
        ({"a": FUTURE, "b": ANNOTATED}, [("a", FUTURE), ("b", ANNOTATED)], 2),
        ({"a": FUTURE, "b": ANNOTATED}, [("b", ANNOTATED)], 0),
        ({"b": ANNOTATED}, [("a", FUTURE), ("b", ANNOTATED)], 5),
    ],
    ids=["as-given", "changed", "added", "future", "without-future", "own-future"],
)  # fmt: skip
def test_compiled_cells_run_as_others_do(given, submitted, left):
    frames, values, compiled = ran(given, submitted)
    assert [frames, values] == ran({}, submitted)[:2] and frames
    assert compiled == left
