"""Compiled loops against NumPy and Keras' eager optimizer."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from kinds import kinds
from test_models import em_oracle, weights

from gmm_tf import COURSE, EMGMM, GMM, course_data, fit_em, fit_gradient, mixture_likelihood
from gmm_tf.blocks import LANED_BLOCKS, shapes_of_parts
from gmm_tf.em import LANES

X = course_data(1000)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-4), ("float64", 1e-9)])
def test_em_agrees_with_numpy_step_by_step(dtype, tolerance):
    model = EMGMM(5, seed=0, dtype=dtype)
    trace, expected = em_oracle(X, *weights(model), steps=20)
    result = fit_em(model, X, max_steps=20, tol=0, start="weights")
    np.testing.assert_allclose(result.trace, trace, rtol=min(tolerance, 1e-6))
    for got, want in zip(weights(model), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


STEP = math.prod(shapes_of_parts(10**7, 3, 1, "diag")[0][1:])  # what a turn of the compiled loop takes


# The first has one part and the second all that there are. test_search.py packs others.
@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize(
    "n",
    [
        LANES * LANED_BLOCKS,
        STEP + 5000,
        *(pytest.param(n, marks=pytest.mark.slow) for n in (257, 5000, STEP, STEP + 1)),
    ],
)
def test_every_observation_counts_once_in_blocks(n):
    x = course_data(n, seed=3)
    model = EMGMM(3, seed=0)
    trace, expected = em_oracle(x, *weights(model), steps=2)
    np.testing.assert_allclose(fit_em(model, x, 2, tol=0, start="weights").trace, trace, rtol=1e-6)
    for got, want in zip(weights(model), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("uncompiled")
@kinds("full", "tied", "spherical")  # of all kinds, test_sklearn.py compares fits and test_em.py steps
def test_em_in_two_dimensions_agrees_with_repeated_calls(kind):
    x = np.random.default_rng(0).normal(size=(500, 2)) * [1, 3]
    fitted, called = (EMGMM(3, 2, kind, seed=0, dtype="float64") for _ in range(2))
    fit_em(fitted, x, max_steps=5, tol=0, start="weights")
    for _ in range(5):
        called(tf.constant(x))
    for got, want in zip(weights(fitted), weights(called), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


def test_em_is_monotone_and_reaches_the_truth_or_better():
    model = EMGMM(5, seed=0, dtype="float64")
    result = fit_em(model, X, max_steps=2000, tol=0)
    assert np.diff(result.trace).min() > -1e-12
    assert result.trace[-1] > np.mean(mixture_likelihood(X, *COURSE))
    assert np.isclose(result.trace[-1], np.mean(model.log_prob(X)), atol=1e-6)


def test_em_without_tol_runs_all_steps_even_at_the_optimum():
    model = EMGMM(1, seed=0)
    # As wide as others here, which are compiled already.
    result = fit_em(model, X, max_steps=50, tol=0, width=5)
    assert (result.steps, result.stopped_by, result.trace.shape) == (50, "max_steps", (50,))
    np.testing.assert_allclose(model.means, [[X.mean(dtype=float)]], rtol=1e-5)
    np.testing.assert_allclose(model.lsigmas, [[np.log(X.std(dtype=float))]], rtol=1e-5)


@pytest.mark.parametrize("tol", [1e-3, 1e-5])
def test_em_stops_by_tol_after_three_calm_steps_in_a_row(tol):
    model = EMGMM(5, seed=0, dtype="float64")
    result = fit_em(model, X, max_steps=5000, tol=tol, start="random")
    assert result.stopped_by == "tol" and result.converged
    assert result.steps == len(result.trace) < 5000
    values = np.append(result.trace, result.log_likelihood)
    gains = np.diff(values) / np.maximum(1.0, np.abs(values[1:]))
    assert (gains[-3:] < tol).all()
    assert not any((gains[i : i + 3] < tol).all() for i in range(len(gains) - 3))


def test_em_continues_from_the_current_weights():
    split, whole = (EMGMM(5, seed=0, dtype="float64") for _ in range(2))
    traces = [fit_em(split, X, max_steps=n, tol=0, start="weights").trace for n in (3, 4)]
    np.testing.assert_allclose(
        np.concatenate(traces), fit_em(whole, X, max_steps=7, tol=0, start="weights").trace, rtol=1e-9
    )


def test_em_trains_the_weights_of_a_gmm_too():
    model = GMM(5, seed=0)
    trace, _ = em_oracle(X, *weights(model), steps=3)
    np.testing.assert_allclose(fit_em(model, X, 3, tol=0, start="weights").trace, trace, rtol=1e-6)


def test_restarts_keep_the_best():
    stuck = EMGMM(2, seed=0)
    x = np.repeat([[-3.0], [3.0]], 500, axis=0) + X * 0.1
    stuck.means.assign([[0.0], [1e3]])
    stuck.lsigmas.assign([[0.0], [0.0]])
    one = fit_em(stuck, x, max_steps=100, tol=0, width=5).trace[-1]
    stuck.means.assign([[0.0], [1e3]])
    stuck.lsigmas.assign([[0.0], [0.0]])
    result = fit_em(stuck, x, max_steps=100, tol=0, restarts=3, width=5)
    assert result.trace[-1] > one + 0.5
    assert np.isclose(np.mean(stuck.log_prob(x)), result.trace[-1], atol=1e-3)
    np.testing.assert_allclose(np.sort(stuck.means, axis=0).round(), [[-3], [3]])


def test_restarts_are_seeded():
    first, again = (fit_em(EMGMM(5, seed=1), X, 30, restarts=2).trace for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_annealing_ends_at_the_optimum():
    model = EMGMM(5, seed=0, dtype="float64")
    result = fit_em(model, X, anneal=np.geomspace(0.1, 1, 30))
    best = fit_em(EMGMM(5, seed=0, dtype="float64"), X, max_steps=3000, tol=0).trace[-1]
    assert result.trace[-1] > best - 1e-3
    assert np.diff(result.trace[31:]).min() > -1e-6


def test_annealing_at_temperature_one_is_em():
    plain, annealed = (EMGMM(5, seed=0, dtype="float64") for _ in range(2))
    left = fit_em(plain, X, max_steps=8, tol=0, start="weights")
    right = fit_em(annealed, X, max_steps=8, tol=0, start="weights", anneal=[1.0, 1.0, 1.0])
    np.testing.assert_allclose(right.trace, left.trace, rtol=1e-12)
    assert right.steps == 8


@pytest.mark.usefixtures("uncompiled")
def test_gradient_agrees_with_an_eager_keras_loop():
    model, eager = GMM(4, seed=0), GMM(4, seed=0)
    result = fit_gradient(model, X, steps=25, learning_rate=0.05, start="weights")
    optimizer, trace = keras.optimizers.Adam(0.05), []
    for _ in range(25):
        with tf.GradientTape() as tape:
            nll = -tf.reduce_mean(eager(X))
        trace.append(float(nll))
        variables = eager.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(nll, variables), variables, strict=True))
    np.testing.assert_allclose(result.trace, trace, rtol=1e-5)
    np.testing.assert_allclose(model.log_prob(X), eager.log_prob(X), rtol=1e-3, atol=1e-3)
    assert (result.steps, result.stopped_by) == (25, "max_steps")


def test_gradient_and_em_share_the_optimum():
    model = GMM(2, seed=0)
    x = np.where(np.arange(1000)[:, None] < 300, -2.0, 2.0) + X * 0.2
    # A start, and a width, for which nothing more is compiled.
    result = fit_gradient(model, x, steps=2000, start="k-means++")
    assert result.trace[-1] < result.trace[0]
    em = fit_em(EMGMM(2, seed=0), x, max_steps=2000, width=5)
    assert np.isclose(-result.trace[-1], em.trace[-1], atol=1e-3)


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_a_large_offset_costs_no_accuracy(offset):
    x = X.astype(float) + offset
    model = EMGMM(2, seed=0, dtype="float64")
    model.means.assign([[offset - 1.0], [offset + 1.0]])
    trace, _ = em_oracle(X, model.logits, [-1.0, 1.0], model.lsigmas, steps=5)
    np.testing.assert_allclose(fit_em(model, x, 5, tol=0).trace, trace, rtol=1e-8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_steps": 0}, "max_steps >= 1, got 0"),
        ({"restarts": 0}, "restarts >= 1, got 0"),
        ({"tol": -1.0}, "tol >= 0, got -1"),
        ({"tol": float("nan")}, "tol >= 0"),
        ({"anneal": [0.5, 0.9]}, "inverse temperatures that rise to 1"),
        ({"anneal": [0.5, 0.2, 1.0]}, "inverse temperatures that rise to 1"),
        ({"anneal": [0.5, 1.0], "max_steps": 1}, "at most 1 steps"),
        ({"x": X[:, 0]}, "reshape"),
        ({"x": X * np.nan}, "Expected finite x"),
    ],
)
def test_wrong_em_arguments_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_em(EMGMM(2), **{"x": X, **arguments})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": 0}, "steps >= 1, got 0"),
        ({"learning_rate": 0.0}, "learning_rate > 0, got 0.0"),
        ({"x": X[:, 0]}, "reshape"),
    ],
)
def test_wrong_gradient_arguments_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_gradient(GMM(2), **{"x": X, **arguments})
