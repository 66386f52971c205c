"""One-edit mutants of a reference answer: the wrong answers that the judge must catch."""

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple, TypeVar

from autograder.engine import syntax

ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
COMPARISONS = {
    ast.Gt: (ast.GtE, ast.Lt),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
SIBLINGS = {
    "tf.reduce_sum": ("tf.reduce_mean", "tf.reduce_max"),
    "tf.reduce_mean": ("tf.reduce_sum", "tf.reduce_max"),
    "tf.reduce_logsumexp": ("tf.reduce_sum", "tf.reduce_mean", "tf.reduce_max"),
    "tf.nn.softmax": ("tf.nn.log_softmax", "tf.nn.sigmoid"),
    "tf.nn.log_softmax": ("tf.nn.softmax", "tf.nn.log_sigmoid"),
    "tf.exp": ("tf.math.log", "tf.math.expm1"),
    "tf.math.log": ("tf.exp", "tf.math.log1p"),
    "np.log": ("np.exp", "np.sqrt"),
    "tf.square": ("tf.identity", "tf.abs"),
    "tf.maximum": ("tf.minimum",),
    "tf.zeros": ("tf.ones",),
    "tf.nn.leaky_relu": ("tf.nn.relu", "tf.identity"),
    "tf.random.normal": ("tf.random.uniform", "tf.random.truncated_normal"),
    "np.random.normal": ("np.random.uniform", "np.random.laplace"),
    "tf.gather": ("tf.repeat",),
    "tf.argmin": ("tf.argmax",),
    "tf.argmax": ("tf.argmin",),
    "np.exp": ("np.log", "np.expm1"),
    "np.sqrt": ("np.square",),
    "np.square": ("np.abs",),
    "np.abs": ("np.square",),
    "np.sum": ("np.mean", "np.max"),
    "np.mean": ("np.sum", "np.median"),
    "np.max": ("np.min",),
    "np.min": ("np.max",),
    "np.argmax": ("np.argmin",),
    "np.argmin": ("np.argmax",),
    "np.maximum": ("np.minimum",),
    "np.minimum": ("np.maximum",),
    "np.zeros": ("np.ones",),
    "np.ones": ("np.zeros",),
}
# The same for methods of arrays.
METHODS = {
    "sum": "mean",
    "mean": "sum",
    "max": "min",
    "min": "max",
    "argmax": "argmin",
    "argmin": "argmax",
    "std": "var",
    "var": "std",
}
AXES = re.compile(r"-?\d+|[\[(]-?\d+(, -?\d+)*,?[\])]")  # as an argument
EINSUM = re.compile(r"([\w, ]+)->(\w*)")
DTYPES = {"float32": ("float64", "int32"), "float64": ("float32",)}
# Calls whose first argument is no answer in their place.
NOT_DROPPED = {"len", "range", "zip", "super"}


Node = TypeVar("Node", bound=ast.AST)
Edits = Iterator[tuple[str, ast.AST]]  # (operator, node to put in a node's place)


class Mutant(NamedTuple):
    """A reference answer with one edit, at a line of the cell."""

    operator: str
    was: str
    now: str
    line: int
    source: str

    @property
    def edit(self) -> str:
        """The words by which a list of equivalent mutants knows it."""
        return f"{self.was} -> {self.now}"

    @property
    def id(self) -> str:
        return hashlib.sha256(self.source.encode()).hexdigest()[:12]


def bare(source: str) -> str:
    """The source without comments, docstrings and magics, in one layout."""
    return text(_tree(source), lines=True)


def _tree(source):
    """The module of a cell without docstrings, whose nodes know their lines."""
    tree = ast.Module(syntax.statements(source), [])
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def mutants(source: str) -> list[Mutant]:
    """Every mutant of the source; no two have the same source, or the same words.

    Raises:
        SyntaxError: the source is not Python.
    """
    tree = _tree(source)
    words: Counter[tuple[str, str]] = Counter()
    found: dict[str, Mutant | None] = {text(tree, lines=True): None}
    for place in places(tree):
        node = place.node
        # A number or a name says little without what it stands in.
        small = isinstance(node, ast.Constant | ast.Name | ast.Attribute) and place.around is not None
        shown = place.around if small and place.around is not None else node
        before = text(shown)
        for operator, changed in edits(node, place, tree):
            place.put(changed)
            mutated, after = text(tree, lines=True), text(shown if small else changed)
            place.put(node)
            if mutated not in found:
                words[before, after] += 1
                again = f" ({words[before, after]})" if words[before, after] > 1 else ""
                line = getattr(node, "lineno", 1)
                found[mutated] = Mutant(operator, before, after + again, line, mutated)
    return [mutant for mutant in found.values() if mutant is not None]


def spread(found: list[Mutant]) -> list[Mutant]:
    """The mutants in an order in which the operators take turns: the same one each time."""
    by_operator: dict[str, list[Mutant]] = {}
    for mutant in sorted(found, key=lambda mutant: mutant.id):
        by_operator.setdefault(mutant.operator, []).append(mutant)
    return [mutant for row in zip_longest(*by_operator.values()) for mutant in row if mutant]


class Place(NamedTuple):
    """Where a node hangs in the tree."""

    node: ast.AST
    parent: ast.AST
    field: str
    at: int | None  # in a list of nodes
    owner: ast.AST | None  # innermost function or class around it
    around: ast.expr | None  # innermost expression around it

    def put(self, node: ast.AST) -> None:
        if self.at is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.at] = node


