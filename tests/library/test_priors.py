"""EM with a conjugate prior against loops in NumPy, SciPy's densities, and what a maximum is.

`test_mclust.py` compares whole fits with R's mclust.
"""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from kinds import kinds
from scipy import stats
from test_missing import D, K, N, model_near, sums, two_clusters

from gmm_tf import EMGMM, Prior, bootstrap, default_prior, em, fit_em, mixture, priors, select_components
from gmm_tf.covariance import KINDS

EVERY_KIND = pytest.mark.parametrize("kind", KINDS)


def complete_clusters():
    rng = np.random.default_rng(2)
    return np.concatenate([rng.normal(size=(35, D)) @ rng.normal(size=(D, D)), 3 + rng.normal(size=(25, D))])


def some_prior(kind, shrinkage=0.3):
    """One whose every number matters."""
    scale = {"diag": [1.0, 2.0, 0.5], "spherical": 1.5}.get(kind, [[2, 0.3, 0], [0.3, 1, -0.2], [0, -0.2, 1]])
    return Prior(np.array([1.0, -2.0, 0.5]), shrinkage, D + 2.5, np.array(scale))


def log_prior(mu, sigma, prior, kind):
    """Log-density by SciPy of means [K, D] and covariances [K, D, D]."""
    total = 0.0
    for k, (m, s) in enumerate(zip(mu, sigma, strict=True)):
        if prior.shrinkage:
            total += stats.multivariate_normal.logpdf(m, prior.mean, s / prior.shrinkage)
        if kind == "full" or (kind == "tied" and k == 0):
            total += stats.invwishart.logpdf(s, prior.dof, prior.scale)
        elif kind == "diag":
            total += stats.invgamma.logpdf(np.diag(s), prior.dof / 2, scale=prior.scale / 2).sum()
        elif kind == "spherical":
            total += stats.invgamma.logpdf(s[0, 0], prior.dof / 2, scale=prior.scale / 2)
    return total


def map_m_step(n, first, second, prior, kind):
    """Means and covariances of sums of r, r x, r x x^T (Fraley & Raftery 2007, tables 1 and 2)."""
    kappa, has_mean = prior.shrinkage, prior.shrinkage > 0
    mu, scatter = np.empty_like(first), np.empty_like(second)
    for k in range(len(n)):
        own = first[k] / n[k]
        mu[k] = (n[k] * own + kappa * prior.mean) / (n[k] + kappa)
        within = second[k] - n[k] * np.outer(own, own)
        apart = own - prior.mean
        scatter[k] = within + kappa * n[k] / (kappa + n[k]) * np.outer(apart, apart)
    if kind == "full":
        sigma = (scatter + prior.scale) / (prior.dof + n + D + 1 + has_mean)[:, None, None]
    elif kind == "tied":
        pooled = (scatter.sum(axis=0) + prior.scale) / (prior.dof + n.sum() + D + 1 + len(n) * has_mean)
        sigma = np.repeat(pooled[None], len(n), axis=0)
    elif kind == "diag":
        sigma = (scatter + np.diag(prior.scale)) * np.eye(D) / (prior.dof + n + 2 + has_mean)[:, None, None]
    else:
        traces = np.trace(scatter, axis1=1, axis2=2)
        variance = (traces + prior.scale) / (prior.dof + (n + has_mean) * D + 2)
        sigma = variance[:, None, None] * np.eye(D)
    return mu, sigma


def tensors(prior, kind):
    return priors.moved(priors.checked(prior, D, kind), np.zeros(D), np.ones(D))


