"""The functions of a running notebook as a Submission, from what IPython remembers of its session.

A session is not its notebook: cells are changed, run again, run out of order, and stop half-way. What
ran, in the order in which it ran, is IPython's history; what came of it is the namespace. Taken from the
history is what the tasks' functions are made of, and no more: their definitions, and whatever sets or
changes a name that these look up. Plots, checks and training runs stay out. Where the history has
several definitions of a name, the namespace says which one it holds.
"""

import ast
import inspect
import os
import re
import types
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeGuard

from nbformat import NotebookNode

from autograder import CannotCheck
from autograder.engine import outline, syntax
from autograder.engine import submission as submissions
from autograder.engine.assignment import Assignment
from autograder.engine.outline import DEFINITIONS
from autograder.engine.submission import Cell, Flag, Submission, grade_id

DEFINES = re.compile(r"^(?:def|class)\s+(\w+)", re.MULTILINE)
TIMING = {"%%time", "%%capture", "%%prun"}  # magics whose cells set names


Shell = Any  # IPython's InteractiveShell
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Code = tuple[Any, ...]  # what code does, as a value to compare


class Statement(NamedTuple):
    """A top-level statement of the history, and the global names that it has to do with."""

    run: int  # the number of the cell's execution
    node: ast.stmt
    sets: frozenset[str]  # or changes
    reads: frozenset[str]  # what its functions may look up included


def functions_of(namespace: Collection[str], rules: Assignment) -> list[str]:
    """Names of an assignment's tasks that the namespace has."""
    return [task.name for task in rules.tasks if task.name in namespace]


class Reading(NamedTuple):
    """What of a session is judged."""

    submission: Submission
    # sentences: which version of each function this is, and what else its author may expect
    account: tuple[str, ...]


def read(shell: Shell, release: NotebookNode, rules: Assignment) -> Reading:
    """The running session -> Reading.

    Args:
        shell: IPython's InteractiveShell.
        release: the release notebook of the assignment.
        rules: the `Assignment`.
    Raises:
        CannotCheck: the history holds none of the tasks' functions.
    """
    history = history_of(shell)
    wanted = functions_of(shell.user_ns, rules)
    every = statements_of(history)
    there = held(every, shell.user_ns)
    kept = needed(there, wanted, shell.user_ns)
    # The last one counts, a definition before what only changes it.
    by_kind = sorted(kept, key=lambda part: isinstance(part.node, DEFINITIONS))
    made = {name: part for part in by_kind for name in part.sets & set(wanted)}
    if not made:
        raise CannotCheck(
            f"The functions of {rules.id} come from no cell that ran in this session. A submission is "
            "the notebook alone: define them in its cells."
        )
    own = as_submission(history, kept, wanted, made, release, rules)
    failed = failed_runs(shell, history, {part.run for part in set(every) - set(there)})
    # Of helpers in the release's own cells, which a student cannot change for grading, nothing is said.
    released = {cell.source.strip() for cell in release.cells}
    own_parts = [part for part in kept if history[part.run].strip() not in released]
    return Reading(own, account_of(failed, saved_notebook(shell, release), own_parts, made, rules))


def as_submission(
    history: Mapping[int, str],
    kept: Sequence[Statement],
    wanted: Iterable[str],
    made: Mapping[str, Statement],
    release: NotebookNode,
    rules: Assignment,
) -> Submission:
    """The Submission of the kept statements; `made` has the one that each task's function comes from."""
    elsewhere = [
        Flag(
            "from-no-cell",
            f"`{name}` comes from no cell that ran in this session; a submission is the notebook alone.",
        )
        for name in wanted
        if name not in made
    ]
    stubs = {name: cell.source for cell in release.cells if (name := grade_id(cell))}
    answers = {
        task.id: syntax.text_of(syntax.lines_of(history[made[task.name].run]), made[task.name].node)
        for task in rules.tasks
        if task.name in made
    }
    names = {made[task.name].run: task.id for task in reversed(rules.tasks) if task.name in made}
    return Submission(
        notebook=release,
        cells=tuple(
            Cell(names.get(run, f"In [{run}]"), only(source, kept, run))
            for run, source in history.items()
            if any(part.run == run for part in kept)
        ),
        answers=answers,
        untouched=frozenset(
            task.id
            for task in rules.tasks
            if task.id not in answers or not syntax.says_more(answers[task.id], stubs[task.id], code=True)
        ),
        added=(),
        flags=tuple(elsewhere),
    )


