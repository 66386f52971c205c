"""The statements of a notebook, and which names they set and look up, as far as their text shows.

Nothing of a submission runs here.
"""

import ast
import builtins
import collections
import copy
import functools
import re
import symtable
from collections.abc import Callable, Iterable
from typing import NamedTuple

from autograder.engine import syntax
from autograder.jail.inside import magics

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
CHECK = "check"  # the course's function with which students check themselves
# Functions that make what other functions fill.
TABLES = {"dict", "list", "set", "defaultdict", "Counter", "deque", "zeros", "empty", "ones", "full", "array"}
# What a statement may set that its text does not name: `from helpers import *`, `%run helpers.py`.
ANYTHING = "*"
# Decorators of IPython's that make magics, what returns a namespace, and methods that change one.
MAKES_MAGIC = {"register_cell_magic", "register_line_magic", "register_line_cell_magic", "magics_class"}
NAMESPACES, CHANGES = {"globals", "locals", "vars"}, {"update", "setdefault", "__setitem__"}
# Beyond these, which no person's notebook reaches, nothing is told of it: the grader's time is bounded.
STATEMENTS_LIMIT, FUNCTIONS_LIMIT, EFFECTS_LIMIT = 5000, 500, 500
# Lines of IPython that run Python: a statement, or a file.
RUNS_STATEMENT = re.compile(rf"^([ \t]*)%(?:{'|'.join(sorted(magics.RUNNING))})\b(.*)$", re.MULTILINE)
RUNS_FILE = re.compile(r"^([ \t]*)%run\b.*$", re.MULTILINE)

Place = tuple[int, int, int]  # a statement's cell, line and column


class Names(NamedTuple):
    """What a statement has to do with the names of the notebook."""

    binds: frozenset = frozenset()  # it sets them; `ANYTHING` where the text does not show which
    parts: frozenset = frozenset()  # it sets a part of them: `a` in `a.b = 1` and `a[0] = 1`
    # it calls their methods for no value: `a` in `a.append(1)`; a definition's: its decorators look them up
    calls: frozenset = frozenset()
    reads: frozenset = frozenset()  # it looks them up, in its functions as well
    effects: frozenset = frozenset()  # a definition's: outer names that a call of it sets or changes
    handed: frozenset = frozenset()  # (function, name): it calls the one with the other, for no value

    @property
    def sets(self) -> frozenset:
        """Names that it sets, or sets a part of."""
        return self.binds | self.parts


class Statement(NamedTuple):
    """A statement at the top of a cell."""

    node: ast.stmt
    names: Names


def names_of(text: str, node: ast.stmt) -> Names:
    """The names of a top-level statement.

    Args:
        text: the statement as it is written.
        node: the statement.
    """
    try:
        table = symtable.symtable(_with_scopes(text, node), "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names(binds=frozenset({ANYTHING}))
    outer, inner, scopes = table.get_symbols(), set(), list(table.get_children())
    declared = set()
    while scopes:
        scope = scopes.pop()
        scopes += scope.get_children()
        inner |= {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global()}
        declared |= {s.get_name() for s in scope.get_symbols() if s.is_declared_global() and s.is_assigned()}
    binds = {symbol.get_name() for symbol in outer if symbol.is_assigned() or symbol.is_imported()}
    binds |= declared if not isinstance(node, DEFINITIONS) else set()
    if any(alias.name == "*" for alias in getattr(node, "names", ()) if isinstance(alias, ast.alias)):
        binds.add(ANYTHING)
    reads = {symbol.get_name() for symbol in outer if symbol.is_referenced()} | inner
    parts, calls, handed = _changed_in_part(node)
    if isinstance(node, DEFINITIONS):
        made_by = _looked_up(node.decorator_list)
        binds |= {ANYTHING} if made_by & MAKES_MAGIC else set()
        effects = declared | (parts | calls) & inner | ({ANYTHING} if _sets_unseen(node) else set())
        return Names(*map(frozenset, (binds, (), made_by, reads, effects)))
    binds |= {ANYTHING} if _sets_unseen(node) else set()
    return Names(*map(frozenset, (binds, parts, calls, reads, (), handed)))


def _with_scopes(text, node):
    """The statement with generators for comprehensions, whose scopes `symtable` merges since Python 3.12."""
    if not any(isinstance(part, COMPREHENSIONS) for part in ast.walk(node)):
        return text
    return ast.unparse(_Generators().visit(copy.deepcopy(node)))


class _Generators(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        node = super().generic_visit(node)
        if isinstance(node, ast.DictComp):
            pair = ast.Tuple([node.key, node.value], ast.Load())
            return ast.GeneratorExp(pair, node.generators)
        if isinstance(node, ast.ListComp | ast.SetComp):
            return ast.GeneratorExp(node.elt, node.generators)
        return node


def _sets_unseen(node):
    """Whether a statement is like `exec(text)`, `globals()["f"] = f` or `get_ipython().run_line_magic()`."""
    for part in ast.walk(node):
        if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store):
            if _called(part.value) in NAMESPACES:
                return True
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            whose = _called(part.func.value)
            if whose == "get_ipython" or whose in NAMESPACES and part.func.attr in CHANGES:
                return True
        elif _called(part) == "exec":
            return True
    return False


def _called(node):
    """The name of the function that an expression calls; empty if it is no such call."""
    return getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""


def _changed_in_part(node):
    """Names of which a statement sets a part, whose methods it calls for no value, and `Names.handed`."""
    parts: list[ast.expr] = []
    methods: list[ast.expr] = []
    handed: set[tuple[str, str]] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute | ast.Subscript) and isinstance(part.ctx, ast.Store):
            parts.append(part.value)
        for call in ast.walk(part.value) if isinstance(part, ast.Expr) else ():
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                methods.append(call.func)
            elif isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                given = [*call.args, *(keyword.value for keyword in call.keywords)]
                handed |= {(call.func.id, value.id) for value in given if isinstance(value, ast.Name)}
    return _looked_up(parts), _looked_up(methods), handed


