"""Inside the jail: run a notebook's cells as IPython would.

A statement that raises does not end its cell: in grading much is missing that the student had (Colab's
Drive, a package, a folder), and the definitions below such a statement are still the student's answer.
"""

import __future__

import ast
import asyncio
import builtins
import contextlib
import inspect
import linecache
import os
import sys
import types
from collections.abc import Callable
from typing import NamedTuple

from bindings import Bindings
from magics import Shell, own_magics, remember_text, transform

# Where a cell that is not Python begins; no statement begins there.
NOWHERE = (0, 0)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


Statements = list[tuple[ast.stmt, types.CodeType | None]]  # with their code where it is known already
# {(name, source): (as Python, Statements)} of cells that were compiled before the first fork.
COMPILED: dict[tuple[str, str], tuple[str, Statements]] = {}


class Statement(NamedTuple):
    """A statement at the top of a cell."""

    at: tuple[int, int, int]  # index of its cell, line and column
    cell: str  # name under which its cell is compiled
    tree: ast.stmt
    code: types.CodeType | None  # where it is known already
    gives: list  # names that its cell gives, if that is the release's own


def compile_all(sources: dict[str, str]) -> None:
    """Compile cells that most notebooks have, {id: source}, once for all forks."""
    for id, source in sources.items():
        name = f"<cell {id}>"
        with contextlib.suppress(Exception):  # a fork says what is wrong with it
            body = ast.parse(text := transform(source), name).body
            flags = future_flags(body)
            COMPILED[name, source] = text, [(tree, compiled(name, tree, flags)) for tree in body]


def compiled(name: str, tree: ast.stmt, flags: int) -> types.CodeType:
    """The code of one statement; `await` may stand outside of functions."""
    return compile(ast.Module([tree], []), name, "exec", flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)


class Notebook:
    """A module `__main__` in which cells run statement by statement, as IPython runs them.

    Args:
        preset: {name: value} that exists before the first cell; the student's own values replace it.
        tasks: names of the assignment's functions and classes.
    """

    def __init__(self, preset: dict, tasks: list) -> None:
        module = types.ModuleType("__main__")
        self.names = module.__dict__
        self.names.update(preset, __builtins__=builtins)
        self.bindings, self.flags = Bindings(self.names, tasks), 0
        self.loop: asyncio.AbstractEventLoop | None = None
        self.magics: set[str] = set()  # names of the student's own cell magics
        self.waiting: list[tuple[Statement, str | None]] = []  # with the name that each of them lacked
        sys.modules["__main__"] = module
        # Where there is no jail they could be imported, and a check would call itself without end.
        for name in ("autograder", "gmm_tf"):
            sys.modules[name] = None  # type: ignore[assignment]  # as Python marks what must not be imported
        sys.path.insert(0, os.getcwd())  # as in Jupyter; `%%writefile` writes there
        shell = Shell(self.names, self.magics)
        # Where IPython has them: a name of the student's own hides them and replaces nothing.
        vars(builtins).update(display=no_display, get_ipython=lambda: shell, input=no_input)
        for place in ("IPython", "IPython.core.getipython"):
            if place in sys.modules:
                vars(sys.modules[place]).update(get_ipython=lambda: shell)

    def run(self, index: int, cell: dict, skip: set, send: Callable[[dict], None]) -> None:
        """Run a cell's statements but those in `skip`, up to its author's own `raise` or `exit()`.

        Args:
            index: of the cell.
            cell: its `id` and `source`, and the names that it `gives`, if it is the release's own.
            skip: {(cell, line, column)} at which these begin.
            send: sends a frame.
        """
        name = f"<cell {cell['id']}>"
        self.magics |= own_magics([cell["source"]])
        try:
            body = self.parse(name, cell["source"])
        except Exception as error:  # noqa: BLE001 - a cell that is not Python runs no statement
            send({"event": "started", "at": (index, *NOWHERE)})
            send({"event": "raised", "at": (index, *NOWHERE), **describe(error)})
            return
        for tree, code in body:
            statement = Statement((index, tree.lineno, tree.col_offset), name, tree, code, cell["gives"])
            if statement.at in skip:
                continue
            raised = self.attempt(statement, send)
            if isinstance(raised, SystemExit) or raised and isinstance(tree, ast.Raise):
                break
            if type(raised) is NameError and new_names(tree):
                self.waiting.append((statement, raised.name))
        self.bindings.end_cell()

    def run_again(self, send: Callable[[dict], None]) -> None:
        """Run what failed for want of a name that a later cell defined; in a session, it may have run later.

        Each runs once more at most, and not if all that it sets has been defined by another statement.
        """
        while able := [statement for statement, lacked in self.waiting if lacked in self.names]:
            self.waiting = [entry for entry in self.waiting if entry[1] not in self.names]
            for statement in able:
                if not new_names(statement.tree) <= self.names.keys():
                    self.attempt(statement, send)

    def attempt(self, statement: Statement, send: Callable[[dict], None]) -> BaseException | None:
        """Run a statement -> what it raised."""
        raised = None
        send({"event": "started", "at": statement.at})
        try:
            self.execute(statement)
        except BaseException as error:  # noqa: BLE001 - SystemExit ends a cell, not the grading
            send({"event": "raised", "at": statement.at, **describe(error)})
            raised = error
        self.bindings.note(statement.gives)
        return raised

    def parse(self, name: str, source: str) -> Statements:
        """The statements of a cell."""
        as_compiled = not self.flags and not self.magics
        text, known = as_compiled and COMPILED.get((name, source)) or (transform(source, self.magics), None)
        remember_text(name, text)
        statements: Statements = known or [(tree, None) for tree in ast.parse(text, name).body]
        self.flags |= future_flags([tree for tree, _ in statements])
        return statements

    def execute(self, statement: Statement) -> None:
        """Run one statement."""
        code = statement.code or compiled(statement.cell, statement.tree, self.flags)
        result = eval(code, self.names)  # noqa: S307
        if code.co_flags & inspect.CO_COROUTINE:
            self.loop = self.loop or asyncio.new_event_loop()
            self.loop.run_until_complete(result)


def new_names(tree: ast.stmt) -> set[str]:
    """Names that a definition or an assignment sets."""
    if isinstance(tree, DEFINITIONS):
        return {tree.name}
    if not isinstance(tree, ast.Assign | ast.AnnAssign):
        return set()
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


class NoHandle:
    """What `display(value, display_id=True)` returns: later values are ignored, too."""

    def display(self, *values: object, **options: object) -> None:
        """Ignore the values."""

    update = display


def no_display(*values: object, display_id: object = None, **options: object) -> NoHandle | None:
    """Displayed values are ignored."""
    return NoHandle() if display_id else None


def no_input(prompt: object = "") -> str:
    """No input is available."""
    return ""


def describe(error: BaseException) -> dict:
    """What a person needs of an exception: its type, its words, the student's cell and line."""
    name, line, trace = "", 0, error.__traceback__
    if isinstance(error, SyntaxError) and str(error.filename).startswith("<cell "):
        name, line, trace = str(error.filename), error.lineno or 0, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith("<cell "):
            name, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - an exception of the student's may fail to print
        words = "(its message could not be read)"
    return {
        "type": type(error).__name__[:80],
        "message": words[:600],
        "cell": name[6:-1][:80],
        "line": line,
        "text": linecache.getline(name, line).strip()[:200],
    }


def future_flags(body: list[ast.stmt]) -> int:
    """Compiler flags of `from __future__ import ...`."""
    names = {
        alias.name
        for node in body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    }
    return sum(getattr(__future__, name).compiler_flag for name in names)
