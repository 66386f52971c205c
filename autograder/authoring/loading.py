"""Read the judge of an assignment: a trusted Python file of its instructor."""

import contextlib
import functools
import hashlib
import importlib.util
import itertools
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import nbformat
from nbformat import NotebookNode

from autograder.authoring import by_hand, draws, numeric, objects
from autograder.authoring.declarations import Declared, JudgeError, collected
from autograder.authoring.references import References
from autograder.engine.assignment import TEST, Assignment, Task
from autograder.engine.counterexample import Examples
from autograder.engine.identities import grade_id, points

SECONDS = 30
INSIDE = resources.files("autograder.jail.inside")
_number = itertools.count()


class Judge(NamedTuple):
    """The texts from which an assignment is made, here or on another machine.

    Args:
        name: of the assignment.
        files: {path below the judge's folder: text}; one file, or those of a package.
        source: the text of the source notebook.
    """

    name: str
    files: tuple[tuple[str, str], ...]
    source: str

    def load(self) -> Assignment:
        """
        Raises:
            JudgeError: with file, line, what was expected and what to do.
        """
        with tempfile.TemporaryDirectory() as folder:
            for path, text in self.files:
                place = Path(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, "utf-8")
            return assignment_of(self, Path(folder))


def load(path: Path, source: Path, whole: bool = True) -> Assignment:
    """The Assignment whose judge is the file, or the package folder, at `path`.

    Args:
        source: path of the source notebook.
        whole: whether the judge must have all tasks of the notebook.
    Raises:
        JudgeError: with file, line, what was expected and what to do.
    """
    return assignment_of(judge_at(path, source), path.parent, whole)