# The formulas of each kind are tested below.
@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        *(
            pytest.param(kind, False, marks=[pytest.mark.slow] * (kind in ("tied", "spherical")))
            for kind in KINDS
        ),
        pytest.param("tied", True, marks=pytest.mark.slow),
        ("diag", True),
    ],
)
def test_steps_equal_loops_over_rows(request, kind, missing):
    if missing:  # other tests here share the compiled steps without missing values
        request.getfixturevalue("uncompiled")
    x, prior = two_clusters() - [0, 100, 0] if missing else complete_clusters(), some_prior(kind)
    model = model_near(x, kind)
    pi, mu, sigma = model.mixing_weights.numpy(), model.means.numpy(), model.covariances.numpy()
    trace = []
    for _ in range(3):
        total, n, first, second = sums(x, pi, mu, sigma)
        trace.append((total + log_prior(mu, sigma, prior, kind)) / N)
        pi, (mu, sigma) = n / n.sum(), map_m_step(n, first, second, prior, kind)
    result = fit_em(model, x, max_steps=3, tol=0, missing=missing, prior=prior)
    np.testing.assert_allclose(result.trace, trace, rtol=1e-10)
    np.testing.assert_allclose(result.log_likelihood, sums(x, pi, mu, sigma)[0] / N, rtol=1e-9)
    np.testing.assert_allclose(model.mixing_weights, pi, rtol=1e-9)
    np.testing.assert_allclose(model.means, mu, rtol=1e-8)
    # XLA's eigenvectors are good to 1e-9.
    np.testing.assert_allclose(model.covariances, sigma, rtol=1e-8, atol=1e-8)


@EVERY_KIND
@pytest.mark.parametrize("shrinkage", [0.0, 0.3])
def test_the_m_step_and_the_density_equal_the_formulas(kind, shrinkage):
    x, prior = complete_clusters(), some_prior(kind, shrinkage)
    r = np.random.default_rng(0).dirichlet(np.ones(K), size=N)
    found = em.m_step(tf.constant(x), tf.constant(r), kind, prior=tensors(prior, kind))
    mu, sigma = map_m_step(r.sum(axis=0), r.T @ x, np.einsum("nk,ni,nj->kij", r, x, x), prior, kind)
    np.testing.assert_allclose(found.mu, mu, rtol=1e-12)
    np.testing.assert_allclose(mixture.covariances(found), sigma, rtol=1e-10, atol=1e-10)
    density = priors.log_density(found, priors.checked(prior, D, kind))
    np.testing.assert_allclose(density, log_prior(mu, sigma, prior, kind), rtol=1e-10)


@EVERY_KIND
def test_the_m_step_is_a_maximum(kind):
    """Of the expected log joint plus the log prior density, over means and roots of covariances."""
    rng = np.random.default_rng(0)
    x, r = complete_clusters(), rng.dirichlet(np.ones(K), size=N)
    prior = some_prior(kind)
    found = em.m_step(tf.constant(x), tf.constant(r), kind, prior=tensors(prior, kind))

    def value(vector):
        theta = mixture.Mixture(found.log_pi, vector[: K * D].reshape(K, D), vector[K * D :].reshape(shape))
        theta = mixture.normal_mixture(*theta)
        mu, sigma = theta.mu.numpy(), mixture.covariances(theta).numpy()
        fit = sum(r[:, k] @ stats.multivariate_normal.logpdf(x, mu[k], sigma[k]) for k in range(K))
        return fit + log_prior(mu, sigma, prior, kind)

    shape = found.scale.shape
    best = np.concatenate([np.ravel(found.mu), np.ravel(found.scale)])
    slopes = [(value(best + step) - value(best - step)) / 2e-5 for step in 1e-5 * np.eye(best.size)]
    # A parameter that is off by 1e-5 shows: second derivatives are above 1.
    np.testing.assert_allclose(slopes, 0, atol=1e-5)
    top = value(best)
    for size in (0.01, 0.1):
        assert all(value(best + size * rng.normal(size=best.size)) < top for _ in range(5))


def check_that_the_penalised_objective_never_falls(seed, of, shrinkage, offset):
    kind, dtype = of
    x = np.random.default_rng(seed).standard_t(3, size=(N, D)) * [1.0, 30.0, 0.1] + offset
    prior = default_prior(x, K, kind)._replace(shrinkage=shrinkage)
    model = EMGMM(K, D, kind, seed=seed, dtype=dtype)
    result = fit_em(model, x, max_steps=40, tol=0, start="random", prior=prior)
    # float32 rounds the parameters, which without a prior costs up to 3e-6 here.
    assert np.diff(result.trace).min() > (-1e-12 if dtype == "float64" else -5e-6)