def places(tree: ast.AST, owner: ast.AST | None = None, around: ast.expr | None = None) -> Iterator[Place]:
    """Expressions and statements below a node, in the order of the source."""
    inside = tree if isinstance(tree, ast.FunctionDef | ast.ClassDef) else owner
    around = tree if isinstance(tree, ast.expr) else around
    for field, value in ast.iter_fields(tree):
        if field in ("decorator_list", "bases", "returns"):
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.expr | ast.stmt):
                yield Place(node, tree, field, index, inside, around)
            if isinstance(node, ast.AST):
                yield from places(node, inside, around)


def text(node: ast.AST, lines: bool = False) -> str:
    source = ast.unparse(ast.fix_missing_locations(node))
    return source if lines else " ".join(source.split())


def copied(node: Node, **fields: Any) -> Node:
    """The node with some of its fields exchanged."""
    return type(node)(**{**dict(ast.iter_fields(node)), **fields})


def edits(node: ast.AST, place: Place, tree: ast.AST) -> Edits:
    """(operator, node to put in its place) for every edit of one node."""
    if isinstance(node, ast.stmt):
        yield from statement_edits(node)
    elif not isinstance(getattr(node, "ctx", None), ast.Store):
        for edit in EXPRESSION_EDITS:
            yield from edit(node, place, tree)
    elif isinstance(node, ast.Tuple):
        yield from swapped_elements(node, place, tree)


def statement_edits(node: ast.stmt) -> Edits:
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Pass):
        return
    yield "dropped statement", ast.Pass()
    value = node.value if isinstance(node, ast.Assign | ast.Return) else None
    if value is not None and not isinstance(value, ast.Tuple | ast.Constant | ast.UnaryOp):
        yield "negation", copied(node, value=ast.UnaryOp(ast.USub(), value))
    if isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        yield "arithmetic operator", copied(node, op=ARITHMETIC[type(node.op)]())


def arithmetic(node: ast.AST, place: Place, tree: ast.AST) -> Edits:
    if isinstance(node, ast.BinOp):
        if type(node.op) in ARITHMETIC:
            yield "arithmetic operator", copied(node, op=ARITHMETIC[type(node.op)]())
        yield "dropped term", node.left
        yield "dropped term", node.right
        if isinstance(node.op, ast.Sub | ast.Div | ast.Pow):
            yield "swapped operands", copied(node, left=node.right, right=node.left)


def comparison(node: ast.AST, place: Place, tree: ast.AST) -> Edits:
    if isinstance(node, ast.Compare):
        for other in COMPARISONS.get(type(node.ops[0]), ()):
            yield "comparison", copied(node, ops=[other()])


def negation(node: ast.AST, place: Place, tree: ast.AST) -> Edits:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "negation", node.operand