def account_of(
    failed: Mapping[int, set[str]],
    saved: Submission | None,
    kept: Iterable[Statement],
    made: Mapping[str, Statement],
    rules: Assignment,
) -> tuple[str, ...]:
    """Sentences about what is judged: when each function ran, failed cells, and the saved notebook."""
    runs = [f"{task.name} (In [{made[task.name].run}])" for task in rules.tasks if task.name in made]
    unseen = "Edits made since then" if saved is None else "Edits that are not saved"
    defined = {name: part for name, part in made.items() if isinstance(part.node, DEFINITIONS)}
    defined |= {part.node.name: part for part in kept if isinstance(part.node, DEFINITIONS)}
    return (
        f"Checked as last run: {', '.join(runs)}. {unseen} cannot be seen.",
        *failures(failed, defined),
        *([] if saved is None else differences(saved, defined, made, rules)),
    )


def failed_runs(shell: Shell, history: Mapping[int, str], stopped: Collection[int]) -> dict[int, set[str]]:
    """{number: functions and classes that it defines} of the cells that are known to have ended in an error.

    IPython before version 9 does not remember them; that a cell is not Python, or is among those that
    `stopped` before one of their definitions, is known there, too.
    """
    remembered = getattr(shell.history_manager, "exceptions", {})
    return {
        run: set(DEFINES.findall(source))
        for run, source in history.items()
        if run in remembered or run in stopped or not syntax.is_python(source)
    }


def failures(failed: Mapping[int, set[str]], defined: Mapping[str, Statement]) -> Iterator[str]:
    """Sentences about failed cells that define, or would have defined, what is judged."""
    for name, part in defined.items():
        later = [run for run, names in failed.items() if name in names and run >= part.run]
        if not later:
            continue
        if later[-1] == part.run:
            yield f"{name}: its cell, In [{part.run}], ended in an error after it defined {name}."
        else:
            yield (
                f"{name}: In [{later[-1]}] ended in an error before it defined {name}, so the version of "
                f"In [{part.run}] was checked."
            )


