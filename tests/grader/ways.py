"""The ways to make known mistakes, and what a task that makes one answers."""

import functools
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


def earning_more(table, places, verdict):
    """Those of the pairs of Ways, by their places, that earn more together than one of them alone.

    Args:
        verdict: pieces -> the Verdict where they are exchanged.
    """
    alone = functools.cache(lambda i: verdict(table[i].pieces).share)
    for i, j in places:
        pieces = {**table[i].pieces, **table[j].pieces}
        both = verdict(pieces)
        if both.outcome != "correct" and both.share > min(alone(i), alone(j)) + 1e-9:
            yield pieces, table[i].id, table[j].id, alone(i), alone(j), both


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
