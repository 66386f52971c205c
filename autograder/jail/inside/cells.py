"""Inside the jail: run a notebook's cells as IPython would, and tell which statements depend on which.

A statement that raises does not end its cell: in grading much is missing that the student had (Colab's
Drive, a package, a folder), and the definitions below such a statement are still the student's answer.
"""

import __future__

import ast
import asyncio
import builtins
import functools
import importlib
import inspect
import linecache
import os
import re
import sys
import time
import types

from bindings import Bindings

SLOW_SECONDS = 0.5
# Where IPython may have something to transform; its own look at the tokens takes long.
MAGIC = re.compile(r"\A\s*^[ \t]|^\s*[%!?]|=\s*[%!]|\?\s*(#.*)?$", re.M)
# Cell magics whose body is not Python of this notebook; the body of any other runs.
OTHER_LANGUAGES = {
    "!", "HTML", "R", "SVG", "bash", "bigquery", "cmd", "cython", "html", "javascript", "js", "julia",
    "latex", "markdown", "perl", "pypy", "python", "python2", "python3", "ruby", "script", "sh", "shell",
    "sql", "svg", "sx", "system",
}  # fmt: skip
WRITING = {"writefile", "file"}
# Where a cell defines a cell magic: below a decorator such as `@register_cell_magic`, or by a call.
OWN_MAGIC = re.compile(
    r"cell_magic\b[^\n]*\n(?:\s*@[^\n]*\n)*\s*def\s+(\w+)|register_magic_function\(\s*(\w+)"
)
# Line magics that run the statement after their options, as in `%timeit -n 10 f()`.
RUNNING = {"time", "timeit", "prun", "memit", "lprun", "mprun", "debug"}
OPTIONS = re.compile(r"(\s*-{1,2}[\w-]+(=\S+|\s*\d+(?=\s))?(?=\s|$))*\s*")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
# What a statement may bind that its text does not name: `from helpers import *`, `%run helpers.py`.
ANYTHING = "*"
NAME_LIMIT, NAMES_LIMIT = 200, 200  # what the grader takes of them


