"""The ways to make known mistakes, and what a task that makes one answers."""

from typing import NamedTuple

import numpy as np
import pytest

from autograder.authoring import numeric
from autograder.engine.judge import Answer
from autograder.engine.scale import Kind


class Way(NamedTuple):
    """One way to make a mistake."""

    id: str
    kind: Kind
    pieces: dict


def ways(mistakes):
    return [Way(mistake.id, mistake.kind, way) for mistake in mistakes for way in mistake.variants]


def named(mistakes):
    return pytest.mark.parametrize("mistake", ways(mistakes), ids=lambda way: way.id)


def answer(declared, pieces, question):
    """What the jail brings where these pieces of the right computation are exchanged."""
    return single(numeric.answers_with(declared, {"": question}, pieces)[""])


def single(answer):
    """The same in float32, as TensorFlow would return it."""
    if not answer.arrived:
        return answer
    return Answer(
        "answer",
        {
            name: [np.asarray(part, np.float32) for part in value]
            if isinstance(value, list | tuple)
            else np.asarray(value, np.float32)
            for name, value in answer.data.items()
        },
    )
