"""Options that several commands share."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, get_type_hints

import typer

Assignment = Annotated[str, typer.Argument(help="Name of the assignment, as in assignments/NAME.")]
CourseDir = Annotated[Path, typer.Option("--course", help="The course directory.")]


def taken_apart(command: Callable[..., None]) -> Callable[..., None]:
    """A command for Typer that takes each field of its last parameter, `options`, as an option of its own.

    Args:
        command: the default of its `options` is a value of a `NamedTuple`.
    """
    *own, last = inspect.signature(command).parameters.values()
    hints = get_type_hints(type(last.default), include_extras=True)
    fields = [
        inspect.Parameter(name, last.kind, default=default, annotation=hints[name])
        for name, default in last.default._asdict().items()
    ]

    @functools.wraps(command)
    def whole(**given: object) -> None:
        taken = {field.name: given.pop(field.name) for field in fields}
        command(**given, options=type(last.default)(**taken))

    whole.__signature__ = inspect.Signature([*own, *fields])  # type: ignore[attr-defined]  # what `inspect` reads
    whole.__annotations__ = {one.name: one.annotation for one in (*own, *fields)}
    return whole
