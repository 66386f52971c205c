"""What a submission's Python source says, without running it."""

import ast
import contextlib
import functools
import threading

# Submissions are graded in threads, and CPython 3.11 can fail when two parse at once
# (SystemError: AST constructor recursion depth mismatch).
_one_at_a_time = threading.Lock()


def statements(source):
    """The statements of a cell, magics and shell lines left out.

    Raises:
        SyntaxError: it is not Python.
    """
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()]
    with _one_at_a_time:
        try:
            return ast.parse("\n".join(lines)).body
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error)) from error


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


@functools.lru_cache(maxsize=8)
def names_set(sources):
    """Names that these cells set."""
    nodes = [node for source in sources for node in statements_or_none(source)]
    return frozenset(name for node in nodes for name in bound(node))


def definitions(source):
    """{name: node} of the functions and classes at the top of a cell."""
    found = {}
    for node in statements_or_none(source):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            found.update({t.id: node.value for t in node.targets if isinstance(t, ast.Name)})
    return found


def says_more(text, released, code):
    """Whether an answer is more than the released one; of code, comments, layout and stubs do not count."""
    if text.strip() in {released.strip(), ""}:
        return False
    if not code:
        return True
    try:
        body, stub = statements(text), statements(released)
        return list(map(ast.dump, body)) != list(map(ast.dump, stub)) and not all(map(_does_nothing, body))
    except (SyntaxError, RecursionError):
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
        return "NotImplementedError" in ast.dump(node)
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def additions(given, submitted, taken):
    """What only the student's copy of a given cell has: imports, and new names, as source lines.

    Args:
        taken: names that the release's given cells set; they stay as they are.

    A statement that is nested too deep to be written out is left out.
    """
    own = {ast.dump(node) for node in statements_or_none(given)}
    for node in statements_or_none(submitted):
        imports = any(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(node))
        new = not isinstance(node, ast.Expr) and bound(node) and not bound(node) & taken
        with contextlib.suppress(RecursionError):
            if ast.dump(node) not in own and (imports or new):
                yield ast.unparse(node)
