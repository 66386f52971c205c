"""EM with missing values against loops over rows in NumPy, and against what it is for."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from kinds import kinds
from scipy import stats

from gmm_tf import EMGMM, em, fit_em, missing, mixture, patterns
from gmm_tf.covariance import KINDS

K, D, N = 2, 3, 60


def with_holes(x, share, rng):
    """x with a share of its values missing at random; every row keeps one."""
    holes = rng.random(x.shape) < share
    holes[np.arange(len(x)), rng.integers(x.shape[1], size=len(x))] = False
    return np.where(holes, np.nan, x)


def two_clusters(seed=0, n=N):
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(2, D, D))
    z = rng.integers(2, size=n)
    x = np.einsum("nij,nj->ni", mixing[z], rng.normal(size=(n, D))) + 3 * z[:, None] + [0, 100, -5]
    return with_holes(x, 0.3, rng)


def model_near(x, kind, dtype="float64"):
    model = EMGMM(K, D, kind, seed=0, dtype=dtype)
    rng = np.random.default_rng(1)
    small = 0.1 * rng.normal(size=model.scale.shape)
    means = np.nanmean(x, axis=0) + rng.normal(size=(K, D))
    model.assign(mixture.normal_mixture(rng.normal(size=K), means, small))
    return model


def log_joint(row, pi, mu, sigma):
    here = ~np.isnan(row)
    return np.array(
        [
            np.log(p) + stats.multivariate_normal.logpdf(row[here], m[here], s[np.ix_(here, here)])
            for p, m, s in zip(pi, mu, sigma, strict=True)
        ]
    )


def sums(x, pi, mu, sigma):
    """(log-likelihood, sums of r [K], r x [K, D], r x x^T) row by row (Ghahramani & Jordan 1994)."""
    k, dim = mu.shape
    total, n, first, second = 0.0, np.zeros(k), np.zeros((k, dim)), np.zeros((k, dim, dim))
    for row in x:
        here, joint = ~np.isnan(row), log_joint(row, pi, mu, sigma)
        total += np.logaddexp.reduce(joint)
        r = np.exp(joint - np.logaddexp.reduce(joint))
        for k in range(len(mu)):
            gain = sigma[k][:, here] @ np.linalg.inv(sigma[k][np.ix_(here, here)])
            mean = mu[k] + gain @ (row - mu[k])[here]
            rest = sigma[k] - gain @ sigma[k][here]
            n[k] += r[k]
            first[k] += r[k] * mean
            second[k] += r[k] * (np.outer(mean, mean) + rest)
    return total, n, first, second


def step(x, pi, mu, sigma, kind):
    """One EM step row by row -> (log-likelihood, pi, mu, sigma)."""
    total, n, first, second = sums(x, pi, mu, sigma)
    mu = first / n[:, None]
    sigma = second / n[:, None, None] - np.einsum("ki,kj->kij", mu, mu)
    if kind == "tied":
        sigma = np.repeat(np.einsum("k,kij->ij", n / n.sum(), sigma)[None], K, axis=0)
    elif kind != "full":
        sigma *= np.eye(D)
    if kind == "spherical":
        sigma = np.eye(D) * np.trace(sigma, axis1=1, axis2=2)[:, None, None] / D
    return total, n / n.sum(), mu, sigma


def as_blocks(x):
    """(blocks, what is observed of them, weights of the rows)."""
    found = patterns.patterns_of(x)
    return [tf.constant(value.astype(float)) for value in (found.take(x), found.observed, found.rows >= 0)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_equals_loops_over_rows(kind):
    x = two_clusters() - [0, 100, 0]
    model, (blocks, observed, weights) = model_near(x, kind), as_blocks(x)
    state = model.mixing_weights.numpy(), model.means.numpy(), model.covariances.numpy()
    joint = [log_joint(row, *state) for row in x]
    np.testing.assert_allclose(model.log_prob(x, missing=True), np.logaddexp.reduce(joint, axis=1), rtol=1e-8)
    statistics = missing.e_step(blocks, observed, model.mixture, weights)
    total, *state = step(x, *state, kind)
    np.testing.assert_allclose(statistics.log_likelihood, total, rtol=1e-10)
    model.assign(em.update(statistics, model.mixture))
    got = model.mixing_weights, model.means, model.covariances
    for value, want in zip(got, state, strict=True):
        np.testing.assert_allclose(value, want, rtol=1e-8, atol=1e-9)


@kinds("tied", "diag", "spherical")  # whose steps are compared above
def test_steps_equal_loops_over_rows(kind):
    x = two_clusters() - [0, 100, 0]
    model = model_near(x, kind)
    state, trace = (model.mixing_weights, model.means.numpy(), model.covariances.numpy()), []
    for _ in range(3):
        value, *state = step(x, *state, kind)
        trace.append(value / N)
    result = fit_em(model, x, max_steps=3, tol=0, missing=True)
    np.testing.assert_allclose(result.trace, trace, rtol=1e-10)
    got = model.mixing_weights, model.means, model.covariances
    for value, want in zip(got, state, strict=True):
        np.testing.assert_allclose(value, want, rtol=1e-8, atol=1e-9)
    want = [np.logaddexp.reduce(log_joint(row, *state)) for row in x]
    np.testing.assert_allclose(model.log_prob(x, missing=True), want, rtol=1e-8)
    np.testing.assert_allclose(result.log_likelihood, np.mean(want), rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_products_of_the_blocks_give_the_same_statistics(kind):
    x = two_clusters() - [0, 100, 0]
    theta, (blocks, observed, weights) = model_near(x, kind).mixture, as_blocks(x)
    one, other = (missing.e_step(blocks, observed, theta, weights, 0.5, c) for c in (True, False))
    for value, want in zip(other, one, strict=True):
        np.testing.assert_allclose(value, want, rtol=1e-10, atol=1e-10)


@kinds("tied", "diag", "spherical")
def test_the_likelihood_never_falls(kind):
    x = two_clusters()
    result = fit_em(model_near(x, kind, "float32"), x, max_steps=100, tol=0, missing=True)
    assert np.diff(result.trace).min() > -1e-10
    assert result.trace[-1] > result.trace[0] + 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_imputed_values_are_conditional_means(kind):
    x = two_clusters()
    model = model_near(x, kind)
    filled = model.impute(x)
    np.testing.assert_array_equal(filled[~np.isnan(x)], x[~np.isnan(x)])
    observed = ~np.isnan(x)
    for here in np.unique(observed, axis=0):
        if not here.all():
            rows = (observed == here).all(axis=1)
            want = model.predict_from(x[rows][:, here], np.flatnonzero(here))
            np.testing.assert_allclose(filled[rows][:, ~here], want, rtol=1e-9)


@pytest.mark.usefixtures("uncompiled")
def test_nothing_missing_is_the_same_fit():
    x = np.random.default_rng(0).normal(size=(300, 2))
    fits = [EMGMM(3, 2, "full", seed=0, dtype="float64") for _ in range(2)]
    one, other = (
        fit_em(model, x, max_steps=5, start="random", missing=missing)
        for model, missing in zip(fits, (False, True), strict=True)
    )
    np.testing.assert_array_equal(one.trace, other.trace)


@pytest.mark.usefixtures("uncompiled")
def test_rows_without_values_and_weights_of_zero_say_nothing():
    x, rng = two_clusters(), np.random.default_rng(3)
    more = np.concatenate([x, np.full((5, D), np.nan), rng.normal(size=(4, D))])
    counts = np.concatenate([rng.integers(1, 4, size=N), np.ones(5), np.zeros(4)])
    one, other = (model_near(x, "diag") for _ in range(2))
    fit_em(one, more, max_steps=5, tol=0, sample_weight=counts, missing=True)
    fit_em(other, np.repeat(x, counts[:N].astype(int), axis=0), max_steps=5, tol=0, missing=True)
    np.testing.assert_allclose(one.covariances, other.covariances, rtol=1e-8)
    mean = one.mixing_weights.numpy() @ one.means.numpy()
    np.testing.assert_allclose(one.impute(more)[N], mean, rtol=1e-12)


@pytest.mark.usefixtures("uncompiled")
def test_missing_values_of_pandas_are_taken():
    frame = pd.DataFrame({"a": [1, None, 3, 5], "b": [2.0, 1.0, np.nan, 4.0]}).convert_dtypes()
    model = EMGMM(1, 2, "diag", dtype="float64")
    fit_em(model, frame, max_steps=5, missing=True, start="weights")
    values = model.impute(frame)
    assert np.isfinite(values).all() and values[0].tolist() == [1.0, 2.0]


def test_refusals_name_the_remedy():
    model = EMGMM(1, 2)
    with pytest.raises(ValueError, match="missing=True"):
        fit_em(model, [[1.0, np.nan], [0.0, 1.0]])
    with pytest.raises(ValueError, match="drop that column"):
        fit_em(model, [[1.0, np.nan], [0.0, np.nan]], missing=True)
    with pytest.raises(ValueError, match="infinite"):
        fit_em(model, [[1.0, np.inf], [0.0, np.nan]], missing=True)
    with pytest.raises(ValueError, match="use restarts"):
        fit_em(model, [[1.0, 2.0], [0.0, np.nan]], missing=True, reseed=True)


def error_of_means(model, truth):
    """Root mean squared error, of the order of the components that fits best."""
    means = model.means.numpy()
    return min(
        np.sqrt(np.mean((means[order] - truth) ** 2))
        for order in ([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0])
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["full", "diag"])
def test_it_is_worth_more_than_dropping_rows(kind):
    """20 % missing at random in 5 columns leave a third of the rows complete."""
    errors = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth = 2.5 * rng.normal(size=(3, 5))
        z = rng.integers(3, size=600)
        correlate = np.eye(5) + 0.5 * rng.normal(size=(3, 5, 5)) * (kind == "full")
        x = truth[z] + np.einsum("nij,nj->ni", correlate[z], rng.normal(size=(600, 5)))
        x = np.where(rng.random(x.shape) < 0.2, np.nan, x)
        models = [EMGMM(3, 5, kind, seed=seed, dtype="float64") for _ in range(2)]
        fit_em(models[0], x, missing=True)
        fit_em(models[1], x[~np.isnan(x).any(axis=1)])
        errors.append([error_of_means(model, truth) for model in models])
    ours, dropping = np.mean(errors, axis=0)
    print(kind, ours, dropping, ours / dropping)
    assert ours <= 0.7 * dropping