class Notebook:
    """A module `__main__` in which cells run statement by statement, as IPython runs them.

    Args:
        preset: {name: value} that exists before the first cell; the student's own values replace it.
        tasks: names of the assignment's functions and classes.
        given: ids of the release's own cells.
    """

    def __init__(self, preset, tasks, given=()):
        module = types.ModuleType("__main__")
        self.names = module.__dict__
        self.names.update(preset, __builtins__=builtins)
        self.bindings, self.given, self.flags, self.loop = Bindings(self.names, tasks), given, 0, None
        self.preset, self.trees, self.slow, self.setters = set(preset), {}, [], {}
        self.magics = set()  # names of the student's own cell magics
        sys.modules["__main__"] = module
        # Where there is no jail they could be imported, and a check would call itself without end.
        sys.modules["autograder"] = sys.modules["gmm_tf"] = None
        sys.path.insert(0, os.getcwd())  # as in Jupyter; `%%writefile` writes there
        shell = Shell(self)
        # Where IPython has them: a name of the student's own hides them and replaces nothing.
        builtins.display = lambda *args, **kwargs: None
        builtins.get_ipython = lambda: shell
        builtins.input = lambda prompt="": ""  # nobody is there to answer
        for place in ("IPython", "IPython.core.getipython"):
            if place in sys.modules:
                sys.modules[place].get_ipython = builtins.get_ipython

    def run(self, index, identity, source, skip, send):
        """Run a cell's statements but those in `skip`, up to its author's own `raise` or `exit()`."""
        name = f"<cell {identity}>"
        self.magics |= own_magics([source])
        try:
            body = self.parse(name, transform(source, self.magics))
        except Exception as error:  # noqa: BLE001 - a cell that is not Python runs no statement
            about = {"at": [index, 0], "in": identity}
            send({"event": "started", **about, "line": 1, "binds": sendable(names_in_text(source))})
            send({"event": "raised", **about, **describe(error)})
            return
        for number, tree in enumerate(body):
            about = {"at": [index, number], "in": identity}
            self.trees[index, number] = tree
            if about["at"] in skip or checks_itself(tree):
                continue
            if isinstance(tree, FUNCTIONS):
                self.setters = globals_set_by(self.trees.values())
            binds = bound_by(tree) | set_by_calls(tree, self.setters) - self.modules()
            send({"event": "started", **about, "line": tree.lineno, "binds": sendable(binds)})
            start, ended = time.perf_counter(), False
            try:
                self.execute(name, tree)
            except BaseException as error:  # noqa: BLE001 - SystemExit ends a cell, not the grading
                send({"event": "raised", **about, **describe(error)})
                ended = isinstance(tree, ast.Raise) or isinstance(error, SystemExit)
            if time.perf_counter() - start > SLOW_SECONDS:
                self.slow.append(about["at"])
            self.bindings.note(bound_by(tree) if identity in self.given else ())
            if ended:
                return

    def parse(self, name, source):
        """The statements of a cell."""
        remember_text(name, source)
        body = ast.parse(source, name).body
        self.flags |= future_flags(body)
        return body

    def execute(self, name, tree):
        """Run one statement; `await` may stand outside of functions."""
        flags = self.flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(ast.Module([tree], []), name, "exec", flags, True)
        result = eval(code, self.names)  # noqa: S307
        if code.co_flags & inspect.CO_COROUTINE:
            self.loop = self.loop or asyncio.new_event_loop()
            self.loop.run_until_complete(result)

    def needless(self):
        """Slow statements that bind nothing a function or class of the notebook may look up.

        What is preset need not be bound.
        """
        needed = needed_names(self.trees.values()) - self.preset | {ANYTHING}
        setters, modules = globals_set_by(self.trees.values()), self.modules()
        return [
            at for at in self.slow if not changed_by(self.trees[tuple(at)], setters, modules) & needed
        ]

    def modules(self):
        """Names of modules."""
        return {name for name, value in self.names.copy().items() if isinstance(value, types.ModuleType)}


class Shell:
    """What `get_ipython()` returns: magics that run Python or write a file do so, the others do nothing.

    Args:
        notebook: a `Notebook`.
    """

    def __init__(self, notebook):
        self.notebook, self.user_ns = notebook, notebook.names
        self.own = {"line": {}, "cell": {}}  # magics that the notebook defines

    def register_magic_function(self, function, magic_kind="line", magic_name=None):
        for kind in ("line", "cell") if magic_kind == "line_cell" else (magic_kind,):
            self.own[kind][magic_name or function.__name__] = function

    def register_magics(self, *classes):
        """Magics of a class, which IPython's `magics_class` has put into its tables."""
        for made in classes:
            magics = made(None) if isinstance(made, type) else made
            magics.shell = self
            for kind, functions in magics.magics.items():
                self.own[kind].update(functions)

    def run_line_magic(self, name, line, *rest):
        """The value of the expression that the magic runs, if it runs one."""
        if name in self.own["line"]:
            return self.own["line"][name](line)
        if name == "run":
            return self.run_file(*line.split())
        if name in ("env", "set_env") and "=" in line:
            variable, _, value = line.partition("=")
            os.environ[variable.strip()] = value.strip()
        return self.run_code(line[OPTIONS.match(line).end() :]) if name in RUNNING else None

    def run_cell_magic(self, name, line, cell):
        if name in self.own["cell"]:
            return self.own["cell"][name](line, cell)
        if name in WRITING:
            return write_file(*line.split(), text=cell)
        if name == "capture":
            return captured()
        return None if name in OTHER_LANGUAGES else self.run_code(cell)

    def magic(self, line):
        name, _, rest = line.lstrip("%").partition(" ")
        return self.run_line_magic(name, rest)

    def run_code(self, source):
        """Run statements -> the value of a single expression."""
        source, name = transform(source.strip(), self.notebook.magics), f"<magic {len(linecache.cache)}>"
        remember_text(name, source)
        self.notebook.trees.update(enumerate(ast.parse(source).body, len(self.notebook.trees)))
        try:
            code = compile(source, name, "eval")
        except SyntaxError:
            code = compile(source, name, "exec")
        return eval(code, self.user_ns)  # noqa: S307

    run_cell = ex = run_code

    def run_file(self, *words):
        """`%run FILE`: its names become the notebook's."""
        path = next(word.strip("'\"") for word in words if not word.startswith("-"))
        with open(in_scratch(path) if not os.path.exists(path) else path) as file:
            code = compile(transform(file.read()), path, "exec")
        space = self.user_ns if "-i" in words else {"__name__": "__main__", "__file__": path}
        exec(code, space)  # noqa: S102
        self.user_ns.update({name: value for name, value in space.items() if not name.startswith("__")})

    def push(self, variables, *rest, **options):
        if isinstance(variables, dict):
            self.user_ns.update(variables)

    def getoutput(self, *args, **kwargs):
        return []

    def __getattr__(self, name):
        return Nothing()