def _looked_up(nodes):
    """Names that expressions look up; each may be a part of another, as in `a.b().c()`."""
    names, seen, todo = set[str](), set[int](), list(nodes)
    while todo:
        if id(node := todo.pop()) not in seen:
            seen.add(id(node))
            todo += ast.iter_child_nodes(node)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                names.add(node.id)
    return names


def statements_in(*cells: str) -> list[tuple[Statement, ...]]:
    """The statements of each cell; none of a cell that is not Python, and none once there are too many."""
    found, left = [], STATEMENTS_LIMIT
    for source in cells:
        read = _statements_in if len(source) <= syntax.SMALL else _statements_in.__wrapped__
        found.append(read(source) if left > 0 else ())
        left -= len(found[-1])
    return found


@functools.lru_cache(maxsize=512)  # most cells of most submissions are the release's own
def _statements_in(source):
    try:
        text, nodes = syntax.as_python(_without_running_magics(source))
    except SyntaxError:
        return ()
    if len(nodes) > STATEMENTS_LIMIT:
        return ()
    lines = syntax.lines_of(text)
    return tuple(Statement(node, names_of(syntax.text_of(lines, node), node)) for node in nodes)


def _without_running_magics(source):
    if "%" not in source:
        return source
    return RUNS_FILE.sub(r"\1from file import *", RUNS_STATEMENT.sub(_statement_of_magic, source))


def _statement_of_magic(line):
    """`%time x = f()` as a statement that begins where the magic does."""
    indent, words = line.groups()
    return f"{indent}if 1: {magics.without_options(words)}"


