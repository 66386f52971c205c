"""The same mixture here and in scikit-learn, and the estimator that is ours."""

import itertools
import pickle
import sys

import numpy as np
import pandas as pd
import pytest
from kinds import kinds
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import gmm_tf
import gmm_tf.sklearn as ours_module
from gmm_tf import EMGMM, GMM, fit_em, from_sklearn, select_components, to_sklearn
from gmm_tf.sklearn import GaussianMixture as Ours

rng = np.random.default_rng(0)
X = np.concatenate([rng.normal(size=(100, 2)), rng.normal(size=(200, 2)) * [0.3, 2] + [4, 1]])
each_kind = pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])  # scikit-learn's


@pytest.mark.parametrize(
    ("kind", "model_class"), [("full", GMM), ("tied", EMGMM), ("diag", GMM), ("spherical", EMGMM)]
)
def test_parameters_go_there_and_back(kind, model_class):
    theirs = GaussianMixture(3, covariance_type=kind, random_state=0).fit(X)
    ours = from_sklearn(theirs, model_class)
    np.testing.assert_allclose(ours.log_prob(X), theirs.score_samples(X), rtol=1e-10)
    np.testing.assert_allclose(ours.posterior(X), theirs.predict_proba(X), rtol=1e-8, atol=1e-12)
    assert np.isclose(ours.bic(X), theirs.bic(X)) and np.isclose(ours.aic(X), theirs.aic(X))
    back = to_sklearn(ours)
    np.testing.assert_allclose(back.score_samples(X), theirs.score_samples(X), rtol=1e-10)
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        np.testing.assert_allclose(getattr(back, name), getattr(theirs, name), rtol=1e-7, atol=1e-12)
    assert back.sample(5)[0].shape == (5, 2)


