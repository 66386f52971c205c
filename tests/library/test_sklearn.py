"""The same mixture here and in scikit-learn."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from gmm_tf import EMGMM, GMM, covariance, fit_em, from_sklearn, select_components, to_sklearn

rng = np.random.default_rng(0)
X = np.concatenate([rng.normal(size=(100, 2)), rng.normal(size=(200, 2)) * [0.3, 2] + [4, 1]])
each_kind = pytest.mark.parametrize("kind", covariance.KINDS)


@each_kind
@pytest.mark.parametrize("model_class", [GMM, EMGMM])
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


def test_the_number_of_components_is_found():
    chosen = select_components(X, range(1, 5), "full", restarts=2, seed=0)
    assert list(chosen.components) == [1, 2, 3, 4]
    assert chosen.best.k == 2
    assert np.all(np.diff(chosen.log_likelihood) > 0)
    theirs = [
        GaussianMixture(k, covariance_type="full", n_init=5, tol=1e-8, max_iter=1000, reg_covar=0,
                        random_state=0).fit(X).bic(X)
        for k in (1, 2)
    ]  # fmt: skip
    np.testing.assert_allclose(chosen.bic[:2], theirs, rtol=1e-5)


def test_no_components_are_refused():
    with pytest.raises(ValueError, match="none"):
        select_components(X, [])