class Outline:
    """The statements of a submission's cells, and which of them its functions can do without.

    Args:
        cells: sources, in the order in which they run.
    """

    def __init__(self, cells: tuple[str, ...]):
        own = magics.own_magics(cells)
        python = {at: source for at, source in enumerate(cells) if not runs_as_a_whole(source, own)}
        self.cells = dict(zip(python, statements_in(*python.values()), strict=True))
        self.statements = {
            (index, part.node.lineno, part.node.col_offset): part
            for index, parts in self.cells.items()
            for part in parts
        }
        parts = self.statements.values()
        self.functions = {part.node.name: part for part in parts if isinstance(part.node, DEFINITIONS)}
        self.tables = {name for part in parts if makes_a_table(part.node) for name in part.names.binds}
        self.modules = {name for p in parts if isinstance(p.node, IMPORTS) for name in p.names.binds}
        self.effects = effects_of(self.functions)

    def sets(self, place: Place, source: str) -> frozenset:
        """Names that a statement seems to set, or its functions do.

        Args:
            place: line 0 stands for a whole cell that is not Python.
            source: of the cell.
        """
        if place in self.statements:
            part = self.statements[place]
            return part.names.sets | self.by_calls(part) - self.modules
        if place[0] not in self.cells:
            return frozenset({ANYTHING})
        return frozenset() if place[1] else frozenset(NAMES_IN_TEXT.findall(source))

    def changes(self, part: Statement) -> frozenset:
        """Names whose values a statement sets or changes, itself or by the functions that it uses.

        A module does not count for what its functions do: `plt.plot(x)` changes nothing.
        """
        filled = {name for function, name in part.names.handed if function in self.functions} & self.tables
        return part.names.sets | (self.by_calls(part) | part.names.calls | filled) - self.modules

    def by_calls(self, part: Statement) -> frozenset:
        """Names that the functions which a statement calls, or hands on, set or change."""
        used = part.names.calls if isinstance(part.node, DEFINITIONS) else part.names.reads
        return frozenset().union(*(self.effects[name] for name in used & self.effects.keys()))

    def needed(self) -> set:
        """Functions and classes, and the names that they may look up or are made from."""
        return made_from(self.statements.values(), self.functions, lambda part: part.names.sets)

    def own_checks(self) -> set[Place]:
        """Statements like `from autograder import check` or `check()`: no part of an answer."""
        bound = (part.names.binds for part in self.statements.values() if not checks_itself(part.node))
        own = CHECK in frozenset().union(*bound)
        return {at for at, part in self.statements.items() if checks_itself(part.node, own)}

    def loops(self) -> set[Place]:
        """Loops and calls that no function can need: left out when time is short."""
        needed = self.needed() | {ANYTHING}
        data = needed - self.functions.keys() - self.modules - set(dir(builtins))
        return {
            at
            for at, part in self.statements.items()
            if isinstance(part.node, ast.For | ast.While | ast.With | ast.Expr)
            and not self.changes(part) & needed
            and not part.names.reads & data
        }

    def trials(self, tasks: Iterable[str]) -> set[Place]:
        """Statements that seem only to try out the notebook's functions: a fit, a plot, a print.

        This is a guess: what functions change is only known from their text.
        """
        needed = self.needed() | {*tasks, ANYTHING}
        rest = {
            at: part
            for at, part in self.statements.items()
            if not isinstance(part.node, DEFINITIONS + IMPORTS)
        }
        made = reached(
            self.functions, rest.values(), lambda part: part.names.reads, lambda part: part.names.sets
        )
        return {
            at for at, part in rest.items() if part.names.reads & made and not self.changes(part) & needed
        }

    def needless(self, slow: Iterable[Place], preset: Iterable[str]) -> set[Place]:
        """Those of the `slow` statements that set nothing a function or class of the notebook may look up.

        Args:
            preset: names that need not be set.
        """
        return self._without(slow, self.needed() - set(preset)) if slow else set()

    def not_wanted(self, slow: Iterable[Place], wanted: Iterable[str]) -> set[Place]:
        """Those of the `slow` statements on which none of the `wanted` functions depends."""
        if not slow:
            return set()
        return self._without(slow, made_from(self.statements.values(), wanted, self.changes))

    def _without(self, slow, needed):
        needed = needed | {ANYTHING}
        known = ((at, self.statements[at]) for at in slow if at in self.statements)
        return {at for at, part in known if not self.changes(part) & needed}


@functools.lru_cache(maxsize=8)
def outline_of(cells: tuple[str, ...]) -> Outline:
    """The `Outline` of these cells."""
    return Outline(cells)


# What a cell that is not Python seems to set.
NAMES_IN_TEXT = re.compile(r"^(?:(?:async\s+)?def\s+|class\s+)?(\w+)\s*(?:=(?!=)|\(|:|\[)", re.M)


def runs_as_a_whole(source: str, own: set[str]) -> bool:
    """Whether a cell is one call of a magic that does not run it as Python: `%%writefile helpers.py`.

    Args:
        own: names of the notebook's own cell magics.
    """
    first = source.lstrip().split(maxsplit=1)[:1]
    name = first[0][2:] if first and first[0].startswith("%%") else ""
    return name in magics.WRITING | magics.OTHER_LANGUAGES | own


def reached(start: Iterable[str], parts: Iterable[Statement], before: Callable, after: Callable) -> set[str]:
    """The names `start`, and all that can be reached from them: a statement leads from `before` to `after`.

    Args:
        before, after: functions of a statement that return names.
    """
    leads, found, seen = collections.defaultdict(list), set(start), set[int]()
    for part in parts:
        for name in before(part):
            leads[name].append(part)
    todo = list(found)
    while todo:
        for part in leads.pop(todo.pop(), ()):
            if id(part) not in seen:
                seen.add(id(part))
                new = after(part) - found
                found |= new
                todo += new
    return found


def made_from(parts: Iterable[Statement], names: Iterable[str], changed: Callable) -> set[str]:
    """These names, and all that statements which change them look up, directly or through others."""
    return reached(names, parts, changed, lambda part: part.names.reads)


def effects_of(functions: dict[str, Statement]) -> dict[str, frozenset]:
    """{function: names that it, or a function that it uses, sets by `global` or changes in place}."""
    own = [part.names.effects for part in functions.values()]
    if len(functions) > FUNCTIONS_LIMIT or len(frozenset().union(*own)) > EFFECTS_LIMIT:
        return dict.fromkeys(functions, frozenset({ANYTHING}))
    found: dict[int, frozenset] = {}
    uses = users_and_used(functions)
    for bits in uses:
        if bits not in found:  # functions that use each other share one set
            found[bits] = frozenset().union(*(names for n, names in enumerate(own) if bits >> n & 1))
    return {name: found[bits] for name, bits in zip(functions, uses, strict=True) if found[bits]}


