"""What a submission's Python source says, without running it."""

import ast
import functools
import re
import threading
from collections.abc import Sequence

SMALL = 12_000  # characters of a cell of which something is remembered; the longest given cell has 10,721
# Submissions are graded in threads, and CPython 3.11 can fail when two parse at once
# (SystemError: AST constructor recursion depth mismatch).
_one_at_a_time = threading.Lock()


# Parts of Python within which a line does not begin a statement, and the ends of lines. A string that nothing
# closes is a part as well: else the search for its end would begin again at each quote in it.
PARTS = re.compile(
    r"""#[^\n]*|('''|\"\"\")(?:\\.|[^\\])*?(?:\1|\\?\Z)|'(?:\\.|[^'\\\n])*+'?|"(?:\\.|[^"\\\n])*+"?"""
    r"""|\\\n|[\[({]|[\])}]|\n""",
    re.DOTALL,
)
# Lines that IPython reads instead of Python: `%time f()`, `!ls`, `files = !ls`, `f?`.
MAGIC = re.compile(
    r"(?P<indent>[ \t]*+)(?:[%!?]|(?P<target>[\w.,* \t]+?=[ \t]*)[%!]|[\w.]+\?{1,2}[ \t]*$)(?:\\\n|.)*",
    re.MULTILINE,
)


def statements(source: str) -> list[ast.stmt]:
    """The statements of a cell, magics and shell lines left out.

    Raises:
        SyntaxError: it is not Python.
    """
    return as_python(source)[1]


def as_python(source: str) -> tuple[str, list[ast.stmt]]:
    """A cell's text, with statements that do nothing for magics and shell lines, and its statements.

    Raises:
        SyntaxError: it is not Python.
    """
    return (_as_python if len(source) <= SMALL else _as_python.__wrapped__)(source)


@functools.lru_cache(maxsize=512)  # most cells of most submissions are the release's own
def _as_python(source):
    source = "\n".join(lines_of(source))
    try:
        return source, _parsed(source)
    except SyntaxError:
        source = without_magics(source)
        return source, _parsed(source)


def _parsed(source):
    with _one_at_a_time:
        try:
            return ast.parse(source).body
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error)) from error


def without_magics(source: str) -> str:
    """A source in which statements that do nothing replace IPython's lines; line numbers stay the same.

    Within brackets and strings, and after a backslash, no statement begins.
    """
    parts, place, depth, begins = [], 0, 0, True
    while place < len(source):
        if begins and (magic := MAGIC.match(source, place)):
            indent, target = magic["indent"], magic["target"]
            nothing = f"{indent}{target}None" if target else f"{indent}pass" if indent else ""
            parts.append(nothing + "\n" * magic[0].count("\n"))
            place, begins = magic.end(), False
            continue
        part = PARTS.search(source, place)
        end = part.end() if part else len(source)
        parts.append(source[place:end])
        if part:
            depth += {"[": 1, "(": 1, "{": 1, "]": -1, ")": -1, "}": -1}.get(part[0], 0)
            begins = part[0] == "\n" and depth <= 0
        place = end
    return "".join(parts)


def lines_of(source: str) -> list[str]:
    """The lines of a source as Python counts them; `str.splitlines` would also split inside of strings."""
    return re.split(r"\r\n|\r|\n", source)


def text_of(lines: Sequence[str], node: ast.stmt) -> str:
    """A statement as it is written, decorators included; `ast.unparse` fails on some numbers and depths.

    Args:
        lines: `lines_of` its source.
    """
    start = min([node, *getattr(node, "decorator_list", ())], key=lambda part: part.lineno)
    text = [line.encode() for line in lines[start.lineno - 1 : node.end_lineno]]
    text[-1] = text[-1][: node.end_col_offset]
    if start is node:
        text[0] = text[0][node.col_offset :]
    return b"\n".join(text).decode()


def statements_or_none(source: str) -> list[ast.stmt]:
    """The statements of a cell; none of a cell that is not Python."""
    try:
        return statements(source)
    except SyntaxError:
        return []


# What Colab writes for its forms, on lines of their own or behind code.
FORM = re.compile(r"#[ \t]*@(?:title|param|markdown)\b.*")


def plain(source: str) -> str:
    """A source without what editors and platforms change in it: line ends, trailing space, form lines."""
    lines = [line for line in source.splitlines() if not FORM.match(line.lstrip())]
    return "\n".join(FORM.sub("", line).rstrip() for line in lines).strip()


def meaning(source: str, code: bool) -> str:
    """A value that two cells share if they say the same; layout and comments of code do not count."""
    return (_meaning if len(source) <= SMALL else _meaning.__wrapped__)(source, code)


@functools.lru_cache(maxsize=512)  # most cells of most submissions are the release's own
def _meaning(source, code):
    text = plain(source)
    try:
        return ast.dump(ast.Module(statements(text), [])) if code else text
    except (SyntaxError, ValueError, RecursionError):  # of some numbers and depths
        return text


def alike(text: str, released: str, code: bool) -> bool:
    """Whether a cell says what the released one says."""
    return text == released or meaning(text, code) == meaning(released, code)


def says_more(text: str, released: str, code: bool) -> bool:
    """Whether an answer is more than the released one; of code, comments, layout and stubs do not count."""
    if not plain(text) or alike(text, released, code):
        return False
    try:
        return not code or not all(map(_does_nothing, statements(text)))
    except SyntaxError:
        return True


def is_python(source: str) -> bool:
    """Whether a cell can be parsed, magics and shell lines left out."""
    try:
        statements(source)
    except SyntaxError:
        return False
    return True


def _does_nothing(node):
    """Whether a statement is a stub: a docstring, `pass`, `...`, or raises NotImplementedError."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return all(map(_does_nothing, node.body))
    if isinstance(node, ast.Raise):
        return any(isinstance(n, ast.Name) and n.id == "NotImplementedError" for n in ast.walk(node))
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


@functools.lru_cache(maxsize=64)
def pick(source: str, names: tuple[str, ...]) -> str:
    """The definitions of these names from a source text, with its private helpers if there are any."""
    wanted = [
        node
        for node in statements(source)
        if (name := getattr(node, "name", "")) in names or names and name.startswith("_")
    ]
    return "\n\n".join(ast.unparse(node) for node in wanted)