def constant(node: ast.AST, place: Place, tree: ast.AST) -> Edits:
    if not isinstance(node, ast.Constant):
        return
    if isinstance(node.value, bool):
        yield "constant", ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield "constant", ast.Constant(node.value + 1)
        yield "constant", ast.Constant(node.value - 1)
    elif isinstance(node.value, float):
        yield "constant", ast.Constant(2 * node.value)
        yield "constant", ast.Constant(0.0)
    elif isinstance(node.value, str):
        for other in DTYPES.get(node.value, ()):
            yield "dtype", ast.Constant(other)
        if einsum := EINSUM.fullmatch(node.value):
            given, result = einsum.groups()
            terms = given.split(",")
            if len(result) > 1:
                yield "axis", ast.Constant(f"{given}->{result[::-1]}")
            yield "axis", ast.Constant(f"{','.join(terms[1::-1] + terms[2:])}->{result}")


def dtype(node: ast.AST, place: Place, tree: ast.AST) -> Edits:
    if isinstance(node, ast.Attribute) and node.attr in DTYPES:
        for other in DTYPES[node.attr]:
            yield "dtype", copied(node, attr=other)


def axis(node: ast.AST, place: Place, tree: ast.AST) -> Edits:
    if isinstance(node, ast.Call):
        for at, word in enumerate(node.keywords):
            kept = node.keywords[:at] + node.keywords[at + 1 :]
            yield "dropped keyword", copied(node, keywords=kept)
            if word.arg == "axis" and AXES.fullmatch(written := text(word.value)):
                for value in other_axes(ast.literal_eval(written)):
                    changed = ast.keyword("axis", ast.parse(repr(value), mode="eval").body)
                    yield "axis", copied(node, keywords=[*kept, changed])


def other_axes(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return [*value, value[::-1]]
    return [other for other in (0, 1, -1) if other != value]


def swapped_arguments(node: ast.AST, place: Place, tree: ast.AST) -> Edits:
    if isinstance(node, ast.Call):
        for at in range(len(node.args) - 1):
            yield "swapped arguments", copied(node, args=exchanged(node.args, at))


def swapped_elements(node: ast.AST, place: Place, tree: ast.AST) -> Edits:
    if isinstance(node, ast.Tuple) or isinstance(node, ast.List) and place.field != "value":
        for at in range(len(node.elts) - 1):
            yield "swapped arguments", copied(node, elts=exchanged(node.elts, at))


def exchanged(items: Sequence[ast.expr], at: int) -> list[ast.expr]:
    return [*items[:at], items[at + 1], items[at], *items[at + 2 :]]


def sibling(node: ast.AST, place: Place, tree: ast.AST) -> Edits:
    if isinstance(node, ast.Attribute):
        name = text(node)
        for other in SIBLINGS.get(name, ()):
            yield "sibling function", ast.parse(other, mode="eval").body
        if node.attr in METHODS and name not in SIBLINGS:
            yield "sibling function", copied(node, attr=METHODS[node.attr])


def dropped_call(node: ast.AST, place: Place, tree: ast.AST) -> Edits:
    if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in NOT_DROPPED):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "astype":
            yield "dropped call", node.func.value
        elif node.args and not isinstance(node.args[0], ast.Starred):
            yield "dropped call", node.args[0]


def off_by_one(node: ast.AST, place: Place, tree: ast.AST) -> Edits:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        for operator in (ast.Add(), ast.Sub()):
            changed = ast.BinOp(node.args[-1], operator, ast.Constant(1))
            yield "off by one", copied(node, args=[*node.args[:-1], changed])


def other_variable(node: ast.AST, place: Place, tree: ast.AST) -> Edits:
    """The next parameter of the function, or the next attribute that the class sets."""
    if isinstance(node, ast.Name) and isinstance(place.owner, ast.FunctionDef):
        names = [argument.arg for argument in place.owner.args.args if argument.arg != "self"]
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        names = [
            n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)
        ]
    else:
        return
    name = node.id if isinstance(node, ast.Name) else node.attr
    if name in names and len(names) > 1:
        other = names[(names.index(name) + 1) % len(names)]
        field = "id" if isinstance(node, ast.Name) else "attr"
        yield "other variable", copied(node, **{field: other})


EXPRESSION_EDITS = (
    arithmetic,
    comparison,
    negation,
    constant,
    dtype,
    axis,
    swapped_arguments,
    swapped_elements,
    sibling,
    dropped_call,
    off_by_one,
    other_variable,
)
