"""Inside the jail: what each name stands for while a task is judged.

A notebook runs to its end before anything is asked, and its last cells may give names other values:
`np = 3`, `GMM = GMM(3)`, `del data`. When the check below a task ran, they had not done so yet. Imports
nothing of this project.
"""

import builtins
import functools
import types

# What may stand in a class's place and still be called for an object of it.
MAKES_OBJECTS = (type, types.FunctionType, types.MethodType, functools.partial)


class Bindings:
    """Remembers what the names of a notebook stood for, statement by statement.

    Args:
        names: the notebook's namespace.
        tasks: names of the assignment's functions and classes.
    """

    def __init__(self, names, tasks):
        self.names, self.tasks = names, tasks
        self.given = set()  # names that the release's own cells set
        self.first = {name: value for name, value in vars(builtins).items() if not name.startswith("_")}
        self.defined = {}  # {task: its function or class}
        self.then = {}  # {task: all names, when its function or class was defined}

    def note(self):
        """Look at the names after a statement."""
        now = dict(self.names)
        for name, value in now.items():
            if name in self.given or is_code(value):
                self.first.setdefault(name, value)
        for task in self.tasks:
            value, before = now.get(task), self.defined.get(task)
            if is_code(value) and value is not before and not spoils(value, before):
                self.defined[task], self.then[task] = value, now

    def for_task(self, task, now):
        """The namespace in which a task is judged.

        Names of given cells are what they were when the task's function was defined. Any other has its last
        value, unless it was deleted or held a function, class or module and is none any more.

        Args:
            now: the names when all cells had run.
        """
        then = self.then.get(task, {})
        before = {**self.first, **then, **self.defined}
        kept = {n: v for n, v in before.items() if n in self.given or n in now and spoils(now[n], v)}
        return {**then, **self.defined, **now, **kept}


def is_code(value):
    return callable(value) or isinstance(value, types.ModuleType)


def spoils(new, old):
    """Whether code that used the old value of a name must fail with the new one, whatever it does."""
    if not is_code(old):
        return False
    if isinstance(old, types.ModuleType):
        return not isinstance(new, types.ModuleType)
    if issubclass(type(old), type):
        return not issubclass(type(new), MAKES_OBJECTS)
    return not callable(new)
