"""Statistics and updates of every kind of covariance, against plain NumPy."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from gmm_tf import covariance, em, loops
from gmm_tf import mixture as mx

each_kind = pytest.mark.parametrize("kind", covariance.KINDS)


def mixture_of(kind, k=3, dim=2, seed=0, spread=1.0):
    rng = np.random.default_rng(seed)
    scale = 0.4 * rng.normal(size=covariance.scale_shape(k, dim, kind))
    return mx.normal_mixture(rng.normal(size=k), spread * rng.normal(size=(k, dim)), scale)


def data(n=60, dim=2, seed=1):
    return np.random.default_rng(seed).normal(size=(n, dim)) * 2


def responsibilities(x, theta):
    joint = (
        np.transpose(
            [
                stats.multivariate_normal(mean, cov).logpdf(x)
                for mean, cov in zip(theta.mu.numpy(), mx.covariances(theta).numpy(), strict=True)
            ]
        )
        + theta.log_pi
    )
    return special.softmax(joint, axis=1), special.logsumexp(joint, axis=1)


def maximum(x, r, kind):
    """Bishop 2006, eq. 9.24 to 9.26, one component at a time."""
    n, means, matrices = r.sum(0), [], []
    for weight in r.T:
        mean = np.average(x, axis=0, weights=weight)
        means.append(mean)
        matrices.append(np.cov(x.T, aweights=weight, ddof=0).reshape(x.shape[1], -1))
    if kind == "tied":
        matrices = [np.average(matrices, axis=0, weights=n)] * len(n)
    if kind in ("diag", "spherical"):
        matrices = [np.diag(np.diag(matrix)) for matrix in matrices]
    if kind == "spherical":
        matrices = [np.eye(x.shape[1]) * np.trace(matrix) / x.shape[1] for matrix in matrices]
    return np.log(n / len(x)), np.array(means), np.array(matrices)


@each_kind
@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("dim", [1, 3])
def test_an_em_step_agrees_with_numpy(kind, centred, dim):
    x, theta = data(dim=dim), mixture_of(kind, dim=dim)
    r, log_px = responsibilities(x, theta)
    statistics = em.e_step(mx.to_blocks(x), theta, centred=centred)
    np.testing.assert_allclose(statistics.log_likelihood, log_px.sum(), rtol=1e-12)
    new = em.update(statistics, theta)
    log_pi, mu, matrices = maximum(x, r, kind)
    np.testing.assert_allclose(new.log_pi, log_pi, rtol=1e-10)
    np.testing.assert_allclose(new.mu, mu, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(mx.covariances(new), matrices, rtol=1e-9, atol=1e-12)


@each_kind
def test_m_step_agrees_with_numpy(kind):
    x, r = data(dim=3), np.random.default_rng(0).dirichlet(np.ones(4), 60)
    new = em.m_step(tf.constant(x), tf.constant(r), kind)
    for got, want in zip((new.log_pi, new.mu, mx.covariances(new)), maximum(x, r, kind), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)


@each_kind
@pytest.mark.parametrize("centred", [True, False])
def test_weights_count_observations_and_blocks_add_up(kind, centred):
    x, theta = data(), mixture_of(kind)
    weights = np.arange(60) % 3
    one = em.e_step(mx.to_blocks(x), theta, weights[None].astype(float), centred=centred)
    blocks = np.repeat(x, weights, axis=0).reshape(3, 20, 2).transpose(0, 2, 1)
    for left, right in zip(one, em.e_step(blocks, theta, centred=centred), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-10, atol=1e-10)


@each_kind
def test_the_identity_of_fisher(kind):
    x, theta = tf.constant(data()), mixture_of(kind)
    with tf.GradientTape() as tape:
        tape.watch(theta)
        total = tf.reduce_sum(mx.log_likelihood(x, mx.normal_mixture(*theta)))
    want = tape.gradient(total, theta)
    statistics = em.e_step(mx.to_blocks(x), theta)
    with tf.GradientTape() as tape:
        tape.watch(theta)
        expected = em.expected_log_joint(mx.normal_mixture(*theta), statistics, theta)
    for left, right in zip(tape.gradient(expected, theta), want, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-10, atol=1e-10)


@each_kind
def test_the_expected_log_joint_agrees_with_scipy_away_from_its_origin(kind):
    x, origin, theta = data(), mixture_of(kind), mixture_of(kind, seed=5)
    r, _ = responsibilities(x, origin)
    joint = mx.log_joint(tf.constant(x), theta).numpy()
    statistics = em.e_step(mx.to_blocks(x), origin)
    got = em.expected_log_joint(theta, statistics, origin)
    np.testing.assert_allclose(got, (r * joint).sum(), rtol=1e-11)


@each_kind
@settings(max_examples=6)
@given(seed=st.integers(0, 10**6))
def test_an_em_step_never_lowers_the_likelihood(kind, seed):
    x, theta = data(30, seed=seed), mixture_of(kind, seed=seed)
    x[: seed % 30] = np.round(x[: seed % 30])  # ties, too
    before = em.e_step(mx.to_blocks(x), theta)
    after = em.e_step(mx.to_blocks(x), em.update(before, theta))
    assert after.log_likelihood >= before.log_likelihood - 1e-9


@each_kind
@settings(max_examples=6)
@given(
    seed=st.integers(0, 10**6),
    offset=st.floats(-1e3, 1e3),
    factor=st.floats(0.01, 100.0),
)
def test_an_em_step_moves_with_the_data(kind, seed, offset, factor):
    """Translation and scale of the data move the mixture alike, and permuted components stay so."""
    x, theta = data(30, seed=seed), mixture_of(kind, seed=seed)
    offset, unit = np.full(2, offset), np.full(2, factor)
    moved = em.update(
        em.e_step(mx.to_blocks(x * unit + offset), mx.moved(theta, offset, unit)),
        mx.moved(theta, offset, unit),
    )
    straight = em.update(em.e_step(mx.to_blocks(x), theta), theta)
    same = mx.moved(straight, offset, unit)
    for left, right in zip(moved, same, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-6, atol=1e-6 * factor)
    order = [2, 0, 1]
    scale = theta.scale if kind == "tied" else tf.gather(theta.scale, order)
    turned = mx.Mixture(tf.gather(theta.log_pi, order), tf.gather(theta.mu, order), scale)
    permuted = em.update(em.e_step(mx.to_blocks(x), turned), turned)
    np.testing.assert_allclose(permuted.mu, tf.gather(straight.mu, order), rtol=1e-8, atol=1e-8)


@each_kind
def test_no_direction_falls_below_the_variance_floor(kind):
    x = data(dim=3)
    x[:, 2] = x[:, 0] + x[:, 1]  # a plane: one direction has no variance
    r = np.zeros((60, 3))
    r[:, 0], r[0, :], r[1:, 2] = 1.0, [0.0, 1.0, 0.0], 1.0  # one component owns one point
    r /= r.sum(1, keepdims=True)
    new = em.m_step(tf.constant(x), tf.constant(r), kind, variance_floor=0.01)
    # In units of each coordinate's spread the least variance of all directions is the floor.
    unit = x.std(axis=0)
    least = np.linalg.eigvalsh(mx.covariances(new) / np.outer(unit, unit)).min()
    assert least >= 0.01 * (1 - 1e-6) * (1 if kind != "spherical" else np.min(unit**2) / np.max(unit**2))
    free = em.m_step(tf.constant(x), tf.constant(r), kind, variance_floor=0.0)
    assert all(np.isfinite(value).all() for value in (*new, *free))


def test_the_bounded_covariance_is_the_best_within_the_bound():
    """Against many covariances with no variance below the bound: none has a higher likelihood."""
    rng = np.random.default_rng(0)
    moments = np.diag([4.0, 0.001])
    floor = tf.constant([0.5, 0.5], tf.float64)
    scale = covariance.from_moments(tf.constant(moments[None]), floor)

    def expected(matrix):
        return -np.linalg.slogdet(matrix)[1] - np.trace(np.linalg.solve(matrix, moments))

    best = expected(covariance.matrices(scale, 1, 2)[0].numpy())
    for _ in range(2000):
        factor = rng.normal(size=(2, 2)) * rng.exponential(2)
        assert expected(factor @ factor.T + 0.5 * np.eye(2)) <= best + 1e-9


compiled_from_moments = loops.compiled(covariance.from_moments)


@pytest.mark.parametrize("least", [0.0, 0.9, 1.1, 2.0, 3.0, 9.0])
@pytest.mark.parametrize("compiled", [False, True])
def test_eigenvalues_below_the_floor_are_raised_to_it_and_others_stay(least, compiled):
    """Against NumPy's eigenvalues, where the factor alone is enough and where it is not."""
    rng = np.random.default_rng(0)
    vectors = np.linalg.qr(rng.normal(size=(2, 4, 4)))[0]
    values, floor = np.array([least, 10.0, 1e3, 1e5]), np.array([1e-3, 1.0, 2.0, 5.0])
    unit = np.sqrt(floor)[:, None] * np.sqrt(floor)
    moments = unit * (vectors * values @ vectors.transpose(0, 2, 1))
    expected = unit * (vectors * np.maximum(values, 1.0) @ vectors.transpose(0, 2, 1))
    from_moments = compiled_from_moments if compiled else covariance.from_moments
    scale = from_moments(tf.constant(moments), tf.constant(floor))
    found = covariance.matrices(scale, 2, 4) / unit
    np.testing.assert_allclose(found, expected / unit, rtol=1e-12, atol=1e-3 if compiled else 1e-8)


def test_products_lose_what_centred_sums_keep():
    """The reason that fits choose between the two: means far away in units of sigma, in float32."""
    x = (np.random.default_rng(0).normal(size=(500, 1)) + 3e3).astype("float32")
    theta = mx.Mixture(
        *map(tf.constant, (np.zeros(1, "f"), np.full((1, 1), 3e3, "f"), np.zeros((1, 1), "f")))
    )
    spread = np.log(x.astype(float).std())
    centred, products = (
        em.update(em.e_step(mx.to_blocks(x), theta, centred=c), theta).scale[0, 0] for c in (True, False)
    )
    assert abs(centred - spread) < 1e-5 < 1e-2 < abs(products - spread)