@pytest.mark.parametrize("name", ["to_sklearn", "from_sklearn"])
def test_without_scikit_learn_the_error_says_what_to_install(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.mixture", None)
    monkeypatch.delitem(sys.modules, "gmm_tf.sklearn")
    monkeypatch.delattr(gmm_tf, "sklearn")
    monkeypatch.delitem(vars(gmm_tf), name, raising=False)
    with pytest.raises(ImportError, match=r"pip install .gmm-tf\[sklearn\]"):
        getattr(gmm_tf, name)


@pytest.mark.usefixtures("uncompiled")
@each_kind
def test_em_agrees_with_scikit_learn_after_twenty_steps(kind):
    theirs = GaussianMixture(
        2, covariance_type=kind, tol=0.0, max_iter=1, reg_covar=0.0, init_params="random", random_state=1
    ).fit(X)
    ours = from_sklearn(theirs)
    theirs.set_params(max_iter=20, warm_start=True).fit(X)
    fit_em(ours, X, 20, tol=0)
    np.testing.assert_allclose(ours.log_prob(X), theirs.score_samples(X), rtol=1e-8)


def test_an_unfitted_estimator_is_refused():
    with pytest.raises(ValueError, match="fitted"):
        from_sklearn(GaussianMixture(2))


@pytest.mark.slow  # test_select.py compares with mclust
def test_the_number_of_components_is_found():
    chosen = select_components(X, range(1, 5), "full", restarts=2, seed=0)
    assert list(chosen.components) == [1, 2, 3, 4]
    assert chosen.best.k == 2
    assert np.all(np.diff(chosen.log_likelihood) > 0)
    theirs = [
        GaussianMixture(
            k, covariance_type="full", n_init=5, tol=1e-8, max_iter=1000, reg_covar=0, random_state=0
        )
        .fit(X)
        .bic(X)
        for k in (1, 2)
    ]
    np.testing.assert_allclose(chosen.bic[:2], theirs, rtol=1e-5)


def test_no_components_are_refused():
    with pytest.raises(ValueError, match="none"):
        select_components(X, [])


def assert_same_fit(ours, theirs):
    assert ours.n_iter_ == theirs.n_iter_ and ours.converged_ == theirs.converged_
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(ours.lower_bound_, theirs.lower_bound_, rtol=1e-10)
    if hasattr(theirs, "lower_bounds_"):  # from scikit-learn 1.7
        # The weights of its start need not sum to one, and its first bound is then off.
        np.testing.assert_allclose(ours.lower_bounds_[1:], theirs.lower_bounds_[1:], rtol=1e-8)


# The start is scikit-learn's, whatever the kind: `make test` has each start and each kind once.
INITS = {"full": "kmeans", "tied": "k-means++", "diag": "random", "spherical": "random_from_data"}


@pytest.mark.parametrize(
    ("kind", "init"),
    [
        pytest.param(kind, init, marks=[pytest.mark.slow] * (INITS[kind] != init))
        for kind, init in itertools.product(INITS, INITS.values())
    ],
)
def test_the_estimator_finds_what_scikit_learn_finds(kind, init):
    """Step by step, for the same random state and defaults."""
    options = {"covariance_type": kind, "init_params": init, "random_state": 3}
    ours, theirs = (each(3, **options).fit(X) for each in (Ours, GaussianMixture))
    assert_same_fit(ours, theirs)
    new = X[:20] + 1.0
    np.testing.assert_allclose(ours.predict_proba(new), theirs.predict_proba(new), rtol=1e-7, atol=1e-12)
    np.testing.assert_array_equal(ours.fit_predict(X), theirs.fit_predict(X))
    assert np.isclose(ours.bic(X), theirs.bic(X)) and ours.get_params() == theirs.get_params()
    for left, right in zip(ours.sample(10), theirs.sample(10), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-7)


def em_in_numpy(x, kind, start, steps):
    """scikit-learn's steps with centred second moments, which do not cancel: (means, covariances, bounds)."""
    weights, means, covariances = start.weights_, start.means_, from_sklearn(start).covariances.numpy()
    bounds = []
    for _ in range(steps):
        normals = zip(means, covariances, strict=True)
        joint = np.stack([multivariate_normal(m, c).logpdf(x) for m, c in normals], axis=1) + np.log(weights)
        log_px = logsumexp(joint, axis=1)
        bounds.append(log_px.mean())
        r = np.exp(joint - log_px[:, None])
        n = r.sum(axis=0)
        weights, means = n / len(x), r.T @ x / n[:, None]
        d = x - means[:, None]
        covariances = np.einsum("nk,kni,knj->kij", r, d, d) / n[:, None, None]
        if kind == "tied":
            covariances = np.broadcast_to(np.einsum("k,kij->ij", weights, covariances), covariances.shape)
        elif kind != "full":
            variances = np.diagonal(covariances, axis1=1, axis2=2)
            if kind == "spherical":
                variances = np.broadcast_to(variances.mean(axis=1, keepdims=True), variances.shape)
            covariances = np.array([*map(np.diag, variances)])
        covariances = covariances + start.reg_covar * np.eye(x.shape[1])
    return means, covariances, bounds


FAR = {
    "an outlier at 1e6": (3, np.r_[X, [[1e6, 1e6]]]),
    "an outlier at 1e8": (3, np.r_[X, [[1e8, 1e8]]]),
    "two clusters 1e6 apart": (2, np.r_[X[:100], X[:100] + 1e6]),
}


# What `make test` has: each data set, and each kind.
QUICK_FAR = {
    ("full", "an outlier at 1e6"),
    ("full", "an outlier at 1e8"),
    ("tied", "two clusters 1e6 apart"),
    ("diag", "an outlier at 1e6"),
    ("spherical", "an outlier at 1e8"),
}


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        pytest.param(*one, marks=[pytest.mark.slow] * (one not in QUICK_FAR))
        for one in itertools.product(INITS, FAR)
    ],
)
def test_scales_far_apart_do_not_ruin_the_estimator(kind, where):
    """The only regularisation is scikit-learn's: no floor relative to the variance of all data."""
    k, x = FAR[where]
    options = {"covariance_type": kind, "random_state": 0}
    ours = Ours(k, **options).fit(x)
    start = GaussianMixture(k, max_iter=0, **options).fit(x)
    means, covariances, bounds = em_in_numpy(x, kind, start, ours.n_iter_)
    np.testing.assert_allclose(ours.lower_bounds_[1:], bounds[1:], rtol=1e-6)
    np.testing.assert_allclose(ours.means_, means, rtol=1e-6, atol=1e-6)
    got = from_sklearn(ours).covariances
    np.testing.assert_allclose(got, covariances, rtol=1e-4, atol=1e-7)
    assert np.diff(ours.lower_bounds_).min() > -1e-9
    if kind == "full":  # scikit-learn's other kinds subtract squares, which cancel
        np.testing.assert_allclose(ours.score(X), GaussianMixture(k, **options).fit(x).score(X), rtol=1e-6)


