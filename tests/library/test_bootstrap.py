"""Bootstrap intervals against resamples in NumPy and the errors that are known."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from gmm_tf import EMGMM, bootstrap, em, fit_em
from gmm_tf.intervals import matching


def clusters(n=300):
    """Two clusters that hardly overlap, a third of x in the first."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(size=(n // 3, 2)), [9, 0] + 2 * rng.normal(size=(2 * n // 3, 2))])


@pytest.mark.usefixtures("uncompiled")
def test_one_component_has_the_moments_of_the_resamples():
    x = clusters(90)
    model = EMGMM(1, 2, "full", dtype="float64")
    model.assign(em.m_step(tf.constant(x), tf.ones([90, 1], tf.float64), "full"))
    # A step of EM finds the moments.
    before, found = model.means.numpy(), bootstrap(model, x, n=20, level=0.8, seed=5, max_steps=1)
    rng = np.random.default_rng(5)
    draws = [np.repeat(x, rng.multinomial(len(x), np.full(len(x), 1 / len(x))), axis=0) for _ in range(20)]
    means = np.array([draw.mean(axis=0) for draw in draws])[:, None]
    sigmas = np.array([np.cov(draw.T, ddof=0) for draw in draws])[:, None]
    for interval, values in ((found.means, means), (found.covariances, sigmas)):
        np.testing.assert_allclose(interval.lower, np.quantile(values, 0.1, axis=0), rtol=1e-8)
        np.testing.assert_allclose(interval.upper, np.quantile(values, 0.9, axis=0), rtol=1e-8)
        np.testing.assert_allclose(interval.standard_error, values.std(axis=0, ddof=1), rtol=1e-8)
    np.testing.assert_array_equal(model.means, before)


def test_errors_of_clusters_that_lie_apart_are_those_of_the_textbook():
    x = clusters()
    model = EMGMM(2, 2, "diag", seed=0, dtype="float64")
    own = np.repeat(np.eye(2), [100, 200], axis=0)
    model.assign(em.m_step(tf.constant(x), tf.constant(own), "diag"))
    # With weights, as the resamples have them, so that both share what is compiled.
    fit_em(model, x, sample_weight=np.ones(300))
    found = bootstrap(model, x, n=200, seed=0)
    count = 300 * np.array(model.mixing_weights)[:, None]
    variance = np.diagonal(model.covariances, axis1=1, axis2=2)
    np.testing.assert_allclose(found.means.standard_error, np.sqrt(variance / count), rtol=0.2)
    np.testing.assert_allclose(found.mixing_weights.standard_error, np.sqrt(2 / 9 / 300), rtol=0.2)
    for parameter in (found.mixing_weights, found.means, found.covariances):
        assert np.all(parameter.lower <= parameter.estimate) and np.all(parameter.estimate <= parameter.upper)
    assert "component 1: weight" in repr(found) and "95%" in repr(found)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_components_are_matched(order):
    shared = np.random.default_rng(0).random((3, 3)) + 2 * np.eye(3)
    assert list(matching(shared[:, np.argsort(order)])) == list(order)


def test_the_same_seed_gives_the_same_intervals_with_missing_values():
    x = clusters(60)
    x[::7, 1] = np.nan
    model = EMGMM(2, 2, "diag", seed=0)
    fit_em(model, x, missing=True, start="k-means++")
    runs = [bootstrap(model, x, n=3, seed=s, missing=True).means.lower for s in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_wrong_arguments_are_refused():
    model = EMGMM(1, 2)
    with pytest.raises(ValueError, match="fit it"):
        bootstrap(model, clusters(30))
    with pytest.raises(ValueError, match="n >= 2"):
        bootstrap(model, clusters(30), n=1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        bootstrap(model, clusters(30), level=95)