class Nothing:
    """What grading lacks of IPython: `get_ipython().events.register("post_run_cell", f)` does nothing."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key):
        return self

    def __setitem__(self, key, value):
        pass

    def __call__(self, *args, **kwargs):
        return None

    def __iter__(self):
        return iter(())


def remember_text(name, source):
    """Put a source where tracebacks and AutoGraph look for it."""
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)


def own_magics(sources):
    """Names of the cell magics that these cells define, as far as their text shows."""
    return {name for source in sources for match in OWN_MAGIC.findall(source) for name in match if name}


def captured():
    """What `%%capture NAME` binds: an output in which nothing was printed."""
    from IPython.utils.capture import CapturedIO

    return CapturedIO(None, None)


def write_file(*words, text):
    """`%%writefile [-a] FILE`, in the scratch folder."""
    path = in_scratch(next(word.strip("'\"") for word in words if not word.startswith("-")))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "a" if {"-a", "--append"} & set(words) else "w") as file:
        file.write(text)
    importlib.invalidate_caches()


def in_scratch(path):
    """Where a file goes: below the working folder, under its last name if it is of another folder."""
    inside = os.path.relpath(path)
    return os.path.abspath(os.path.basename(path) if inside.startswith("..") else inside)


def transform(source, own=()):
    """A cell as Python, line by line: magics and shell lines as calls of `get_ipython()`.

    Args:
        own: names of the notebook's own cell magics.
    """
    text = source.lstrip()
    if text.startswith("%%"):
        first, _, rest = text.partition("\n")
        name, _, line = first[2:].partition(" ")
        blank = "\n" * (source.count("\n") - rest.count("\n"))
        if name in WRITING or name in own:
            return f"{blank}get_ipython().run_cell_magic({name!r}, {line.strip()!r}, {rest!r})"
        if name in OTHER_LANGUAGES or name.startswith("!"):
            return ""
        output = line.split()[-1] if name == "capture" and line.split() else ""
        bind = f"{output} = get_ipython().run_cell_magic('capture', '', '')" if output.isidentifier() else ""
        return bind + blank + transform(rest, own)
    if not MAGIC.search(source):
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    empty = source[: len(source) - len(source.lstrip("\n"))]  # which IPython drops
    return empty + TransformerManager().transform_cell(source)


def describe(error):
    """What a person needs of an exception: its type, its words, the student's cell and line."""
    name, line = getattr(error, "filename", None), getattr(error, "lineno", None)
    if not (isinstance(error, SyntaxError) and str(name).startswith("<cell ")):
        name, line, trace = "", 0, error.__traceback__
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
        "line": line or 0,
        "text": linecache.getline(name, line or 0).strip()[:200],
    }


