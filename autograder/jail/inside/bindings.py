"""Inside the jail: what each name stands for while a task is judged.

A notebook runs to its end before anything is asked, and its last cells may give names other values:
`np = 3`, `GMM = GMM(3)`, `del data`. When the check below a task ran, they had not done so yet. Imports
nothing of this project.
"""

import builtins
import copy
import functools
import sys
import types
from collections.abc import Iterable

import numpy as np

# What may stand in a class's place and still be called for an object of it.
MAKES_OBJECTS = (type, types.FunctionType, types.MethodType, functools.partial)


class Bindings:
    """Remembers what the names of a notebook stood for, statement by statement.

    Args:
        names: the notebook's namespace.
        tasks: names of the assignment's functions and classes.
    """

    def __init__(self, names: dict, tasks: list) -> None:
        self.names, self.tasks = names, tasks
        self.given: dict[str, object] = {}  # what the release's own cells set
        self.code = {name: value for name, value in vars(builtins).items() if not name.startswith("_")}
        self.defined: dict[str, object] = {}  # {task: its function or class}
        self.then: dict[str, dict] = {}  # {task: all names when that was defined}
        self.given_later: dict[str, set[str]] = {}  # {task: names that given cells set after that}
        self.precision: dict[str, tuple | None] = {}  # {task: Keras's `precision` then}
        self.fresh: set[str] = set()  # tasks that the cell which runs has defined

    def note(self, given: Iterable[str] = ()) -> None:
        """Look at the names after a statement.

        Args:
            given: names that it set, if it is one of a given cell.
        """
        now = dict(self.names)
        for name, value in now.items():
            if is_code(value):
                self.code.setdefault(name, value)
        self.given.update({name: unshared(now[name]) for name in given if name in now})
        for later in self.given_later.values():
            later.update(given)
        for task in self.tasks:
            value, before = now.get(task), self.defined.get(task)
            if is_code(value) and value is not before and not spoils(value, before):
                self.defined[task], self.given_later[task] = value, set()
                self.fresh.add(task)
                self.precision[task] = precision()
                self.then[task] = now | {name: unshared(now[name]) for name in self.given.keys() & now.keys()}

    def end_cell(self) -> None:
        """Let the tasks of this cell use what it defines below them, even in place of a given name."""
        for task in self.fresh:
            for name in self.given.keys() & self.names.keys():
                value, before = self.names[name], self.then[task].get(name)
                if isinstance(value, types.FunctionType | type) and not spoils(value, before):
                    self.then[task][name] = value
        self.fresh.clear()

    def for_task(self, task: str, now: dict) -> dict:
        """The namespace in which a task is judged.

        Names of given cells are what they were when the task's function was defined. Any other has its last
        value, unless it was deleted, or held a function, class or module and holds none any more.

        Args:
            now: the names when all cells had run.
        """
        then, later = self.then.get(task, {}), self.given_later.get(task, set())
        before = {**self.code, **then, **self.defined}
        unspoiled = {n: value for n, value in before.items() if n in now and spoils(now[n], value)}
        given = {**self.given, **{name: then[name] for name in self.given.keys() & then.keys() - later}}
        given = {name: unshared(value) for name, value in given.items()}
        return {**then, **self.defined, **now, **unspoiled, **given}


def precision() -> tuple | None:
    """The types of numbers that Keras makes by default."""
    config = sys.modules["keras"].config if "keras" in sys.modules else None
    return config and (config.floatx(), config.dtype_policy())


def unshared(value: object) -> object:
    """A copy of an array or a list, which statements such as `OFFSETS *= 3` change in place."""
    return copy.deepcopy(value) if type(value) in (np.ndarray, list) else value


def is_code(value: object) -> bool:
    return callable(value) or isinstance(value, types.ModuleType)


def spoils(new: object, old: object) -> bool:
    """Whether the old value of a name was code, and what used it would fail with the new value."""
    if not is_code(old):
        return False
    if isinstance(old, types.ModuleType):
        return not isinstance(new, types.ModuleType)
    if issubclass(type(old), type):
        return not issubclass(type(new), MAKES_OBJECTS)
    return not callable(new) or isinstance(old, types.FunctionType) and is_of_keras(new)


def is_of_keras(value: object) -> bool:
    """Whether a value is a model, a layer or a loss, which is callable, but no function in another form."""
    return any(str(base.__module__).partition(".")[0] == "keras" for base in type(value).__mro__)
