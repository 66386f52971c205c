"""Kinds of covariance, each of which is compiled for seconds."""

import pytest

from gmm_tf import covariance


def kinds(*slow):
    """A test of each kind; `make test` leaves out those that are slow."""
    return pytest.mark.parametrize(
        "kind", [pytest.param(kind, marks=[pytest.mark.slow] * (kind in slow)) for kind in covariance.KINDS]
    )