def checks_itself(tree):
    """Whether a statement is like `from autograder import check` or `check()`: no part of an answer."""
    if isinstance(tree, IMPORTS):
        modules = [getattr(tree, "module", None), *(alias.name for alias in tree.names)]
        return "autograder" in modules
    call = tree.value if isinstance(tree, ast.Expr) else None
    if not isinstance(call, ast.Call) or len(call.args) > 1:  # a check of the student's own
        return False
    if isinstance(call.func, ast.Attribute):
        owner = call.func.value
        return call.func.attr == "check" and isinstance(owner, ast.Name) and owner.id == "autograder"
    return isinstance(call.func, ast.Name) and call.func.id == "check"


def needed_names(trees, looked_up=lambda tree: names_in(tree, ast.Load)):
    """Names that functions and classes may look up, and those that these are made from."""
    trees = list(trees)
    return made_from(trees, {n for tree in trees if isinstance(tree, FUNCTIONS) for n in looked_up(tree)})


def made_from(trees, names, changed_by=None):
    """These names, and all that statements which set them look up, directly or through others."""
    parts = [((changed_by or bound_by)(tree), names_in(tree, ast.Load)) for tree in trees]
    needed, before = set(names), None
    while before != len(needed):
        before = len(needed)
        for changed, looked_up in parts:
            if changed & needed:
                needed |= looked_up
    return needed


def free_names(tree):
    """Names that a function, or a class's methods, do not bind themselves, as far as the text shows."""
    if isinstance(tree, ast.ClassDef):
        return set().union(*(free_names(part) for part in [*tree.body, *tree.bases, *tree.decorator_list]))
    own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    if isinstance(tree, FUNCTIONS):
        own |= names_in(tree, ast.Store)
        own -= {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    return names_in(tree, ast.Load) - own


def loops_aside(cells, tasks):
    """[cell, statement] of loops and calls that no function can need: left out when time is short."""
    trees, functions, modules = parts_of(cells)
    needed = needed_names(trees.values())
    data = needed - functions - modules - set(dir(builtins))
    return [
        list(at)
        for at, tree in trees.items()
        if isinstance(tree, ast.For | ast.While | ast.With | ast.Expr)
        and not bound_by(tree) & (needed | {ANYTHING})
        and not names_in(tree, ast.Load) & data
    ]


def trials(cells, tasks):
    """[cell, statement] of what seems to try the notebook's functions out only: a fit, a plot, a print.

    No more than a guess: what functions change is told from their text.
    """
    trees, made, modules = parts_of(cells)
    setters, others = globals_set_by(trees.values()), modules | set(dir(builtins))
    needed, before = needed_names(trees.values(), free_names) | {*tasks, ANYTHING}, None
    rest = {at: tree for at, tree in trees.items() if not isinstance(tree, FUNCTIONS + IMPORTS)}
    while before != len(made):
        before = len(made)
        for tree in rest.values():
            if names_in(tree, ast.Load) & made:
                made |= bound_by(tree)
    return [
        list(at)
        for at, tree in rest.items()
        if names_in(tree, ast.Load) & made
        and not (bound_by(tree) | owners_in(tree) | set_by_calls(tree, setters) - others) & needed
    ]


def not_needed(cells, slow, wanted):
    """Those of the `slow` [cell, statement] on which none of the `wanted` functions depends."""
    if not slow:
        return []
    trees, _, modules = parts_of(cells)
    changed = functools.partial(changed_by, setters=globals_set_by(trees.values()), modules=modules)
    needed = made_from(trees.values(), wanted, changed) | {ANYTHING}
    return [at for at in slow if tuple(at) in trees and not changed(trees[tuple(at)]) & needed]


def parts_of(cells):
    """{(cell, statement): tree}, and the names of the functions and classes and of the modules."""
    trees, own = {}, own_magics(cell["source"] for cell in cells)
    for index, cell in enumerate(cells):
        try:
            body = ast.parse(transform(cell["source"], own)).body
        except Exception:  # noqa: BLE001, S112 - such a cell runs no statement
            continue
        trees.update({(index, number): tree for number, tree in enumerate(body)})
    functions = {t.name for t in trees.values() if isinstance(t, FUNCTIONS)}
    imports = [tree for tree in trees.values() if isinstance(tree, IMPORTS)]
    return trees, functions, {name for tree in imports for name in bound_by(tree)}


def owners_in(tree):
    """Names whose methods a statement calls without a use for the value: `a` in `a.append(1)`."""
    if isinstance(tree, FUNCTIONS):
        return set()
    alone = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    called = [value.func for value in alone if isinstance(value, ast.Call)]
    return {name for f in called if isinstance(f, ast.Attribute) for name in names_in(f, ast.Load)}


# What a conversation may leave out before it is known how long that would take.
ASIDE = {"nothing": lambda cells, tasks: [], "loops": loops_aside, "trials": trials}


def names_in(tree, context):
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, context)
    }


