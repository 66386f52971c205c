"""Declare the tasks of an assignment: each is the correct function, its inputs and its known mistakes.

The correct function is ordinary NumPy in float64. A decorator returns it unchanged, so that other correct
functions may call it.
"""

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import numpy as np

from autograder.authoring.inputs import Input, Sizes, copied
from autograder.engine.assignment import Arguments, Question
from autograder.engine.judge import Answer, Mistake, Pieces, known
from autograder.engine.scale import Kind

if TYPE_CHECKING:
    from autograder.authoring.by_hand import ByHand
    from autograder.authoring.objects import Step

Place = tuple[str, int]  # a judge's file, and a line
Right = TypeVar("Right", bound=Callable[..., Any])  # a right function, class or sampler, given back as it was
Function = TypeVar("Function", bound=Callable[..., Any])
DECLARED = "__declared_task__"
collected: list["Declared"] = []  # all that was declared since the judge began to load, in order
NEXT_TO_NOTHING = 1e-8
# Sizes come again, with other draws, until there are so many questions: few could fit several mistakes.
LEAST_QUESTIONS = 4
FORMS = ("array", "tensor", "list")
KINDS = (Kind.TAILS, Kind.TERM, Kind.STRUCTURE, Kind.UNFINISHED, Kind.NOTHING)


class Closeness(Protocol):
    """How numbers are compared, such as a `Close`."""

    def __call__(self, got: np.ndarray, want: np.ndarray, known: bool = False) -> bool: ...


Compare = Closeness | Mapping[str, Closeness]  # for the whole answer, or {part: such a function}
SizesOfAll = Mapping[str, int | Sequence[int]]  # {letter of an axis: its size, or one for each question}


class Part(NamedTuple):
    """The piece of a mistake that replaces a part of the answer, or the whole: a function of the inputs."""

    name: str = ""


class JudgeError(ValueError):
    """A judge file has an error; the message gives the file, the line and what to do."""


class Close(NamedTuple):
    """Numbers agree if they differ by at most `relative` of each + `of_largest` of the largest + 1e-8.

    Integers must be equal, and infinite or NaN values must be the same. `free` says which constant an answer
    may add: one to the whole array ("all"), or one to each row along the last axis ("rows"). With
    `any_shape`, the shape does not count, only the numbers in their order.
    """

    relative: float = 1e-4
    of_largest: float = 1e-5
    free: str = ""
    any_shape: bool = False

    def __call__(self, got: np.ndarray, want: np.ndarray, known: bool = False) -> bool:
        got, exact = np.asarray(got, float), np.asarray(want).dtype.kind in "iub"
        want = np.asarray(want, float)
        if got.size != want.size:
            return False
        got, finite = got.reshape(want.shape), np.isfinite(want)
        if self.free and want.size:
            got, want = self._without_constant(got, finite), self._without_constant(want, finite)
        if exact or not np.array_equal(got[~finite], want[~finite], equal_nan=True):
            return bool(np.array_equal(got, want, equal_nan=True))
        got, want = got[finite], want[finite]
        largest = np.abs(want).max(initial=0.0)
        margin = self.relative * np.abs(want) + self.of_largest * largest + NEXT_TO_NOTHING
        return bool(np.all(np.abs(got - want) <= margin))

    def _without_constant(self, array, finite):
        """Less the first number of each row, or of all, that is to be finite."""
        rows = (-1, array.shape[-1] if self.free == "rows" and array.ndim else array.size)
        first = finite.reshape(rows).argmax(axis=1)[:, None]
        constant = np.take_along_axis(array.reshape(rows), first, axis=1)
        return (array.reshape(rows) - np.where(np.isfinite(constant), constant, 0)).reshape(array.shape)


CLOSE = Close()