SHRINKAGES, OFFSETS = st.sampled_from([0.0, 0.01, 5.0]), st.sampled_from([0.0, 1e4])


@settings(max_examples=15)
@given(
    st.integers(0, 10_000), st.sampled_from([("full", "float64"), ("diag", "float64")]), SHRINKAGES, OFFSETS
)
def test_the_penalised_objective_never_falls(seed, of, shrinkage, offset):
    check_that_the_penalised_objective_never_falls(seed, of, shrinkage, offset)


EVERY_KIND_AND_DTYPE = [*((kind, "float64") for kind in KINDS), ("full", "float32"), ("diag", "float32")]


@pytest.mark.slow
@given(st.integers(0, 10_000), st.sampled_from(EVERY_KIND_AND_DTYPE), SHRINKAGES, OFFSETS)
def test_the_penalised_objective_never_falls_for_any_kind(seed, of, shrinkage, offset):
    check_that_the_penalised_objective_never_falls(seed, of, shrinkage, offset)


@EVERY_KIND
def test_against_many_observations_a_prior_is_nothing(kind):
    x, r = tf.constant(complete_clusters()), np.random.default_rng(0).dirichlet(np.ones(K), size=N)
    many, prior = tf.constant(1e9 * r), tensors(some_prior(kind), kind)
    with_prior, without = em.m_step(x, many, kind, prior=prior), em.m_step(x, many, kind)
    for one, other in zip(with_prior, without, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-8)