def bound_by(tree):
    """Names that a statement sets, or sets a part of (`a.b = 1` counts for `a`).

    Those of loops do not count. `ANYTHING` is among them where the text does not show which they are.
    """
    names, loops, todo = set(), set(), [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, FUNCTIONS):
            names.add(node.name)
            continue
        todo += ast.iter_child_nodes(node)
        if isinstance(node, IMPORTS):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.For):
            loops |= names_in(node.target, ast.Store)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            names |= names_in(node, ast.Load)
        elif isinstance(node, ast.Call) and runs_a_file(node):
            names.add(ANYTHING)
    return names - loops


@functools.cache
def looked_up_in(function):
    return names_in(function, ast.Load)


def changed_by(tree, setters, modules):
    """Names whose values a statement sets or changes, itself or by the functions that it uses.

    Args:
        setters: from `globals_set_by`.
        modules: names of modules: `plt.plot(x)` changes nothing that counts.
    """
    return bound_by(tree) | (set_by_calls(tree, setters) | owners_in(tree)) - modules


def globals_set_by(trees):
    """{function: names that it, or a function that it uses, sets by `global` or changes in place}."""
    functions = {tree.name: tree for tree in trees if isinstance(tree, FUNCTIONS)}
    found = {name: changed_within(tree) for name, tree in functions.items()}
    used = {name: looked_up_in(tree) & functions.keys() for name, tree in functions.items()}
    before = None
    while before != (before := sum(map(len, found.values()))):
        for name in functions:
            found[name] = found[name].union(*(found[other] for other in used[name]))
    return {function: names for function, names in found.items() if names}


@functools.cache
def changed_within(function):
    """Names from outside of a function that its text sets by `global`, or changes: `table[key] = 1`."""
    declared, changed = set(), set()
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            declared |= set(node.names)
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            changed |= names_in(node.value, ast.Load)
        elif isinstance(node, ast.Expr):
            changed |= owners_in(node)
    return declared | changed & free_names(function)


def set_by_calls(tree, setters):
    """Names that the functions which a statement calls, or hands on, set or change."""
    if isinstance(tree, FUNCTIONS):
        return set()
    return {name for function in names_in(tree, ast.Load) & setters.keys() for name in setters[function]}


def runs_a_file(call):
    """Whether a call comes of `%run`, `%%writefile` or a cell magic of the notebook's own."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in ("run_line_magic", "run_cell_magic")):
        return False
    magic = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
    return magic == "run" or call.func.attr == "run_cell_magic" and magic != "capture"


def names_in_text(source):
    """Names that a cell which is not Python seems to set."""
    return set(re.findall(r"^(?:(?:async\s+)?def\s+|class\s+)?(\w+)\s*(?:=(?!=)|\(|:|\[)", source, re.M))


def sendable(names):
    return sorted(name for name in names if len(name) <= NAME_LIMIT)[:NAMES_LIMIT]


def future_flags(body):
    """Compiler flags of `from __future__ import ...`."""
    names = {
        alias.name
        for node in body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    }
    return sum(getattr(__future__, name).compiler_flag for name in names)