class Declared(NamedTuple):
    """A task as its author declares it.

    Args:
        id: of the solution's cell.
        name: of the student's function or class.
        right: the right function, class or sampler.
        inputs: {name of an argument: Input}, in the order in which they are passed.
        returns: names of the parts of what it returns; () for one array.
        close: how numbers are compared, (got, want, whether a mistake gives it) -> bool, such as a `Close`;
            or {part: such a function}.
        mistakes: filled by `mistake` and `exchange`.
        place: (file, line).
        sizes: [{letter: size}], one for each question.
        calls: names of other tasks' functions that the student's may call.
        forms: in which an array may come: "array", "tensor", "list".
        steps: of a class: what is done with an object.
        times: of a function that draws: how often it is called.
        statistics: likewise: functions whose values are compared, too.
        entries: likewise: whether the entries of a draw are compared.
        also: arguments of further questions, {name: value}.
        by_hand: of a task whose questions and judge are written by hand.
        patience: its time limit, as a multiple of the usual one.
    """

    id: str
    name: str
    right: Callable[..., Any]
    inputs: dict[str, Input]
    returns: tuple[str, ...]
    close: Compare
    mistakes: list[Mistake]
    place: Place
    sizes: list[Sizes] = []
    calls: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    steps: "tuple[Step, ...]" = ()
    times: int = 0
    statistics: tuple[Callable[..., Any], ...] = ()
    entries: bool = True
    also: tuple[dict[str, Any], ...] = ()
    by_hand: "ByHand | None" = None
    patience: float = 1.0

    @property
    def sentence(self) -> str:
        return inspect.cleandoc(self.right.__doc__ or "")

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts; one array is a part without a name."""
        return self.returns or ("",)

    def closeness(self, part: str) -> Closeness:
        if not isinstance(self.close, Mapping):
            return self.close
        return self.close[part] if part in self.close else CLOSE

    def arguments(self, question: Question) -> Arguments:
        """What the right function gets."""
        return tuple(self.by_hand.arguments(question)) if self.by_hand else question.arguments[1]

    def returned(self, answer: Answer) -> list[np.ndarray]:
        """The parts that a student's function returned."""
        if self.by_hand:
            return answer.arrays("parts", len(self.returns)) if self.returns else [answer.array("value")]
        return answer.arrays("parts", None)

    def predicted(
        self, arguments: Arguments, pieces: Pieces, place: int = 0, own: list[np.ndarray] | None = None
    ) -> Any:
        """A part of the right answer, or of what a mistake gives; None where that is nothing.

        Args:
            own: the parts that a student returned, from which another part is to be computed.
        """
        try:
            with np.errstate(all="ignore"):
                if self.by_hand and self.by_hand.follows:
                    if any(isinstance(name, Part) for name in pieces):
                        pieces = pieces.get(Part(self.parts[place]), {})
                    return self.by_hand.follows(arguments, pieces, place, own)
                return self.answer(arguments, pieces)[place]
        except Exception:
            if not pieces:
                raise
            return None  # such as two mistakes that cannot be made together

    def answer(self, arguments: Arguments, pieces: Pieces) -> list[np.ndarray]:
        """The parts of the right answer, or of the one that a mistake's pieces give.

        Raises:
            ValueError: it does not have the parts that `returns` names.
        """
        exchanged = {name: piece for name, piece in pieces.items() if not isinstance(name, Part)}
        value = pieces.get(Part(), self.right)(*copied(arguments), **exchanged)
        parts = parts_of(value, self.parts)
        if len(parts) != len(self.parts):
            names = ", ".join(self.returns) or "one array"
            raise ValueError(f"expected {len(self.parts)} parts, {names}; got {len(parts)}")
        for place, name in enumerate(self.returns):
            if Part(name) in pieces:
                parts[place] = pieces[Part(name)](*copied(arguments))
        return [np.asarray(part) for part in parts]


def parts_of(value: Any, names: Sequence[str]) -> list[Any]:
    """What a right function returned: one array, or several, in a dictionary by their names."""
    if len(names) == 1:
        return [value]
    return [value[name] for name in names] if isinstance(value, Mapping) else list(value)


def declare(
    right: Right,
    *,
    id: str,
    name: str,
    sizes: SizesOfAll,
    calls: Iterable[Any],
    inputs: dict[str, Input],
    **fields: Any,
) -> Right:
    """Keep a Declared beside the right function or class, and give that back.

    Args:
        fields: the others of `Declared`.
    Raises:
        JudgeError: the parts do not fit each other.
    """
    place = place_of(right)
    check_options(right, inputs, fields["forms"], fields["patience"], place)
    if not isinstance(right, type):
        inputs = in_order(right, inputs, place, drawing=bool(fields.get("times")))
    declared = Declared(
        id or right.__name__,
        name or right.__name__,
        right,
        inputs,
        mistakes=[],
        place=place,
        sizes=rows_of(sizes, inputs, place),
        calls=tuple(name_of(other, place) for other in calls),
        **fields,
    )
    check_arguments(declared)
    collected.append(declared)
    setattr(right, DECLARED, declared)
    return right


