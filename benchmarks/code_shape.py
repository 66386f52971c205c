"""The shape of the code: sizes of files and functions, docstrings, annotations, parameters.

    python benchmarks/code_shape.py                     # this checkout
    python benchmarks/code_shape.py --revision 8b4d19f  # a commit, read by git

Counted by `ast` alone. A function counts with its decorators, docstring and nested functions; lambdas do not
count. A function is annotated if its parameters (not `self` and `cls`) and its result are. It is public if
neither its name nor its class's begins with an underscore and it is not nested in another function.
"""

import argparse
import ast
import statistics
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("gmm_tf", "autograder", "autograder/tasks")


class Function(NamedTuple):
    """What is counted of one function."""

    lines: int
    parameters: int
    is_annotated: bool
    is_public: bool
    has_docstring: bool


def sources(revision: str | None) -> dict[str, str]:
    """The text of each Python file of the packages, by its path; of the working tree for None."""
    if revision is None:
        paths = [path for package in PACKAGES[:2] for path in (ROOT / package).rglob("*.py")]
        return {path.relative_to(ROOT).as_posix(): path.read_text() for path in paths}
    names = _git("ls-tree", "-r", "--name-only", revision, *PACKAGES[:2]).splitlines()
    return {name: _git("show", f"{revision}:{name}") for name in names if name.endswith(".py")}


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def functions(text: str) -> list[Function]:
    """The functions and methods of a module."""
    return list(_functions(ast.parse(text), True))


def _functions(node, is_public):
    for child in ast.iter_child_nodes(node):
        here = is_public
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            here = is_public and not child.name.startswith("_")
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _counted(child, here and not isinstance(node, ast.FunctionDef))
        yield from _functions(child, here)


def _counted(node, is_public):
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    named += [one for one in (arguments.vararg, arguments.kwarg) if one]
    named = [one for one in named if one.arg not in ("self", "cls")]
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    annotated = node.returns is not None and all(one.annotation is not None for one in named)
    return Function(
        node.end_lineno - first + 1, len(named), annotated, is_public, ast.get_docstring(node) is not None
    )


def shape(files: dict[str, str]) -> dict[str, str]:
    """{column: value} of a package."""
    lines = [text.count("\n") for text in files.values()]
    found = [one for text in files.values() for one in functions(text)]
    sizes = sorted(one.lines for one in found)
    public = [one for one in found if one.is_public]
    return {
        "lines": f"{sum(lines):,}",
        "files": f"{len(lines)}",
        "median file": f"{statistics.median(lines):.0f}",
        "longest file": f"{max(lines)}",
        "functions": f"{len(found):,}",
        "median": f"{statistics.median(sizes):.0f}",
        "p90": f"{sizes[int(0.9 * len(sizes))]}",
        "longest": f"{sizes[-1]}",
        "over 45 lines": f"{sum(size > 45 for size in sizes)}",
        "annotated": f"{_share(found, 'is_annotated')}",
        "public annotated": f"{_share(public, 'is_annotated')}",
        "public with docstring": f"{_share(public, 'has_docstring')}",
        "most parameters": f"{max(one.parameters for one in found)}",
        "over 6": f"{sum(one.parameters > 6 for one in found)}",
    }


def _share(found, name):
    return f"{100 * sum(getattr(one, name) for one in found) / len(found):.0f} %"


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--revision", action="append", default=[], help="a commit; repeat to compare")
    rows = []
    for revision in [*parser.parse_args().revision, None]:
        files = sources(revision)
        for package in PACKAGES:
            own = {name: text for name, text in files.items() if name.startswith(f"{package}/")}
            rows.append({"": f"{package}, {revision or 'now'}", **shape(own)})
    print("| " + " | ".join(rows[0]) + " |")
    print("|---" * len(rows[0]) + "|")
    for row in rows:
        print("| " + " | ".join(row.values()) + " |")


if __name__ == "__main__":
    main()