def users_and_used(functions: dict[str, Statement]) -> list[int]:
    """For each function a number whose bit n says whether it is, or uses, function n (Warshall 1962)."""
    numbers = {name: n for n, name in enumerate(functions)}
    uses = [
        sum(1 << numbers[name] for name in {own, *part.names.reads} & numbers.keys())
        for own, part in functions.items()
    ]
    for n, _ in enumerate(uses):
        for user, bits in enumerate(uses):
            if bits >> n & 1:
                uses[user] |= uses[n]
    return uses


def makes_a_table(node: ast.stmt) -> bool:
    """Whether a statement is like `t = {}` or `t = np.zeros(9)`: a function that is handed it may fill it."""
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if isinstance(value, ast.Call):
        return getattr(value.func, "attr", getattr(value.func, "id", "")) in TABLES
    return isinstance(value, (ast.Dict, ast.List, ast.Set, *COMPREHENSIONS))


def checks_itself(node: ast.stmt, own: bool = False) -> bool:
    """Whether a statement is like `from autograder import check` or `check()`.

    Args:
        own: whether the notebook has a `check` of its own.
    """
    if isinstance(node, IMPORTS):
        return "autograder" in [getattr(node, "module", None), *(alias.name for alias in node.names)]
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or len(call.args) > 1:  # a check of the student's own
        return False
    if isinstance(call.func, ast.Attribute):
        return call.func.attr == CHECK and getattr(call.func.value, "id", "") == "autograder"
    return not own and getattr(call.func, "id", "") == CHECK


def names_set(cells: tuple[str, ...]) -> frozenset:
    """Names that these cells set."""
    return frozenset().union(*(part.names.binds for found in statements_in(*cells) for part in found))


@functools.lru_cache(maxsize=256)
def names_released(cells: tuple[str, ...]) -> frozenset:
    """As `names_set`, of cells of a release, which every submission has, however large they are."""
    return names_set(cells)


def made_by(parts: Iterable[Statement]) -> set[str]:
    """Names that statements give a value made without them, or change what they stand for.

    `f = partial(g, 1)` and `C.call = g` do, and `setattr(C, "call", g)`; `f = f(1)` and `print(f(1))` do not.
    """
    return set[str]().union(*map(_made_by, parts))


def _made_by(part):
    if isinstance(part.node, DEFINITIONS):
        return {part.node.name}.union(*map(_handed_on, part.node.decorator_list))
    binds = part.names.binds
    return binds - part.names.reads | (part.names.parts | _handed_on(part.node)) - binds


def _handed_on(node):
    """Names whose values calls get."""
    calls = (n for n in ast.walk(node) if isinstance(n, ast.Call))
    return {arg.id for call in calls for arg in call.args if isinstance(arg, ast.Name)}


def definitions(source: str) -> dict[str, ast.AST]:
    """{name: node} of the functions and classes at the top of a cell."""
    found: dict[str, ast.AST] = {}
    for node in syntax.statements_or_none(source):
        if isinstance(node, DEFINITIONS):
            found[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            found.update({t.id: node.value for t in node.targets if isinstance(t, ast.Name)})
    return found


def looked_up_on(source: str, line: int) -> set[str]:
    """Names on a line of a statement which it does not set itself."""
    parts = statements_in(source)[0]
    part = next((p for p in parts if p.node.lineno <= line <= (p.node.end_lineno or 0)), None)
    if part is None:
        return set()
    there = {n.id for n in ast.walk(part.node) if isinstance(n, ast.Name) and n.lineno == line}
    return there & part.names.reads - part.names.binds


def additions(given: str, submitted: str, taken: frozenset) -> list[str]:
    """What only the student's copy of a given cell has: imports, new names and what fills them, as lines.

    Args:
        taken: names that the release's given cells set; they stay as they are.
    """
    lines, new = syntax.lines_of(submitted), set[str]()
    own = {syntax.text_of(syntax.lines_of(given), node) for node in syntax.statements_or_none(given)}
    texts = []
    for part in statements_in(submitted)[0]:
        names = part.names
        binds = not isinstance(part.node, ast.Expr) and names.binds and not names.binds & taken
        if _imports(part.node) or binds or (names.parts | names.calls) & new:
            new |= names.binds - taken
            texts.append(syntax.text_of(lines, part.node))
    return [text for text in texts if text not in own]


def _imports(node):
    """Whether a statement, which defines no function, has an import in it."""
    return not isinstance(node, DEFINITIONS) and any(isinstance(n, IMPORTS) for n in ast.walk(node))