def judge_at(path: Path, source: Path) -> Judge:
    """The Judge whose file, or package folder, is at `path`.

    Args:
        source: of the source notebook.
    Raises:
        JudgeError: a file is missing or is no text.
    """
    name = path.stem if path.is_file() else path.name
    try:
        if path.is_file():
            files = {path.name: path.read_text("utf-8")}
        else:
            files = {
                str(file.relative_to(path.parent)): file.read_text("utf-8") for file in path.rglob("*.py")
            }
        if not files:
            raise JudgeError(f"{path}: expected a Python file, found none.")
        return Judge(name, tuple(sorted(files.items())), source.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise JudgeError(f"{path} or {source} cannot be read: {error}.") from error


def assignment_of(judge: Judge, folder: Path, whole: bool = True) -> Assignment:
    """The Assignment of a judge whose files lie in a folder; `whole` as for `load`."""
    try:
        notebook = nbformat.reads(judge.source, as_version=4)
    except Exception as error:
        raise JudgeError(f"The source notebook of {judge.name} cannot be read: {error}.") from error
    collected.clear()
    module = module_of(judge, folder)
    tasks, stand_ins = [*collected], getattr(module, "STAND_INS", {})
    references = References(notebook, stand_ins)
    check_names(judge.name, tasks, notebook, references, whole)
    digest = hashlib.sha256(repr((judge.files, judge.source)).encode()).hexdigest()
    made = tuple(map(compiled, tasks))
    examples = {task.id: numeric.examples(as_function(task)) for task in tasks if not task.times}
    return Assignment(
        judge.name,
        made,
        dict,
        probes(INSIDE / "calls.py"),
        references,
        examples,
        origin=judge,
        version=digest,
    ).for_notebook(notebook)


def probes(path: Traversable) -> str:
    """The text of an assignment's probes, which enters the jail, with what all probes use before it."""
    return "\n\n".join(file.read_text("utf-8") for file in (INSIDE / "returned.py", path))


def declared_assignment(
    id: str, tasks: Iterable[Declared | Task], examples: Mapping[str, Examples], **others: Any
) -> Assignment:
    """An Assignment of tasks that are declared by hand, and of the engine's Tasks.

    Args:
        examples: {task id: Examples} of those that are not declared.
        others: as for `Assignment`.
    """
    made = tuple(compiled(task) if isinstance(task, Declared) else task for task in tasks)
    cases = {task.id: by_hand.examples(task) for task in tasks if isinstance(task, Declared)}
    return Assignment(id, made, examples={**cases, **examples}, **others)


def as_function(declared: Declared) -> Declared:
    return objects.as_function(declared) if isinstance(declared.right, type) else declared


def compiled(declared: Declared) -> Task:
    """The engine's Task of a declaration."""
    declared = as_function(declared)
    questions, judge, made = (
        (draws.questions, draws.judge, draws.made)
        if declared.times
        else (numeric.questions, numeric.judge, numeric.made)
    )
    return Task(
        declared.id,
        0.0,
        declared.name,
        functools.partial(questions, declared),
        functools.partial(judge, declared),
        declared.sentence,
        declared.patience,
        made=functools.partial(made, declared),
        place=f"{declared.place[0]}, line {declared.place[1]}",
    )


def module_of(judge: Judge, folder: Path) -> ModuleType:
    """The judge as a module; what it prints goes to standard error.

    Raises:
        JudgeError: it cannot be run, or takes longer than `SECONDS`.
    """
    package = folder / judge.name / "__init__.py"
    path = package if package.is_file() else folder / f"{judge.name}.py"
    if not path.is_file():
        raise JudgeError(f"{folder}: expected {judge.name}.py or {judge.name}/__init__.py, found neither.")
    name = f"_judge_{next(_number)}"
    search = [str(package.parent)] if package.is_file() else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=search)
    assert spec is not None and spec.loader is not None  # as for every file that ends in .py
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        with contextlib.redirect_stdout(sys.stderr), time_limit(SECONDS):
            spec.loader.exec_module(module)
    except (JudgeError, KeyboardInterrupt):
        raise
    except SyntaxError as error:
        words = f"{error.filename}, line {error.lineno}: {error.msg}: {(error.text or '').strip()}"
        raise JudgeError(words) from error
    except BaseException as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(str(folder))]
        place = f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else str(path)
        raise JudgeError(f"{place}: {type(error).__name__}: {error}") from error
    finally:
        sys.dont_write_bytecode = before
        for known in [known for known in sys.modules if known.split(".")[0] == name]:
            del sys.modules[known]
    return module


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError after `seconds`, in the main thread of a system that has timers."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(*_):
        raise TimeoutError(
            f"a judge must load within {seconds} s; draw inputs and train models inside of tasks"
        )

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def check_names(
    name: str, tasks: list[Declared], notebook: NotebookNode, references: References, whole: bool
) -> None:
    """
    Raises:
        JudgeError: the judge and the notebook do not have the same tasks, or a right function is missing.
    """
    faults = []
    ids = [task.id for task in tasks]
    cells = {grade_id(cell) for cell in notebook.cells if grade_id(cell)}
    graded = {
        cell_id.removeprefix(TEST)
        for cell in notebook.cells
        if (cell_id := grade_id(cell)) and cell.cell_type == "code" and points(cell) is not None
    }
    for task in tasks:
        where = f"{task.place[0]}, line {task.place[1]}"
        if ids.count(task.id) > 1:
            faults.append(f"{where}: two tasks have the id {task.id}; give each its own name")
        for cell in (task.id, TEST + task.id):
            if cell not in cells:
                faults.append(
                    f"{where}: the notebook has no cell with the id {cell}; add it, or correct the judge"
                )
        for other in (task.name, *task.calls):
            if not references.defines(other):
                faults.append(f"{where}: no cell of the notebook defines {other}")
    called = {other for task in tasks for other in task.calls}
    for unused in sorted(references.others.keys() - called):
        faults.append(f"STAND_INS defines {unused}, which is in no task's `calls`")
    for missing in sorted(graded - set(ids)) if whole else ():
        faults.append(f"the notebook asks for {missing}, which the judge lacks; declare it with @task")
    if not tasks:
        faults.append("the judge declares no task; see docs/authoring.md")
    if faults:
        raise JudgeError(
            f"The judge of {name} does not match its notebook:\n  " + "\n  ".join(dict.fromkeys(faults))
        )