def check_options(
    right: Any, inputs: dict[str, Any], forms: tuple[str, ...], patience: float, place: Place
) -> None:
    """
    Raises:
        JudgeError: one has no meaning by itself.
    """
    if not (right.__doc__ or "").strip():
        words = f"{right.__name__} has no docstring; students need that sentence to know what is right"
        raise error(place, words)
    if unknown := {*forms} - {*FORMS}:
        raise error(place, f"expected forms of {', '.join(FORMS)}, got {', '.join(map(repr, unknown))}")
    if patience < 1:
        raise error(place, f"expected patience of at least 1, got {patience:g}")
    for name, value in inputs.items():
        if not isinstance(value, Input):
            words = f"{name} is not an option of this kind of task; an argument needs an input such as"
            raise error(place, f"{words} normal('N', 2), got {value!r}")


def in_order(
    right: Callable[..., Any], inputs: dict[str, Input], place: Place, drawing: bool
) -> dict[str, Input]:
    """The inputs in the order of the right function's arguments, of which the first is `rng` if it draws.

    Raises:
        JudgeError: they are not its first arguments.
    """
    every = list(inspect.signature(right).parameters)[int(drawing) :]
    names = every[: len(inputs)]
    if {*names} != {*inputs}:
        words = f"expected inputs for the first arguments of {right.__name__} ({', '.join(every)})"
        raise error(place, f"{words}, got {', '.join(inputs) or 'none'}")
    return {name: inputs[name] for name in names}


def check_arguments(declared: Declared) -> None:
    """
    Raises:
        JudgeError: questions or steps do not fit the inputs, or the parts of the answer.
    """
    judged = sum(len(step.parts) for step in declared.steps)
    if declared.steps and judged != len(declared.parts):
        words = f"ask and read judge {judged} parts, and returns names {len(declared.parts)}"
        raise error(declared.place, words)
    if isinstance(declared.close, Mapping) and (others := {*declared.close} - {*declared.parts}):
        words = f"close: expected parts of {', '.join(filter(None, declared.parts)) or 'none'}"
        raise error(declared.place, f"{words}, got {min(others)}")
    for close in map(declared.closeness, declared.parts):
        if isinstance(close, Close) and close.free not in ("", "rows", "all"):
            raise error(declared.place, f"close: expected free of 'rows' or 'all', got {close.free!r}")
    if declared.name in declared.calls:
        raise error(declared.place, f"calls: {declared.name} is the task's own function; leave it out")
    for given in declared.also:
        if given.keys() != declared.inputs.keys():
            words = f"also: expected values of {', '.join(declared.inputs)}, got {', '.join(given) or 'none'}"
            raise error(declared.place, words)
    objects: set[str] = set()
    for step in declared.steps:
        if unknown := [name for name in step.arguments if name not in declared.inputs.keys() | objects]:
            words = f"a step passes {unknown[0]!r}, which is no input and no object made before"
            raise error(declared.place, words)
        objects |= {step.name} - {""} if step.kind == "new" else set()


def rows_of(sizes: SizesOfAll, inputs: dict[str, Input], place: Place) -> list[Sizes]:
    """{letter: sizes} as one {letter: size} for each question; a number counts for all questions."""
    letters = {
        axis for one in inputs.values() for axis in (*one.axes, one.size) if isinstance(axis, str) and axis
    }
    if missing := letters - sizes.keys():
        raise error(place, f"the axis {min(missing)} has no size; say sizes={{'{min(missing)}': (50, 7)}}")
    columns = {n: (v,) if isinstance(v, int) else tuple(v) for n, v in sizes.items()}
    count = max(map(len, columns.values()), default=1)
    if wrong := [n for n, column in columns.items() if len(column) not in (1, count)]:
        raise error(place, f"expected {count} sizes of {wrong[0]}, got {len(columns[wrong[0]])}")
    count = max(count, LEAST_QUESTIONS)
    return [{n: column[i % len(column)] for n, column in columns.items()} for i in range(count)]


