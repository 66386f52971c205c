"""The oracle against SciPy, finite differences, enumeration and Keras's own Adam."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from autograder.tasks.gmm_two_ways import oracle

SEEDS = st.integers(0, 2**32 - 1)


def problem(seed, n=40):
    rng = np.random.default_rng(seed)
    k = rng.integers(1, 7)
    parameters = rng.uniform(-3, 3, k), rng.normal(0, 3, k), rng.uniform(-2, 1, k)
    return rng.normal(0, 3, n), parameters


def brute_force_density(x, logits, means, lsigmas):
    pi = np.exp(logits) / np.exp(logits).sum()
    return sum(p * stats.norm(m, np.exp(s)).pdf(x) for p, m, s in zip(pi, means, lsigmas, strict=True))


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_log_likelihood_is_scipys(seed):
    x, parameters = problem(seed)
    np.testing.assert_allclose(
        np.exp(oracle.log_likelihood(x, *parameters)),
        brute_force_density(x, *parameters),
        rtol=1e-9,
        atol=1e-300,  # below, float64 itself loses digits
    )


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_posterior_is_bayes_rule(seed):
    x, (logits, means, lsigmas) = problem(seed)
    joint = np.stack(
        [np.exp(a) * stats.norm(m, np.exp(s)).pdf(x) for a, m, s in zip(logits, means, lsigmas, strict=True)],
        axis=1,
    )
    near = joint.sum(1) > 1e-300  # farther out, densities underflow
    expected = joint[near] / joint[near].sum(1, keepdims=True)
    np.testing.assert_allclose(oracle.posterior(x[near], logits, means, lsigmas), expected, atol=1e-12)


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_gradient_is_the_finite_difference(seed):
    x, parameters = problem(seed)
    analytic = oracle.gradient(x, *parameters)
    step = 1e-5
    for place, value in enumerate(parameters):
        for k in range(len(value)):
            moved = []
            for sign in (1, -1):
                theta = [np.array(part) for part in parameters]
                theta[place][k] += sign * step
                moved.append(oracle.log_likelihood(x, *theta).mean())
            numeric = (moved[0] - moved[1]) / (2 * step)
            assert analytic[place][k] == pytest.approx(numeric, rel=1e-5, abs=1e-6)


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_em_never_loses_likelihood(seed):
    x, theta = problem(seed)
    before = oracle.log_likelihood(x, *theta).mean()
    after = oracle.log_likelihood(x, *oracle.em_step(x, *theta)).mean()
    assert after >= before - 1e-9


def test_mstep_of_hard_assignments_is_numpys_mean_and_std():
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=300), rng.integers(0, 3, 300)
    logits, means, lsigmas = oracle.mstep(x, np.eye(3)[z])
    for k in range(3):
        assert np.exp(logits[k]) == pytest.approx(np.mean(z == k))
        assert means[k] == pytest.approx(x[z == k].mean())
        assert np.exp(lsigmas[k]) == pytest.approx(x[z == k].std())


@pytest.mark.parametrize("scale", [1.0, 70.0])
def test_adam_is_keras_adam(scale):
    import keras
    import tensorflow as tf

    rng = np.random.default_rng(1)
    x = rng.normal(0, 2, 70)
    start = rng.normal(size=3), np.array([-2.0, 0.3, 2.0]), rng.normal(0, 0.3, 3)
    weights = [tf.Variable(part) for part in start]
    optimizer = keras.optimizers.Adam(0.04)
    optimizer.build(weights)
    for _ in range(8):
        with tf.GradientTape() as tape:
            logits, means, lsigmas = weights
            z = (x[:, None] - means) / tf.exp(lsigmas)
            joint = tf.nn.log_softmax(logits) - 0.5 * z**2 - lsigmas
            total = -scale * tf.reduce_mean(tf.reduce_logsumexp(joint, axis=1))
        optimizer.apply_gradients(zip(tape.gradient(total, weights), weights, strict=True))
    expected = oracle.adam(x, start, 8, 0.04, scale)
    for ours, theirs in zip(expected, weights, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-5)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_descent_is_that_of_keras(momentum):
    rng = np.random.default_rng(0)
    x, start = rng.normal(size=40), [rng.normal(size=3) for _ in range(3)]
    weights = [keras.Variable(value, dtype="float64") for value in start]
    optimizer = keras.optimizers.SGD(0.1, momentum=momentum)
    for _ in range(4):
        slopes = oracle.gradient(x, *(np.array(weight) for weight in weights))
        optimizer.apply([tf.constant(-slope) for slope in slopes], weights)
    for got, want in zip(oracle.descent(x, start, 4, 0.1, momentum), weights, strict=True):
        np.testing.assert_allclose(got, np.array(want), rtol=1e-5)
