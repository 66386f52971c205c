"""What a fit says it found: likelihood, convergence, collapsed and empty components; the floor."""

import itertools
import warnings

import numpy as np
import pytest
import tensorflow as tf
from kinds import kinds
from scipy import stats

from gmm_tf import EMGMM, GMM, DegenerateFitWarning, FitResult, covariance, em, fit_em, fit_gradient
from gmm_tf import mixture as mx
from gmm_tf.result import degenerate, warn_if_rounded
from gmm_tf.search import Found

RNG = np.random.default_rng(0)
TWO = np.concatenate([RNG.normal(-3, 1, (300, 2)), RNG.normal(3, 1, (300, 2))])
BOTH_DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


def column_of(values):
    x = TWO.copy()
    x[:, 1] = values
    return x


DEGENERATE = {
    "half equal rows": (np.concatenate([TWO[:300], np.zeros((300, 2))]), 2),
    "constant column": (column_of(7.1), 2),
    "binary column": (column_of(TWO[:, 0] > 0), 2),
    "collinear": (column_of(2 * TWO[:, 0]), 2),
    "three points": (np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.5]]), 2),
    "as many as components": (TWO[:4], 4),
    "outlier": (np.concatenate([TWO, [[1e8, 1e8]]]), 3),
}
# Each is of another size, which is compiled for seconds.
OF_OTHER_SIZES = ("three points", "as many as components", "outlier")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in OF_OTHER_SIZES)) for name in DEGENERATE]
)
def test_a_degenerate_fit_warns_once_and_names_the_components(name):
    x, k = DEGENERATE[name]
    model = EMGMM(k, 2, "full", seed=0)
    with pytest.warns(DegenerateFitWarning, match=r"collapsed: \d.*Try fewer components.*prior=") as caught:
        result = fit_em(model, x)
    assert len(caught) == 1
    assert "collapsed" in str(result) and np.isfinite(result.log_likelihood)
    # In units of the data's spread, those components have a direction without variance, the others not.
    unit = np.where(em.spread(x) > 0, em.spread(x), 1.0)
    matrices = mx.covariances(mx.cast(model.mixture, tf.float64)) / np.outer(unit, unit)
    narrow = np.linalg.eigvalsh(matrices).min(axis=1) < 1e-5
    assert set(result.collapsed) == set(np.flatnonzero(narrow))


@pytest.mark.parametrize("kind", covariance.KINDS)
def test_components_at_the_floor_are_collapsed_whatever_their_kind(kind):
    """Of three, the second is at the floor in one direction, and the third is empty."""
    logits, means, floor = [0.0, 0.0, -30.0], np.zeros((3, 2)), np.full(2, 1e-4)
    scale = np.zeros(covariance.scale_shape(3, 2, kind))
    assert degenerate(mx.normal_mixture(logits, means, scale), floor, 100) == ((), (2,))
    shared = len(scale) == 1
    scale[0 if shared else 1, *[-1] * (scale.ndim - 1)] = 0.5 * np.log(1e-4)
    found = degenerate(mx.normal_mixture(logits, means, scale), floor, 100)
    assert found == ((0, 1) if shared else (1,), (2,))


