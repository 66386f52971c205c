"""The assignments that come with this package: one folder each."""

import functools
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from autograder.engine import submission
from autograder.engine.assignment import Assignment

PACKAGE = Path(__file__).resolve().parents[1]

# {id: module}
ASSIGNMENTS = {
    module.name.replace("_", "-"): f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__)
}


class Shipped(NamedTuple):
    """Where an assignment comes from that is part of this package."""

    name: str

    def load(self) -> Assignment:
        return import_module(ASSIGNMENTS[self.name]).ASSIGNMENT._replace(origin=self)


@functools.cache
def load(assignment: str) -> Assignment:
    """The `engine.assignment.Assignment` of that name, with the points of the release that comes with it.

    Raises:
        KeyError: there is none.
    """
    if assignment not in ASSIGNMENTS:
        raise KeyError(f"Expected one of the assignments {sorted(ASSIGNMENTS)}, got {assignment!r}.")
    return Shipped(assignment).load().for_notebook(submission.read_release(release_of(assignment)))


def shipped(name: str) -> Path:
    """A file or folder that comes with the package: beside it in a checkout, inside it in a wheel.

    Raises:
        FileNotFoundError: the installation lacks it.
    """
    for folder in (PACKAGE, PACKAGE.parent):
        if (folder / name).exists():
            return folder / name
    raise FileNotFoundError(f"Expected {name} in the installation, found none; install the package again.")


def released() -> list[str]:
    """Names of the assignments whose releases come with the package; students' have no judge."""
    notebooks = shipped("assignments").glob("*/*.ipynb")
    return sorted(path.stem for path in notebooks if path.stem == path.parent.name)


def release_of(assignment: str) -> Path:
    """Path of the release notebook that comes with the package."""
    return shipped("assignments") / assignment / f"{assignment}.ipynb"