def mistake(
    right: Callable[..., Any],
    id: str,
    kind: Kind,
    message: str,
    hint: str = "",
    *,
    part: str = "",
    **variants: Sequence[Any],
) -> Callable[[Function], Function]:
    """Declare the decorated function as a known mistake of a task.

    Args:
        right: the task's correct function.
        id: of the finding.
        kind: decides how many points remain: TERM, STRUCTURE, TAILS, UNFINISHED or NOTHING.
        message: tells the student what is wrong.
        hint: tells the student what to try.
        part: the part of the answer that the function returns, if not all of it.
        variants: values of a keyword argument of the function; all of them are the same mistake.
    """
    declared = declared_of(right)
    check_mistake(declared, id, kind, message, part)

    def add(wrong: Function) -> Function:
        ways: list[Callable[..., Any]] = [
            functools.partial(wrong, **{keyword: value})
            for keyword, values in variants.items()
            for value in values
        ] or [wrong]
        add_mistake(declared, known(id, Kind(kind), message, hint, *({Part(part): way} for way in ways)))
        return wrong

    return add


def exchange(
    right: Callable[..., Any], id: str, kind: Kind, message: str, hint: str = "", **pieces: Any
) -> None:
    """Declare a known mistake: the correct function with other values of its keyword arguments.

    Two such mistakes are also recognised together, if they replace different arguments.
    """
    declared = declared_of(right)
    check_mistake(declared, id, kind, message, "")
    if unknown := pieces.keys() - inspect.signature(declared.right).parameters.keys():
        raise error(place_of_caller(), f"mistake {id}: {declared.name} has no argument {min(unknown)}")
    add_mistake(declared, known(id, Kind(kind), message, hint, pieces))


def add_mistake(declared: Declared, mistake: Mistake) -> None:
    """Add a mistake, or where it has the id and the words of an earlier one, ways to make that."""
    for place, other in enumerate(declared.mistakes):
        if other[:-1] == mistake[:-1]:
            declared.mistakes[place] = other._replace(variants=(*other.variants, *mistake.variants))
            return
    declared.mistakes.append(mistake)


def check_mistake(declared: Declared, id: str, kind: Kind, message: str, part: str) -> None:
    place = place_of_caller()
    if isinstance(id, Kind):
        words = f"expected mistake(task, id, kind, message, hint), got {id.name} where the id belongs"
        raise error(place, words)
    if not re.fullmatch(r"[\w.-]+", id):
        raise error(place, f"expected an id of letters, digits and hyphens, such as wrong-axis, got {id!r}")
    if any(other.id == id and other.message != message for other in declared.mistakes):
        words = f"two mistakes have the id {id} and different words; give each its own id"
        raise error(place, words)
    if kind not in KINDS:
        raise error(place, f"mistake {id}: expected a kind of {', '.join(k.name for k in KINDS)}")
    if part and part not in declared.returns:
        names = ", ".join(declared.returns) or "none: say returns=(...)"
        raise error(place, f"mistake {id}: expected a part of {names}, got {part}")


def declared_of(right: Any) -> Declared:
    declared = vars(right).get(DECLARED) if hasattr(right, "__dict__") else None
    if declared is None:
        raise error(place_of_caller(), f"expected a task, got {right!r}; decorate it with @task first")
    return declared


def name_of(other: Any, place: Place) -> str:
    if isinstance(other, str):
        return other
    declared = vars(other).get(DECLARED)
    if declared is None:
        raise error(place, f"calls: expected tasks of this file, got {other!r}")
    return declared.name


def place_of_caller() -> Place:
    """(file, line) of the judge that called a function of this package."""
    frame, here = inspect.currentframe(), Path(__file__).parent
    while frame is not None and Path(frame.f_code.co_filename).parent == here:
        frame = frame.f_back
    return (frame.f_code.co_filename, frame.f_lineno) if frame else ("", 0)


def place_of(right: Any) -> Place:
    """(file, line) of a function or class."""
    try:
        return inspect.getsourcefile(right) or "", inspect.getsourcelines(right)[1]
    except (OSError, TypeError):
        code = getattr(right, "__code__", None)
        return (code.co_filename, code.co_firstlineno) if code else ("", 0)


def error(place: Place, words: str) -> JudgeError:
    return JudgeError(f"{place[0]}, line {place[1]}: {words.rstrip('.')}.")