@kinds("tied", "spherical")
def test_the_default_prior_follows_the_units(kind):
    """And so does a fit with it; that of variances has one scale, and so one unit, as in mclust."""
    x = complete_clusters()
    unit = np.array([2.0, 0.1, 50.0]) if kind in ("full", "tied") else np.full(D, 50.0)
    offset, models, traces = np.array([3.0, -1e3, 7.0]), [], []
    for rows in (x, x * unit + offset):
        model = model_near(x, kind)
        if rows is not x:
            model.assign(mixture.moved(model.mixture, offset, unit))
        traces.append(fit_em(model, rows, max_steps=20, tol=0, prior="default").trace)
        models.append(model)
    moved = mixture.moved(models[0].mixture, offset, unit)
    np.testing.assert_allclose(models[1].means, moved.mu, rtol=1e-8)
    np.testing.assert_allclose(models[1].scale, moved.scale, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(np.diff(traces[1]), np.diff(traces[0]), atol=1e-10)


def test_an_empty_component_is_at_the_mode_of_the_prior():
    x, prior = complete_clusters(), some_prior("full")
    model = model_near(x, "full")
    model.means.assign([np.zeros(D), np.full(D, 1e4)])
    with pytest.warns(match="empty") as caught:
        fit_em(model, x, max_steps=1, start="weights", prior=prior)
    # A remedy that was tried is none.
    assert not any("prior=" in str(each.message) for each in caught)
    np.testing.assert_allclose(model.means[1], prior.mean, rtol=1e-12)
    np.testing.assert_allclose(model.covariances[1], prior.scale / (prior.dof + D + 2), atol=1e-9)


@EVERY_KIND
def test_absent_components_change_neither_the_step_nor_the_density(kind):
    """Nor does the prior count for them."""
    x, prior = complete_clusters(), tensors(some_prior(kind), kind)
    theta = model_near(x, kind).mixture
    wide = mixture.padded(theta, 5, kind)
    one, other = (em.update(em.e_step(mixture.to_blocks(x), t), t, prior=prior) for t in (theta, wide))
    for value, want in zip(mixture.first_components(other, K), one, strict=True):
        np.testing.assert_allclose(value, want, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(priors.log_kernel(wide, prior), priors.log_kernel(theta, prior), rtol=1e-12)


@pytest.mark.slow  # two more compilations; the test before has the sums
def test_a_wider_compilation_gives_the_same_fit():
    """Of "tied", whose prior does not count for absent components."""
    x, traces = complete_clusters(), []
    for width in (None, 5):
        model = model_near(x, "tied")
        traces.append(fit_em(model, x, max_steps=10, tol=0, width=width, prior="default").trace)
    np.testing.assert_allclose(traces[1], traces[0], rtol=1e-12)


def test_counts_stand_for_repeated_rows():
    x, counts = two_clusters(), np.random.default_rng(0).integers(1, 4, size=N)
    for kind in KINDS:
        one = default_prior(x, K, kind, counts)
        other = default_prior(np.repeat(x, counts, axis=0), K, kind)
        for value, want in zip(one, other, strict=True):
            np.testing.assert_allclose(value, want, rtol=1e-12)


def test_few_rows_and_missing_values_leave_a_diagonal_scale():
    rng = np.random.default_rng(0)
    few, holed = rng.normal(size=(3, 3)), two_clusters()
    for x in (few, holed):
        want = np.diag(np.nanvar(x, axis=0, ddof=1)) * 4 ** (-2 / 3)
        np.testing.assert_allclose(default_prior(x, 4, "full").scale, want, rtol=1e-12)


def test_selection_takes_a_prior():
    x = complete_clusters()
    chosen = select_components(x, [1, 2], "diag", restarts=1, seed=0, prior="default")
    for model in chosen.models:
        before = np.diagonal(model.covariances, axis1=1, axis2=2)
        fit_em(model, x, max_steps=1, prior="default", width=2)
        # From a fit without the prior, a step with it changes them by a tenth and more.
        np.testing.assert_allclose(np.diagonal(model.covariances, axis1=1, axis2=2), before, rtol=1e-2)


@pytest.mark.usefixtures("uncompiled")
def test_the_bootstrap_takes_a_prior():
    x = complete_clusters()
    without, found = (
        bootstrap(model_near(x, "diag"), x, n=2, seed=0, prior=prior, max_steps=3).replicates[2]
        for prior in (None, "default")
    )
    assert np.isfinite(found).all()
    changes = np.diagonal(found, axis1=2, axis2=3) / np.diagonal(without, axis1=2, axis2=3) - 1
    assert np.abs(changes).max() > 0.05


@pytest.mark.parametrize(
    ("kind", "prior", "words"),
    [
        ("full", "mclust", "'default' or a Prior"),
        ("full", Prior(np.zeros(2), 0.01, 5, np.eye(3)), "mean of 3"),
        ("full", Prior(np.zeros(3), -1, 5, np.eye(3)), "shrinkage >= 0"),
        ("tied", Prior(np.zeros(3), 0.01, 2, np.eye(3)), "dof > 2"),
        ("diag", Prior(np.zeros(3), 0.01, 0, 1.0), "dof > 0"),
        ("full", Prior(np.zeros(3), 0.01, 5, 1.0), r"scale of shape \[3, 3\]"),
        ("full", Prior(np.zeros(3), 0.01, 5, np.ones((3, 3))), "positive"),
        ("spherical", Prior(np.zeros(3), 0.01, 5, np.ones(3)), r"scale of shape \[1\]"),
        ("diag", Prior(np.zeros(3), 0.01, 5, -1.0), "positive"),
    ],
)
def test_priors_that_do_not_fit_are_refused(kind, prior, words):
    with pytest.raises(ValueError, match=words):
        fit_em(EMGMM(2, D, kind, seed=0), complete_clusters(), prior=prior)


def test_columns_that_do_not_vary_are_refused():
    x = complete_clusters()
    with pytest.raises(ValueError, match="column 1 with a single value"):
        default_prior(x * [1, 0, 1], 2)
    with pytest.raises(ValueError, match="drop columns"):
        default_prior(x[:, [0, 1, 1]], 2, "full")


@pytest.mark.slow
def test_no_start_of_many_components_on_few_rows_collapses():
    """60 rows, 8 full covariances in 4 dimensions: 200 starts of maximum likelihood mostly collapse."""
    x = np.random.default_rng(0).normal(size=(60, 4))
    collapsed = []
    for prior in ("default", None):
        found = 0
        for seed in range(200):
            model = EMGMM(8, 4, "full", seed=seed, dtype="float64")
            found += bool(fit_em(model, x, start="random", prior=prior).collapsed)
        collapsed.append(found)
    print("collapsed", collapsed)
    assert collapsed[0] == 0 < collapsed[1]
