"""Sums in log space against SciPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import special

from autograder.authoring import logspace

NUMBERS = st.floats(-700, 700) | st.just(-np.inf)
TABLES = arrays.arrays(float, st.tuples(st.integers(1, 4), st.integers(1, 5)), elements=NUMBERS)


@pytest.mark.parametrize("name", ["logsumexp", "log_softmax", "softmax"])
@given(TABLES, st.sampled_from([None, 0, 1, -1]))
def test_numpy_agrees_with_scipy(name, table, axis):
    table[:, 0] = np.maximum(table[:, 0], -700)  # a row of -inf alone has no softmax
    table[0] = np.maximum(table[0], -700)
    got, expected = (getattr(module, name)(table, axis=axis) for module in (logspace, special))
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)