def test_the_floor_is_named_where_it_set_a_variance_and_lowering_it_helps():
    """Two sound clusters that are 1e5 standard deviations apart."""
    x = np.concatenate([TWO[:300], TWO[300:] + 1e5])
    with pytest.warns(DegenerateFitWarning, match="collapsed: 0, 1.*less than 0.0001 of .*below 1e-08"):
        fit_em(EMGMM(2, 2, seed=0, dtype="float64"), x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = EMGMM(2, 2, seed=0, dtype="float64", variance_floor=1e-12)
        fit_em(model, x)
    variances = np.var([TWO[:300], TWO[300:]], axis=1)
    order = np.argsort(model.means.numpy()[:, 0])
    np.testing.assert_allclose(np.exp(2 * model.lsigmas.numpy())[order], variances, rtol=1e-6)


# What other tests here compile. test_sklearn.py has fits of every kind in float64.
QUICK = (("full", "float32"), ("diag", "float32"), ("diag", "float64"))


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        pytest.param(*one, marks=[pytest.mark.slow] * (one not in QUICK))
        for one in itertools.product(covariance.KINDS, ("float32", "float64"))
    ],
)
def test_a_sound_fit_is_silent_and_knows_its_likelihood(kind, dtype):
    model = EMGMM(2, 2, kind, seed=0, dtype=dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = fit_em(model, TWO)
    assert result.converged and (result.collapsed, result.empty) == ((), ())
    pi, mu, matrices = np.exp(model.mixture.log_pi), model.means.numpy(), mx.covariances(model.mixture)
    density = sum(
        p * stats.multivariate_normal(m, c).pdf(TWO) for p, m, c in zip(pi, mu, matrices.numpy(), strict=True)
    )
    assert np.isclose(result.log_likelihood, np.log(density).mean(), rtol=1e-6)
    assert result.log_likelihood >= result.trace[-1] - 1e-7


def test_the_result_of_a_gradient_fit_knows_its_likelihood():
    model = GMM(2, 2, seed=0)
    result = fit_gradient(model, TWO, 500)
    assert np.isclose(result.log_likelihood, np.mean(model.log_prob(TWO)), rtol=1e-6)
    assert result.converged
    model.means.assign_add([[5.0, 0.0], [0.0, 5.0]])
    assert not fit_gradient(model, TWO, 20).converged


def test_an_empty_component_is_named():
    model = EMGMM(2, 2, seed=0)
    model.means.assign([[0.0, 0.0], [1e3, 1e3]])
    with pytest.warns(DegenerateFitWarning, match="empty: 1") as caught:
        result = fit_em(model, TWO)
    assert (result.collapsed, result.empty) == ((), (1,))
    assert "variance_floor" not in str(caught[0].message)


def test_a_result_prints_as_one_line():
    result = FitResult(np.zeros(3), 3, "tol", -4.15538, True)
    assert str(result) == repr(result) == "FitResult: converged after 3 steps, mean log-likelihood -4.15538"
    bad = FitResult(np.zeros(1), 1, "max_steps", collapsed=(0, 2), empty=(1,))
    assert str(bad) == "FitResult: not converged after 1 step; collapsed: 0, 2; empty: 1"


def test_the_best_of_several_runs_is_sound_if_any_is():
    def run(log_likelihood, **bad):
        result = FitResult(np.zeros(1), 1, "tol", log_likelihood, True, **bad)
        return Found(None, result, log_likelihood)

    sound, better = run(-3.0), run(-2.9)
    collapsed, empty = run(9.0, collapsed=(1,)), run(-1.0, empty=(2,))
    both = run(99.0, collapsed=(0,), empty=(1,))
    order = sorted([sound, both, collapsed, better, empty], key=lambda found: found.merit)
    assert order == [both, empty, collapsed, sound, better]


@pytest.mark.parametrize("fit", [fit_em, fit_gradient, lambda model, x: model.fit(x, verbose=0)])
def test_more_components_than_rows_are_refused(fit):
    with pytest.raises(ValueError, match="at least as many observations as components, got 4 for k = 5"):
        fit(GMM(5, 2) if fit is fit_gradient else EMGMM(5, 2), TWO[:4])


@BOTH_DTYPES
def test_a_converged_fit_says_so_again_within_few_steps(dtype):
    model = EMGMM(2, 2, "diag", seed=0, dtype=dtype)
    assert fit_em(model, TWO, max_steps=10).converged
    for max_steps in (1, 2, 3, 10):
        assert fit_em(model, TWO, max_steps).stopped_by == "tol"
    assert fit_em(model, TWO).steps <= 10


@pytest.mark.parametrize("max_steps", [1, 2, 7])
def test_tol_works_across_warm_starts(max_steps):
    model = EMGMM(2, 2, "full", seed=0)
    model.means.assign([[-1.0, 0.0], [1.0, 0.0]])
    results = [fit_em(model, TWO, max_steps)]
    while not results[-1].converged and len(results) < 100:
        results.append(fit_em(model, TWO, max_steps))
    assert len(results) < 100
    assert np.isclose(results[-1].log_likelihood, fit_em(model, TWO, 50, tol=0).log_likelihood, atol=1e-5)


@kinds("full", "tied", "spherical")
def test_the_floor_does_not_bias_a_sound_fit(kind):
    models = [EMGMM(2, 2, kind, seed=0, dtype="float64", variance_floor=floor) for floor in (1e-8, 0.0)]
    for model in models:
        fit_em(model, TWO * [1.0, 1e6], 30, tol=0)
    for left, right in zip(*(model.mixture for model in models), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-12, atol=1e-12)


def test_the_spread_is_robust():
    x = np.random.default_rng(0).normal(5, 3, size=(2001, 1))
    quartiles = np.quantile(x, [0.25, 0.75])
    assert np.isclose(em.spread(x)[0], min(x.std(), np.ptp(quartiles) / 1.349), rtol=1e-3)
    outlier = np.append(x, [[1e8]], axis=0)
    assert np.isclose(em.spread(outlier)[0], em.spread(x)[0], rtol=0.01)
    rare = (np.arange(1000) % 20 == 0).astype(float)
    table = np.stack([rare, np.append(rare[1:], 1e8), np.full(1000, 0.1), np.arange(1000) % 2], axis=1)
    spread = em.spread(table)
    assert spread[2] == 0 and np.all(spread[[0, 1, 3]] > 0.1) and np.all(spread < 1)


@pytest.mark.usefixtures("uncompiled")
def test_means_that_float32_rounds_are_told():
    rng = np.random.default_rng(0)
    far = 1.7e9 + 10 * rng.normal(size=(50, 1))
    with pytest.warns(RuntimeWarning, match="dtype='float64'"):
        fit_em(EMGMM(1, seed=0), far, 1, start="random")
    sigma = [[np.log(10.0)]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for dtype, mean in (("float64", 1.7e9), ("float32", 1e4)):
            warn_if_rounded(mx.cast(mx.normal_mixture([0.0], [[mean]], sigma), dtype), ((), ()))


def test_nothing_is_degenerate_where_training_diverged():
    theta = mx.normal_mixture([0.0, 0.0], [[np.nan], [0.0]], [[0.0], [0.0]])
    assert degenerate(theta, np.ones(1), 9) == ((), ())
