"""Write the judge of an assignment: see docs/authoring.md.

A judge is a Python file `judges/ASSIGNMENT.py` in a course directory. It declares tasks: for each, the
correct function in NumPy, its arguments, and the known mistakes.
"""

from autograder.authoring.declarations import CLOSE, Close, JudgeError, exchange, mistake
from autograder.authoring.draws import random_task
from autograder.authoring.inputs import (
    Input,
    fixed,
    integers,
    made,
    normal,
    positive,
    probabilities,
    size,
    uniform,
)
from autograder.authoring.numeric import task
from autograder.authoring.objects import ask, class_task, do, new, put, read
from autograder.engine.scale import Kind

TAILS, TERM, STRUCTURE, UNFINISHED, NOTHING = (
    Kind.TAILS,
    Kind.TERM,
    Kind.STRUCTURE,
    Kind.UNFINISHED,
    Kind.NOTHING,
)

__all__ = [
    "CLOSE",
    "Close",
    "Input",
    "JudgeError",
    "NOTHING",
    "STRUCTURE",
    "TAILS",
    "TERM",
    "UNFINISHED",
    "ask",
    "class_task",
    "do",
    "exchange",
    "fixed",
    "integers",
    "made",
    "mistake",
    "new",
    "normal",
    "positive",
    "probabilities",
    "put",
    "random_task",
    "read",
    "size",
    "task",
    "uniform",
]
