"""Marginal and conditional mixtures against gmr, and against ratios of densities."""

import gmr
import numpy as np
import pytest

from gmm_tf import EMGMM, condition, marginal, mixture, predict_from
from gmm_tf.covariance import KINDS, scale_shape

K, D, N = 3, 4, 12
DIMS = ([0], [2, 0], [3, 1, -2])


def example(kind, seed=0, k=K, dim=D):
    """(mixture whose scales have entries of any size, observations near it)."""
    rng = np.random.default_rng(seed)
    scale = 0.7 * rng.normal(size=scale_shape(k, dim, kind))
    theta = mixture.normal_mixture(rng.normal(size=k), 2 * rng.normal(size=(k, dim)), scale)
    return theta, 2 * rng.normal(size=(N, dim))


def theirs(theta):
    return gmr.GMM(
        len(theta.mu),
        priors=np.exp(theta.log_pi),
        means=theta.mu.numpy(),
        covariances=mixture.covariances(theta).numpy(),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dims", DIMS, ids=str)
def test_conditional_mixtures_equal_gmrs(kind, dims):
    theta, x = example(kind)
    oracle, known = theirs(theta), x[:, dims]
    given = condition(theta, known, dims)
    for row in range(N):
        want, got = oracle.condition(np.array(dims) % D, known[row]), given.mixture(row)
        np.testing.assert_allclose(np.exp(got.log_pi), want.priors, atol=1e-10)
        np.testing.assert_allclose(got.mu, want.means, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(mixture.covariances(got), want.covariances, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dims", DIMS, ids=str)
def test_predictions_equal_gmrs(kind, dims):
    theta, x = example(kind)
    mean, spread = predict_from(theta, x[:, dims], dims, return_covariance=True)
    oracle = theirs(theta)
    np.testing.assert_allclose(mean, oracle.predict(np.array(dims) % D, x[:, dims]), rtol=1e-10, atol=1e-10)
    moments = [oracle.condition(np.array(dims) % D, row).to_mvn() for row in x[:, dims]]
    np.testing.assert_allclose(spread, [m.covariance for m in moments], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_marginal_times_conditional_is_joint(kind):
    theta, x = example(kind, seed=1)
    known, rest = [3, 1], [0, 2]
    given = condition(theta, x[:, known], known)
    conditional = [
        mixture.log_likelihood(x[row : row + 1, rest], given.mixture(row))[0, 0] for row in range(N)
    ]
    alone = mixture.log_likelihood(x[:, known], marginal(theta, known))[:, 0]
    joint = mixture.log_likelihood(x, theta)[:, 0]
    np.testing.assert_allclose(alone + np.array(conditional), joint, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_marginal_keeps_kind_and_moments(kind):
    theta, _ = example(kind)
    part = marginal(theta, [2, 0])
    assert part.scale.shape == scale_shape(K, 2, kind)
    want = mixture.covariances(theta).numpy()[:, [2, 0]][:, :, [2, 0]]
    np.testing.assert_allclose(mixture.covariances(part), want, rtol=1e-12, atol=1e-13)


def test_a_row_far_from_all_components_has_finite_predictions():
    theta, _ = example("full")
    theta = mixture.cast(theta, "float32")
    assert np.isfinite(predict_from(theta, [[1e6], [-1e15]], [0])).all()


def test_models_have_it_as_methods():
    model = EMGMM(2, 3, "full", seed=0, dtype="float64")
    x = np.random.default_rng(0).normal(size=(9, 2))
    np.testing.assert_array_equal(model.marginal([1]).mu, model.means[:, 1:2])
    np.testing.assert_array_equal(model.predict_from(x, [0, 2]), predict_from(model.mixture, x, [0, 2]))
    np.testing.assert_array_equal(model.condition(x, [0, 2]).mean(), model.predict_from(x, [0, 2]))


@pytest.mark.parametrize("dims", [[], [0, 0], [4], [-5], [0.5], 1, [0, -4]], ids=str)
def test_wrong_dims_are_refused(dims):
    theta, _ = example("diag")
    with pytest.raises(ValueError, match="from 0 to 3"):
        marginal(theta, dims)


def test_conditioning_on_everything_is_refused():
    theta, x = example("diag")
    with pytest.raises(ValueError, match="leave at least one out"):
        condition(theta, x, [0, 1, 2, 3])


def test_known_values_are_checked():
    theta, x = example("diag")
    with pytest.raises(ValueError, match="x_known of shape .N, 2."):
        condition(theta, x, [0, 1])
    with pytest.raises(ValueError, match="finite x_known"):
        condition(theta, [[np.nan]], [0])
