"""What a submission's Python source says, without running it."""

import ast
import functools
import re
import threading

# Submissions are graded in threads, and CPython 3.11 can fail when two parse at once
# (SystemError: AST constructor recursion depth mismatch).
_one_at_a_time = threading.Lock()


# Parts of Python within which a line does not begin a statement, and the ends of lines.
PARTS = re.compile(
    r"""#[^\n]*|('''|\"\"\")(?:\\.|.)*?\1|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\\\n|[\[({]|[\])}]|\n""",
    re.DOTALL,
)
# Lines that IPython reads instead of Python: `%time f()`, `!ls`, `files = !ls`, `f?`.
MAGIC = re.compile(
    r"(?P<indent>[ \t]*)(?:[%!?]|(?P<target>[\w.,* \t]+?=[ \t]*)[%!]|[\w.]+\?{1,2}[ \t]*$)(?:\\\n|.)*",
    re.MULTILINE,
)


def statements(source):
    """The statements of a cell, magics and shell lines left out.

    Raises:
        SyntaxError: it is not Python.
    """
    source = "\n".join(lines_of(source))
    try:
        return _parsed(source)
    except SyntaxError:
        return _parsed(without_magics(source))


def _parsed(source):
    with _one_at_a_time:
        try:
            return ast.parse(source).body
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error)) from error


def without_magics(source):
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


def lines_of(source):
    """The lines of a source as Python counts them; `str.splitlines` would also split inside of strings."""
    return re.split(r"\r\n|\r|\n", source)


def text_of(lines, node):
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


def statements_or_none(source):
    """The statements of a cell; none of a cell that is not Python."""
    try:
        return statements(source)
    except SyntaxError:
        return []


def bound(node):
    """Names that a statement sets."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def imported(node):
    """Names that a statement imports."""
    imports = (part for part in ast.walk(node) if isinstance(part, ast.Import | ast.ImportFrom))
    return {(alias.asname or alias.name).partition(".")[0] for part in imports for alias in part.names}


@functools.lru_cache(maxsize=8)
def names_set(sources):
    """Names that these cells set."""
    nodes = [node for source in sources for node in statements_or_none(source)]
    return frozenset(name for node in nodes for name in bound(node))


def sets(source, name):
    """Whether a statement of a cell gives a name a value made without it, or changes what it stands for.

    `f = partial(g, 1)` and `C.call = g` do, and `setattr(C, "call", g)`; `f = f(1)` and `f(1)` do not.
    """
    return any(_sets(node, name) for node in statements_or_none(source))


def _sets(node, name):
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == name]
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name == name or any(_hands_on(part, name) for part in node.decorator_list)
    if isinstance(node, ast.Import | ast.ImportFrom):
        return any((alias.asname or alias.name) == name for alias in node.names)
    if name in bound(node):
        return not any(isinstance(n.ctx, ast.Load) for n in names)
    targets = [n for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)]
    return any(n in names for target in targets for n in ast.walk(target)) or _hands_on(node, name)


def _hands_on(node, name):
    """Whether a call gets what a name stands for."""
    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
    return any(isinstance(arg, ast.Name) and arg.id == name for call in calls for arg in call.args)


def definitions(source):
    """{name: node} of the functions and classes at the top of a cell."""
    found = {}
    for node in statements_or_none(source):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            found.update({t.id: node.value for t in node.targets if isinstance(t, ast.Name)})
    return found


def looked_up_on(source, line):
    """Names on a line of a function which the definition around it does not set itself."""
    node = next((n for n in statements_or_none(source) if n.lineno <= line <= n.end_lineno), None)
    if node is None:
        return set()
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    own = {n.id for n in names if isinstance(n.ctx, ast.Store)}
    own |= {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    return {n.id for n in names if n.lineno == line} - own


# What Colab writes for its forms, on lines of their own or behind code.
FORM = re.compile(r"#[ \t]*@(?:title|param|markdown)\b.*")


def plain(source):
    """A source without what editors and platforms change in it: line ends, trailing space, form lines."""
    lines = [line for line in source.splitlines() if not FORM.match(line.lstrip())]
    return "\n".join(FORM.sub("", line).rstrip() for line in lines).strip()


def meaning(source, code):
    """A value that two cells share if they say the same; layout and comments of code do not count."""
    text = plain(source)
    try:
        return ast.dump(ast.Module(statements(text), [])) if code else text
    except (SyntaxError, ValueError, RecursionError):  # of some numbers and depths
        return text


def alike(text, released, code):
    """Whether a cell says what the released one says."""
    return text == released or meaning(text, code) == meaning(released, code)


def says_more(text, released, code):
    """Whether an answer is more than the released one; of code, comments, layout and stubs do not count."""
    if not plain(text) or alike(text, released, code):
        return False
    try:
        return not code or not all(map(_does_nothing, statements(text)))
    except SyntaxError:
        return True


def is_python(source):
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
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def additions(given, submitted, taken):
    """What only the student's copy of a given cell has: imports, and new names, as source lines.

    Args:
        taken: names that the release's given cells set; they stay as they are.
    """
    released, lines = lines_of(given), lines_of(submitted)
    own = {text_of(released, node) for node in statements_or_none(given)}
    for node in statements_or_none(submitted):
        new = not isinstance(node, ast.Expr) and bound(node) and not bound(node) & taken
        if (new or _imports(node)) and (text := text_of(lines, node)) not in own:
            yield text


def _imports(node):
    """Whether a statement, which defines no function, has an import in it."""
    definition = isinstance(node, ast.FunctionDef | ast.ClassDef)
    return not definition and any(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(node))


@functools.lru_cache(maxsize=64)
def pick(source, names):
    """The definitions of these names from a source text, with its private helpers if there are any."""
    wanted = [
        node
        for node in statements(source)
        if (name := getattr(node, "name", "")) in names or names and name.startswith("_")
    ]
    return "\n\n".join(ast.unparse(node) for node in wanted)
