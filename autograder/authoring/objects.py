"""Tasks that are a class, such as a Keras model: an object is made, and a script of steps is followed."""

import functools
import itertools
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, TypeGuard

from autograder.authoring import inputs as given
from autograder.authoring.declarations import (
    CLOSE,
    Compare,
    Declared,
    Part,
    Right,
    SizesOfAll,
    declare,
    error,
    parts_of,
    place_of_caller,
)
from autograder.engine.judge import Pieces


class Doing(StrEnum):
    """What a step does."""

    NEW = "new"
    CALL = "call"
    READ = "read"
    SET = "set"


class Step(NamedTuple):
    """One step of a script: what is done, where, with which arguments, whether the result is judged."""

    kind: Doing
    where: str
    arguments: tuple[str, ...] = ()
    judged: bool = False
    name: str = ""  # of the object that is made
    returns: tuple[str, ...] = ()  # names of the parts of the result, if there are several

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the judged arrays of the result; one array is a part without a name."""
        return (self.returns or ("",)) if self.judged else ()


def new(*arguments: str, of: str = "", name: str = "") -> Step:
    """Make an object; the arguments are names of inputs.

    Args:
        of: a class or function of the notebook; by default the task's own.
        name: what later steps call the object. Steps that name no object use the one without a name.
    """
    return Step(Doing.NEW, of, arguments, name=name)


def do(method: str, *arguments: str) -> Step:
    """Call "fit", "hidden.set_weights" or, for an object with a name, "model.fit"; ignore what it returns."""
    return Step(Doing.CALL, method, arguments)


def ask(method: str, *arguments: str, returns: tuple[str, ...] = ()) -> Step:
    """Call a method, or a function of the notebook, and judge what it returns; "" calls the object itself.

    Args:
        returns: names of the parts, if it returns several arrays.
    """
    return Step(Doing.CALL, method, arguments, True, returns=tuple(returns))


def read(attribute: str, returns: tuple[str, ...] = ()) -> Step:
    """Judge an attribute; `returns` as for `ask`."""
    return Step(Doing.READ, attribute, (), True, returns=tuple(returns))


def put(attribute: str, argument: str) -> Step:
    """Set an attribute; a variable keeps its shape and type."""
    return Step(Doing.SET, attribute, (argument,))


def judged_parts(steps: Sequence[Step]) -> tuple[str, ...]:
    """Names of what the judged steps give: those of `returns`, or the method or attribute.

    Where two are the same, all are numbered.
    """
    names = tuple(name for step in steps if step.judged for name in step.returns or (step.where or "call",))
    return names if len({*names}) == len(names) else tuple(f"{name} {n}" for n, name in enumerate(names, 1))


def class_task(
    id: str = "",
    *,
    steps: tuple[Step, ...],
    name: str = "",
    sizes: SizesOfAll | None = None,
    calls: tuple[Any, ...] = (),
    forms: tuple[str, ...] = ("array",),
    close: Compare = CLOSE,
    patience: float = 1.0,
    inputs: dict[str, given.Input] | None = None,
    **arguments: given.Input,
) -> Callable[[Right], Right]:
    """Declare a task that is a class: the decorated class is a correct one in NumPy, with the same methods.

    Args:
        steps: what is done with an object, in order; the first is `new`. Each judged step is a part of the
            answer, named after its method or attribute, or several parts that its `returns` names.
        id, name, sizes, calls, forms, close, patience, inputs, arguments: as for `task`.
    """
    if not steps or steps[0].kind != Doing.NEW:
        raise error(place_of_caller(), "expected steps that begin with new(...), got others")
    if any(step.name or step.kind == Doing.NEW and step.where for step in steps):
        words = "expected new(...) without `of` and `name` in a class_task; use @task with steps"
        raise error(place_of_caller(), words)
    return functools.partial(
        declare,
        id=id,
        name=name,
        sizes=sizes or {},
        returns=judged_parts(steps),
        calls=calls,
        forms=tuple(forms),
        close=close,
        inputs={**(inputs or {}), **arguments},
        steps=tuple(steps),
        patience=patience,
    )


def as_function(declared: Declared) -> Declared:
    """The same task, whose right function makes an object of the right class and follows the script."""
    mistakes = [
        mistake._replace(variants=tuple(_exchanged(declared, way) for way in mistake.variants))
        for mistake in declared.mistakes
    ]
    return declared._replace(right=Script(declared, declared.right), mistakes=mistakes)


def _exchanged(declared: Declared, way: Pieces) -> Pieces:
    """The pieces of a mistake: if its class only overrides methods, these, so that two mistakes combine."""
    wrong = way.get(Part())
    if _is_variant(wrong, declared.right):
        own = itertools.takewhile(lambda kind: kind is not declared.right, wrong.__mro__)
        members = [(name, value) for kind in own for name, value in vars(kind).items()]
        return {name: wrong for name, value in members if callable(value) or not name.startswith("__")}
    return {
        name: Script(declared, piece, name.name) if isinstance(name, Part) else piece
        for name, piece in way.items()
    }


def _is_variant(piece: Any, right: Callable[..., Any]) -> TypeGuard[type]:
    return isinstance(right, type) and isinstance(piece, type) and issubclass(piece, right)


class Script:
    """A function of all inputs that follows the steps of a task with an object of a class.

    Args:
        part: the part that is returned, if not all of them.
    """

    def __init__(self, declared: Declared, kind: Callable[..., Any], part: str = ""):
        self.declared, self.kind, self.part = declared, kind, part
        self.__doc__ = declared.right.__doc__

    def __call__(self, *arguments: Any, **exchanged: Any) -> Any:
        """
        Args:
            exchanged: {method: the subclass that overrides it}, or arguments with which the object is made.
        """
        wrong = {name: piece for name, piece in exchanged.items() if _is_variant(piece, self.kind)}
        made_with = {name: piece for name, piece in exchanged.items() if name not in wrong}
        kind = type("Wrong", tuple(dict.fromkeys(wrong.values())), {}) if wrong else self.kind
        results = self.followed(functools.partial(kind, **made_with), arguments)
        if self.part:
            return results[self.declared.returns.index(self.part)]
        return results if len(results) > 1 else results[0]

    def followed(self, kind: Callable[..., Any], arguments: tuple[Any, ...]) -> list[Any]:
        """What the judged steps give for an object of a kind."""
        values = dict(zip(self.declared.inputs, arguments, strict=True))
        thing: Any = None
        results: list[Any] = []
        for step in self.declared.steps:
            passed = [given.copied((values[name],))[0] for name in step.arguments]
            owner, _, last = step.where.rpartition(".")
            if step.kind == Doing.NEW:
                thing = kind(*passed)
                continue
            target = functools.reduce(getattr, filter(None, owner.split(".")), thing)
            if step.kind == Doing.SET:
                setattr(target, last, *passed)
            else:
                result = getattr(target, last) if last else target
                result = result if step.kind == Doing.READ else result(*passed)
                results += parts_of(result, step.parts) if step.judged else []
        return results
