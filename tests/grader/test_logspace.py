"""Sums in log space against SciPy's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import special

from autograder.authoring import logspace

NUMBERS = st.floats(-700, 700) | st.sampled_from([-np.inf, np.inf])
TABLES = arrays.arrays(float, st.tuples(st.integers(1, 4), st.integers(1, 5)), elements=NUMBERS)


@given(TABLES, st.sampled_from([None, 0, 1, -1, (0, 1)]), st.booleans())
def test_numpy_agrees_with_scipy(table, axis, keepdims):
    got, expected = (module.logsumexp(table, axis=axis, keepdims=keepdims) for module in (logspace, special))
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)
