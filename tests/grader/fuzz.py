"""How many examples tests with any input at all try."""

import pytest
from hypothesis import given, settings

FEW, MANY = 100, 2000
few_or_many = pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])


def holds_for(examples, *strategies):
    """Call the decorated function, once it is defined, with so many examples of these strategies."""

    def decorate(function):
        settings(deadline=None, max_examples=examples)(given(*strategies)(function))()

    return decorate
