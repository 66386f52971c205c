"""When fits stop: the rule against a search of the whole sequence, and all ways to fit against each other."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from gmm_tf import EMGMM, convergence, course_data, em, fit_em, fit_em_distributed, loops
from gmm_tf.sampling import Observed
from gmm_tf.stream import fit_em_stream

X = course_data(1000, seed=1)


def is_calm(values, at, tol):
    return values[at] - values[at - 1] < tol * max(1, abs(values[at]))


GAINS = st.lists(st.sampled_from([-1e-9, 0.0, 1e-9, 1e-3, 0.5]), min_size=1, max_size=30)


@given(GAINS, st.sampled_from([0.0, 1e-6, 1e-2]), st.integers(1, 12), st.sampled_from([-100.0, -0.1, 3.0]))
def test_the_rule_ends_where_a_search_of_all_values_does(gains, tol, max_steps, first):
    values, patience = first + np.cumsum(gains), min(3, max_steps)
    ends = [
        steps
        for steps in range(len(values))
        if steps == max_steps
        or tol
        and steps >= patience
        and all(is_calm(values, steps - i, tol) for i in range(patience))
    ]
    rule, progress, ended = convergence.rule(tol, max_steps), convergence.Progress(), []
    for value in values:
        progress = convergence.after(progress, value, rule)
        ended.append(bool(convergence.has_ended(progress, rule)))
    assert (ended.index(True) if any(ended) else None) == (ends[0] if ends else None)


def batches(size):
    return lambda: (X[start : start + size].astype(np.float64) for start in range(0, len(X), size))


def stream(model, max_steps, tol):
    return fit_em_stream(model, batches(500), Observed(len(X), em.spread(X) ** 2), max_steps, tol)


def rows_of_a_worker(model, max_steps, tol):
    return fit_em_distributed(model, X, tf.distribute.MirroredStrategy(["CPU:0"]), max_steps, tol)


def batches_of_a_worker(model, max_steps, tol):
    x = tf.data.Dataset.from_tensor_slices(X).batch(500)
    return fit_em_distributed(model, x, tf.distribute.MirroredStrategy(["CPU:0"]), max_steps, tol)


def with_width(model, max_steps, tol):
    return fit_em(model, X, max_steps, tol, width=5)


def in_memory(model, max_steps, tol):
    return fit_em(model, X, max_steps, tol)


WAYS = stream, rows_of_a_worker, with_width
ENDS = [(3000, 1e-4), (2, 1e-12), (3, 1.0), (5, 0.0)]
# More steps than one call of the compiled loop takes.
MANY = with_width, loops.STEPS + 4, 0.0
# They end as rows of a worker do, and test_distribute.py compares their steps.
SLOW = [pytest.param(batches_of_a_worker, *end, marks=pytest.mark.slow) for end in ENDS]


@pytest.mark.parametrize(
    ("way", "max_steps", "tol"), [*((way, *end) for way in WAYS for end in ENDS), MANY, *SLOW]
)
def test_all_ways_to_fit_end_at_the_same_step(way, max_steps, tol):
    start = np.zeros(3), np.array([[-4.0], [0.0], [4.0]]), np.zeros((3, 1))
    results, models = [], [EMGMM(3, dim=1, dtype="float64") for _ in range(2)]
    for model, fit in zip(models, (in_memory, way), strict=True):
        model.set_weights(start)
        results.append(fit(model, max_steps, tol))
    expected, got = results
    assert (got.steps, got.stopped_by, got.converged) == expected[1:3] + (expected.converged,)
    assert len(got.trace) == got.steps
    np.testing.assert_allclose(got.trace, expected.trace, rtol=1e-11)
    assert np.isclose(got.log_likelihood, expected.log_likelihood, rtol=1e-12, atol=0)
    # The end is that of the weights that the fit leaves.
    at_weights = np.mean(models[1].log_prob(X.astype(np.float64)))
    assert np.isclose(got.log_likelihood, at_weights, rtol=1e-12, atol=0)
