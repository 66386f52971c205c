"""Which room of the grader may import which, and that no room knows an assignment by name."""

import ast
from pathlib import Path

import pytest

import autograder
from autograder import tasks
from autograder.engine import answers

PACKAGE = Path(autograder.__file__).parent
ENGINE = {"engine", "jail"}
JUDGES = ENGINE | {"authoring", "tasks"}
# {room: the rooms whose modules it may import}; the modules outside of all rooms may import any.
BELOW = {
    "jail": {"jail"},
    "engine": ENGINE,
    "authoring": ENGINE | {"authoring"},
    "tasks": JUDGES,
    "report": ENGINE | {"report"},
    "course": JUDGES | {"report", "course"},
    "student": JUDGES | {"report", "student"},
    "evidence": JUDGES | {"report", "course", "evidence"},
}
FILES = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")]
NAMES = [form for name in tasks.ASSIGNMENTS for form in (name, name.replace("-", "_"))]


def imported(path, but_for_types=False):
    """The modules of this package that a file imports, as their parts.

    Args:
        but_for_types: without those that only a type checker reads.
    """
    tree = ast.parse((PACKAGE / path).read_text())
    for node in answers.run_nodes(tree) if but_for_types else ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "autograder":
            module = node.module.split(".")[1:]
            yield from ([*module, alias.name] for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1:] for a in node.names if a.name.split(".")[0] == "autograder")


@pytest.mark.parametrize("room", BELOW)
def test_a_room_imports_only_what_lies_below_it(room):
    for path in FILES:
        if path.parts[0] == room:
            above = {parts[0] for parts in imported(path) if (PACKAGE / parts[0]).is_dir()} - BELOW[room]
            assert not above, f"{path} imports of {above}"


def test_every_module_is_in_a_known_room():
    rooms = {path.parts[0] for path in FILES if len(path.parts) > 1}
    assert rooms == {*BELOW}
    doors = {path.stem for path in FILES if len(path.parts) == 1}
    assert doors == {"__init__", "__main__", "command", "nbgrader_autograde", "nbgrader_pages", "options"}


def test_what_runs_in_the_jail_imports_nothing_of_the_grader():
    for path in FILES:
        if "inside" in path.parts:
            assert not list(imported(path, but_for_types=True)), path


def test_only_the_jail_needs_a_module_that_other_systems_lack():
    for path in FILES:
        if "inside" not in path.parts:
            nodes = ast.walk(ast.parse((PACKAGE / path).read_text()))
            names = {alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
            assert not {"fcntl", "resource", "pwd", "grp"} & names, path


def test_no_assignment_is_named_outside_of_its_folder():
    for path in PACKAGE.rglob("*"):
        if path.suffix in {".py", ".html", ".js", ".toml"} and path.parent.parts[-2] != "tasks":
            own = [name for name in NAMES if name in path.parts]
            text = path.read_text()
            assert own or not [name for name in NAMES if name in text], path
