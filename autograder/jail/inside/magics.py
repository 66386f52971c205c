"""IPython's magics: as Python, and what they do in grading.

The grader reads the tables from outside, to tell what a cell of magics may set. Imports nothing of this
project.
"""

import importlib
import linecache
import os
import re
from collections.abc import Callable, Collection, Iterable
from typing import Any

# Where IPython may have something to transform; its own look at the tokens takes long.
MAGIC = re.compile(r"\A\s*^[ \t]|^[^\S\n]*[%!?]|=\s*[%!]|\?\s*(#.*)?$", re.M)
# Cell magics whose body is not Python of this notebook; the body of any other runs.
OTHER_LANGUAGES = set(
    """! HTML R SVG bash bigquery cmd cython html javascript js julia latex markdown perl pypy python python2
    python3 ruby script sh shell sql svg sx system""".split()
)
WRITING = {"writefile", "file"}
# Where a cell defines a cell magic: below a decorator such as `@register_cell_magic`, or by a call.
# From the last such words of a line, and with few more decorators: else one text is read again and again.
OWN_MAGIC = re.compile(
    r"cell_magic\b(?:(?!cell_magic)[^\n])*\n(?:\s*@[^\n]*\n){0,9}\s*def\s+(\w+)"
    r"|register_magic_function\(\s*(\w+)"
)
# Line magics that run the statement after their options, as in `%timeit -n 10 f()`.
RUNNING = {"time", "timeit", "prun", "memit", "lprun", "mprun", "debug"}
OPTIONS = re.compile(r"\A(\s*-{1,2}[\w-]++(=\S+|\s*\d+(?=\s))?(?=\s|$))*\s*")


def without_options(line: str) -> str:
    """What a magic of `RUNNING` runs."""
    return OPTIONS.sub("", line)


def own_magics(sources: Iterable[str]) -> set[str]:
    """Names of the cell magics that these cells define, as far as their text shows."""
    return {name for source in sources for match in OWN_MAGIC.findall(source) for name in match if name}


def captured() -> object:
    """What `%%capture NAME` binds: an output in which nothing was printed."""
    from IPython.utils.capture import CapturedIO

    return CapturedIO(None, None)


def write_file(*words: str, text: str) -> None:
    """`%%writefile [-a] FILE`, in the scratch folder."""
    path = in_scratch(next(word.strip("'\"") for word in words if not word.startswith("-")))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "a" if {"-a", "--append"} & set(words) else "w") as file:
        file.write(text)
    importlib.invalidate_caches()


def in_scratch(path: str) -> str:
    """Where a file goes: below the working folder, under its last name if it is of another folder."""
    inside = os.path.relpath(path)
    return os.path.abspath(os.path.basename(path) if inside.startswith("..") else inside)


def transform(source: str, own: Collection[str] = ()) -> str:
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


class Shell:
    """What `get_ipython()` returns: magics that run Python or write a file do so, the others do nothing.

    Args:
        names: the notebook's namespace.
        own: names of the notebook's own cell magics; may grow.
    """

    def __init__(self, names: dict, own: set[str]) -> None:
        self.user_ns, self.names_of_own = names, own
        self.own: dict[str, dict[str, Callable]] = {"line": {}, "cell": {}}  # that the notebook defines

    def register_magic_function(
        self, function: Callable, magic_kind: str = "line", magic_name: str | None = None
    ) -> None:
        for kind in ("line", "cell") if magic_kind == "line_cell" else (magic_kind,):
            self.own[kind][magic_name or function.__name__] = function

    def register_magics(self, *classes: Any) -> None:
        """Magics of a class, which IPython's `magics_class` has put into its tables."""
        for made in classes:
            magics = made(None) if isinstance(made, type) else made
            magics.shell = self
            for kind, functions in magics.magics.items():
                self.own[kind].update(functions)

    def run_line_magic(self, name: str, line: str, *rest: object) -> object:
        """The value of the expression that the magic runs, if it runs one."""
        if name in self.own["line"]:
            return self.own["line"][name](line)
        if name == "run":
            self.run_file(*line.split())
            return None
        if name == "pylab":
            from IPython.core.pylabtools import import_pylab

            import_pylab(self.user_ns)
        variable, *value = re.split(r"\s*=\s*|\s+", line.strip(), maxsplit=1)
        if name in ("env", "set_env") and value:
            os.environ[variable] = value[0]
        return self.run_code(without_options(line)) if name in RUNNING else None

    def run_cell_magic(self, name: str, line: str, cell: str) -> object:
        if name in self.own["cell"]:
            return self.own["cell"][name](line, cell)
        if name in WRITING:
            write_file(*line.split(), text=cell)
            return None
        if name == "capture":
            return captured()
        return None if name in OTHER_LANGUAGES else self.run_code(cell)

    def magic(self, line: str) -> object:
        name, _, rest = line.lstrip("%").partition(" ")
        return self.run_line_magic(name, rest)

    def run_code(self, source: str) -> object:
        """Run statements -> the value of a single expression."""
        source, name = transform(source.strip(), self.names_of_own), f"<magic {len(linecache.cache)}>"
        remember_text(name, source)
        try:
            code = compile(source, name, "eval")
        except SyntaxError:
            code = compile(source, name, "exec")
        return eval(code, self.user_ns)  # noqa: S307

    run_cell = ex = run_code

    def run_file(self, *words: str) -> None:
        """`%run FILE`: its names become the notebook's."""
        path = next(word.strip("'\"") for word in words if not word.startswith("-"))
        path = path if path.endswith((".py", ".ipy")) else f"{path}.py"
        with open(in_scratch(path) if not os.path.exists(path) else path) as file:
            code = compile(transform(file.read()), path, "exec")
        space = self.user_ns if "-i" in words else {"__name__": "__main__", "__file__": path}
        exec(code, space)  # noqa: S102
        self.user_ns.update({name: value for name, value in space.items() if not name.startswith("__")})

    def push(self, variables: object, *rest: object, **options: object) -> None:
        if isinstance(variables, dict):
            self.user_ns.update(variables)

    def getoutput(self, *args: object, **kwargs: object) -> list[str]:
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


def remember_text(name: str, source: str) -> None:
    """Put a source where tracebacks and AutoGraph look for it."""
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