@pytest.mark.parametrize("far", [1e4, 1e6, 1e7])
def test_one_component_of_scales_far_apart_is_scikit_learns(far):
    x = np.r_[X, [[far, far]]]
    ours, theirs = (each(1, random_state=0).fit(x) for each in (Ours, GaussianMixture))
    np.testing.assert_allclose(ours.score(X), theirs.score(X), rtol=1e-5)


@pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")
@kinds("tied", "diag", "spherical")
def test_the_best_of_several_starts_is_kept(kind):
    options = {"covariance_type": kind, "n_init": 4, "init_params": "random_from_data", "random_state": 0}
    options["max_iter"] = 10
    ours, theirs = (each(4, **options).fit(X) for each in (Ours, GaussianMixture))
    assert np.isclose(ours.lower_bound_, theirs.lower_bound_, rtol=1e-10)


@kinds("tied", "diag")
def test_compiled_steps_are_the_same(kind, monkeypatch):
    monkeypatch.setattr(ours_module, "UNCOMPILED", 0)
    ours, theirs = (each(2, covariance_type=kind, random_state=0).fit(X) for each in (Ours, GaussianMixture))
    assert_same_fit(ours, theirs)


@each_kind
def test_sample_weights_count_observations(kind):
    count = np.random.default_rng(1).integers(0, 3, size=len(X))
    options = {"covariance_type": kind, "random_state": 0, "max_iter": 4, "tol": 0, "init_params": "kmeans"}
    with pytest.warns(UserWarning, match="did not converge"):
        weighted = Ours(2, **options).fit(X, sample_weight=count)
        repeated = GaussianMixture(2, **options).fit(np.repeat(X, count, axis=0))
    order = np.argsort(weighted.means_[:, 0]), np.argsort(repeated.means_[:, 0])
    np.testing.assert_allclose(weighted.means_[order[0]], repeated.means_[order[1]], rtol=1e-6)
    np.testing.assert_allclose(weighted.lower_bound_, repeated.lower_bound_, rtol=1e-6)
    with pytest.raises(ValueError, match="positive sample_weight|non-zero"):
        Ours(2).fit(X, sample_weight=np.zeros(len(X)))
    with pytest.raises(ValueError, match="egative"):
        Ours(2).fit(X, sample_weight=-np.ones(len(X)))


def test_a_start_needs_only_a_part_of_the_data(monkeypatch):
    monkeypatch.setattr(ours_module, "GLANCE", 60)
    options = {"tol": 1e-9, "max_iter": 500, "random_state": 0}
    ours, theirs = (each(2, **options).fit(X) for each in (Ours, GaussianMixture))
    assert np.isclose(ours.lower_bound_, theirs.lower_bound_, rtol=1e-6)


def test_the_estimator_works_where_scikit_learns_estimators_do():
    frame = pd.DataFrame(X, columns=["a", "b"])
    pipeline = make_pipeline(StandardScaler(), Ours(random_state=0))
    names = "gaussianmixture__n_components", "gaussianmixture__covariance_type"
    grid = [{names[0]: [k], names[1]: [kind]} for k, kind in ((1, "full"), (2, "diag"))]
    search = GridSearchCV(pipeline, grid, cv=2).fit(frame)
    theirs = make_pipeline(StandardScaler(), GaussianMixture(random_state=0))
    expected = GridSearchCV(theirs, grid, cv=2).fit(frame)
    assert search.best_params_ == expected.best_params_
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"])
    fitted = search.best_estimator_[-1]
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).means_, fitted.means_)
    assert not hasattr(clone(fitted), "means_")
    ours = Ours(2, random_state=0).fit(frame)
    assert list(ours.feature_names_in_) == ["a", "b"]
    with pytest.raises(ValueError, match="feature names"):
        ours.predict(frame.rename(columns={"a": "c"}))


@pytest.mark.slow
def test_the_estimator_works_in_other_processes():
    scores = cross_val_score(Ours(2, random_state=0), X, cv=3, n_jobs=2)
    np.testing.assert_allclose(scores, cross_val_score(GaussianMixture(2, random_state=0), X, cv=3))


@pytest.mark.usefixtures("uncompiled")
@each_kind
def test_a_model_can_be_fitted_on_by_scikit_learn(kind):
    model = EMGMM(2, 2, kind, seed=0, dtype="float64")
    fit_em(model, X, 3, tol=0, start="weights")
    there = to_sklearn(model).set_params(warm_start=True, tol=1e-6, max_iter=500).fit(X)
    assert there.n_iter_ > 0 and there.converged_
    assert there.score(X) > np.mean(model.log_prob(X))