def saved_notebook(shell: Shell, release: NotebookNode) -> Submission | None:
    """The notebook file of this session as a Submission; None if it is not known or not readable."""
    path = str(shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME"))
    try:
        return submissions.read(path, release) if path.endswith(".ipynb") else None
    except submissions.Unreadable:
        return None


def differences(
    saved: Submission, defined: Mapping[str, Statement], made: Collection[str], rules: Assignment
) -> Iterator[str]:
    """Sentences about functions that are not in the saved notebook as they ran, or were not run at all."""
    there: dict[str, ast.AST] = {}
    for cell in saved.cells:
        there.update(outline.definitions(cell.source))
    other = [name for name, part in defined.items() if not same_code(there.get(name), part.node)]
    idle = [task.name for task in rules.tasks if task.name not in made and task.id not in saved.untouched]
    if other:
        yield (
            f"{', '.join(other)}: the saved notebook, which is what you hand in, differs from what ran. "
            "Save the notebook, run the cell again, and check again."
        )
    if idle:
        yield f"{', '.join(idle)}: answered in the saved notebook, but not run in this session."


def same_code(one: ast.AST | None, other: ast.AST) -> bool:
    """Whether two definitions are the same but for comments and layout."""
    try:
        return one is not None and ast.dump(one) == ast.dump(other)
    except (ValueError, RecursionError):  # of some numbers and depths; no reason to warn
        return True


def history_of(shell: Shell) -> dict[int, str]:
    """{execution number: source} of what ran, in that order; magics as written where that is Python."""
    manager, history = shell.history_manager, {}
    for run, raw in enumerate(manager.input_hist_raw):
        first = raw.split(maxsplit=1)[:1]
        python = syntax.is_python(raw) and (not raw.lstrip().startswith("%%") or first[0] in TIMING)
        history[run] = raw if python else manager.input_hist_parsed[run]
    return history


def statements_of(history: Mapping[int, str]) -> list[Statement]:
    whole, runs = outline.Outline(tuple(history.values())), list(history)
    return [
        Statement(runs[place[0]], part.node, whole.changes(part) | part.names.calls, part.names.reads)
        for place, part in whole.statements.items()
        if not isinstance(part.node, ast.Delete)  # half of what it names may not be there
    ]


def held(statements: Sequence[Statement], namespace: Mapping[str, Any]) -> list[Statement]:
    """The statements without definitions that never came to run, since their cells stopped before them.

    A name's last definition is the one that the namespace holds, unless an earlier one has more code in
    common with what is there.
    """
    late = set()
    for name in {part.node.name for part in statements if isinstance(part.node, DEFINITIONS)}:
        there = codes(namespace.get(name))
        alike = {
            place: sum(there.get(of) == code for of, code in codes_of(part.node).items())
            for place, part in enumerate(statements)
            if isinstance(part.node, DEFINITIONS) and part.node.name == name
        }
        last = max(alike, key=lambda place: (alike[place], place))
        late |= {place for place in alike if alike[last] and place > last}
    return [part for place, part in enumerate(statements) if place not in late]


def codes(value: object) -> dict[str, Code]:
    """{name: code} of a function, or of a class's methods, without the places in files."""
    if isinstance(value, type):
        methods = {name: plain_function(part) for name, part in vars(value).items()}
    else:
        methods = {"": plain_function(value)}
    return {
        name: without_place(part.__code__)
        for name, part in methods.items()
        if isinstance(part, types.FunctionType)
    }


def plain_function(value: object) -> object:
    """What decorators such as tf.function and functools.wraps have wrapped."""
    value = getattr(value, "python_function", value)
    return inspect.unwrap(value) if callable(value) else value


def codes_of(node: Definition) -> dict[str, Code]:
    """As `codes`, of what a definition would make."""
    try:
        code = inner_code(compile(ast.Module([node], []), "<cell>", "exec"), node.name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # so it never ran
        return {}
    if isinstance(node, ast.ClassDef):
        return {part.co_name: without_place(part) for part in code.co_consts if is_code(part)}
    return {"": without_place(code)}


def inner_code(code: types.CodeType, name: str) -> types.CodeType:
    return next(part for part in code.co_consts if is_code(part) and part.co_name == name)


def is_code(value: object) -> TypeGuard[types.CodeType]:
    return isinstance(value, types.CodeType)


def without_place(code: types.CodeType) -> Code:
    """What the code does, as a value to compare."""
    constants = tuple(without_place(c) if is_code(c) else repr(c) for c in code.co_consts)
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, constants


def needed(
    statements: Sequence[Statement], wanted: Iterable[str], namespace: Mapping[str, Any]
) -> list[Statement]:
    """The statements that the wanted names are made from, directly or through others, in order."""
    values = {name for name in wanted if not callable(namespace[name])}
    names, before = set(wanted), None
    while before != len(names):
        before = len(names)
        kept = [part for part in statements if makes(part, names, values)]
        names = names.union(*(part.reads for part in kept))
    return kept


def makes(statement: Statement, names: set[str], values: set[str]) -> bool:
    """Whether a statement sets one of the names, or may: its text need not show which it sets.

    A task's name that holds a value by now, as after `loss = loss(model, x)`, stands for the definition.
    """
    able = names if isinstance(statement.node, DEFINITIONS) else names - values
    return bool(statement.sets & (able | {outline.ANYTHING}))


def only(source: str, kept: Iterable[Statement], run: int) -> str:
    """The source of a cell, with all lines but those of its kept statements left blank."""
    keep = {line for part in kept if part.run == run for line in lines_of(part.node)}
    lines = enumerate(syntax.lines_of(source), 1)
    return "\n".join(line if place in keep else "" for place, line in lines)


def lines_of(node: ast.stmt) -> range:
    first = min([node.lineno, *(part.lineno for part in getattr(node, "decorator_list", ()))])
    return range(first, (node.end_lineno or node.lineno) + 1)
