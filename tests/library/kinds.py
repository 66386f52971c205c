"""Kinds of covariance, each of which is compiled for seconds."""

import pytest

from gmm_tf import covariance


def kinds(*quick):
    """A test of each kind; `make test` tries those that are quick."""
    slow = [kind for kind in covariance.KINDS if kind not in quick]
    return pytest.mark.parametrize(
        "kind", [*quick, *(pytest.param(kind, marks=pytest.mark.slow) for kind in slow)]
    )
