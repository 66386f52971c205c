"""Pure functions against SciPy, loops and finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from gmm_tf import COURSE, em, make_data, mixture_likelihood, mixture_posterior_logits, mstep
from gmm_tf import mixture as mx

K3 = (np.array([-5.0, 0.5, 3.0]), np.array([-4.0, 0.0, 2.5]), np.log([0.1, 1.0, 2.0]))
X = np.linspace(-7.0, 8.0, 41)[:, None]


def joint_oracle(x, logits, means, lsigmas):
    log_pi = logits - special.logsumexp(logits)
    return log_pi + stats.norm.logpdf(np.asarray(x, float), means, np.exp(lsigmas))


def mstep_oracle(x, r):
    x, r = np.asarray(x, float)[:, 0], np.asarray(r, float)
    rows = []
    for k in range(r.shape[1]):
        n = sum(r[:, k])
        mean = sum(r[i, k] * x[i] for i in range(len(x))) / n
        variance = sum(r[i, k] * (x[i] - mean) ** 2 for i in range(len(x))) / n
        rows.append((np.log(n / len(x)), mean, np.log(variance) / 2))
    return np.transpose(rows)


def soft(n, k, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(k), n)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("wrap", [np.asarray, tf.constant, keras.Variable])
@pytest.mark.parametrize("column", [False, True])
def test_likelihood_and_posterior_agree_with_scipy(dtype, wrap, column):
    parameters = [p.reshape((-1, 1) if column else -1).astype(dtype) for p in K3]
    if wrap is keras.Variable:
        parameters = [keras.Variable(p, dtype=dtype) for p in parameters]
    else:
        parameters = [wrap(p) for p in parameters]
    x = X.astype(dtype)
    joint = joint_oracle(x, *(p.astype(dtype).astype(float) for p in K3))
    log_px = special.logsumexp(joint, axis=1, keepdims=True)
    rtol = 2e-5 if dtype == "float32" else 1e-12
    likelihood = mixture_likelihood(x, *parameters)
    logits = mixture_posterior_logits(x, *parameters)
    assert likelihood.dtype == logits.dtype == dtype
    assert likelihood.shape == (41, 1) and logits.shape == (41, 3)
    np.testing.assert_allclose(likelihood, log_px, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(logits, joint - log_px, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_mstep_agrees_with_loops_and_keeps_dtype(dtype):
    x, r = X.astype(dtype), soft(41, 4).astype(dtype)
    out = mstep(x, r)
    assert [value.dtype for value in out] == [dtype] * 3
    assert [value.shape for value in out] == [(4,)] * 3
    rtol = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(out, mstep_oracle(x, r), rtol=rtol, atol=rtol)


def test_mixed_dtypes_and_lists_promote_to_float64():
    x = X.astype("float32")
    assert mixture_likelihood(x, *K3).dtype == "float64"
    assert mixture_likelihood(x, [0.0, 0], [1, 2], [0.0, 0.0]).dtype == "float32"
    exact = joint_oracle(X, np.log([0.1, 0.9]), np.array([0.1, 0.3]), np.array([0.7, 0.2]))
    lists = mixture_likelihood(X, list(np.log([0.1, 0.9])), [0.1, 0.3], [0.7, 0.2])
    np.testing.assert_allclose(lists, special.logsumexp(exact, 1, keepdims=True), rtol=1e-12)


def test_mean_course_density_on_the_grid():
    grid = np.linspace(-5, 5, 1000)[:, None]
    assert round(float(np.mean(np.exp(mixture_likelihood(grid, *COURSE)))), 4) == 0.0999


@pytest.mark.parametrize("x", [-1e3, 1e3])
def test_tails_are_finite_and_right(x):
    x = np.array([[x]], "float32")
    joint = joint_oracle(x, *(p.astype(float) for p in COURSE))
    log_px = special.logsumexp(joint, axis=1, keepdims=True)
    np.testing.assert_allclose(mixture_likelihood(x, *COURSE), log_px, rtol=1e-6)
    logits = mixture_posterior_logits(x, *COURSE).numpy()
    np.testing.assert_allclose(logits, joint - log_px, atol=1e-6 * np.abs(joint).max())
    assert np.isclose(np.exp(logits).sum(), 1)


def test_graph_agrees_with_eager_for_unknown_sizes():
    spec = tf.TensorSpec([None, 1], tf.float32)
    x = X.astype("float32")
    r = soft(41, 5).astype("float32")
    for function in (mixture_likelihood, mixture_posterior_logits):
        graph = tf.function(lambda x, f=function: f(x, *COURSE), input_signature=[spec])
        np.testing.assert_allclose(graph(x), function(x, *COURSE), rtol=1e-5, atol=1e-5)
        assert np.isnan(graph(np.full_like(x, np.nan))).all()
    posterior = tf.TensorSpec([None, None], tf.float32)
    graph = tf.function(mstep, input_signature=[spec, posterior])
    np.testing.assert_allclose(graph(x, r), mstep(x, r), rtol=1e-5, atol=1e-5)


def test_gradients_agree_with_finite_differences():
    parameters = [tf.constant(p) for p in K3]
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        total = tf.reduce_sum(mixture_likelihood(X, *parameters))
    gradients = tape.gradient(total, parameters)
    for which in range(3):
        for k in range(3):
            sides = []
            for step in (1e-5, -1e-5):
                moved = [p.copy() for p in K3]
                moved[which][k] += step
                sides.append(special.logsumexp(joint_oracle(X, *moved), axis=1).sum())
            slope = (sides[0] - sides[1]) / 2e-5
            np.testing.assert_allclose(gradients[which][k], slope, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("covariance", ["diag", "spherical"])
def test_three_dimensions_agree_with_scipy(covariance):
    rng = np.random.default_rng(1)
    x, logits, mu = rng.normal(size=(30, 3)) * 2, rng.normal(size=2), rng.normal(size=(2, 3))
    scale = rng.normal(size=(2, 3 if covariance == "diag" else 1)) * 0.5
    theta = mx.normal_mixture(logits, mu, scale)
    sigma = np.broadcast_to(np.exp(scale), (2, 3))
    components = [stats.multivariate_normal(mu[k], np.diag(sigma[k] ** 2)).logpdf(x) for k in range(2)]
    joint = np.transpose(components) + logits - special.logsumexp(logits)
    np.testing.assert_allclose(mx.log_joint(x, theta), joint, rtol=1e-10)
    np.testing.assert_allclose(mx.posterior(x, theta), special.softmax(joint, axis=1), rtol=1e-9)

    r = soft(30, 2)
    new = em.m_step(x, r, covariance)
    for k in range(2):
        mean = np.average(x, axis=0, weights=r[:, k])
        variance = np.average((x - mean) ** 2, axis=0, weights=r[:, k])
        if covariance == "spherical":
            variance = variance.mean(keepdims=True)
        np.testing.assert_allclose(new.mu[k], mean, rtol=1e-10)
        np.testing.assert_allclose(new.scale[k], np.log(variance) / 2, rtol=1e-10)


def course_theta64():
    logits, means, lsigmas = (p.astype(float) for p in COURSE)
    return mx.normal_mixture(logits, means[:, None], lsigmas[:, None])


def test_statistics_add_over_blocks_and_count_weights():
    theta = course_theta64()
    whole = em.e_step(mx.to_blocks(X), theta)
    parts = [em.e_step(mx.to_blocks(part), theta) for part in (X[:7], X[7:])]
    for total, *pieces in zip(whole, *parts, strict=True):
        np.testing.assert_allclose(sum(pieces), total, rtol=1e-10)
    weights = np.arange(41) % 3
    weighted = em.e_step(mx.to_blocks(X), theta, weights=weights[None].astype(float))
    repeated = em.e_step(mx.to_blocks(np.repeat(X, weights, axis=0)), theta)
    for left, right in zip(weighted, repeated, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-10)


def test_tempered_statistics_agree_with_loops():
    joint = joint_oracle(X, *(p.astype(float) for p in COURSE))
    r = special.softmax(0.3 * joint, axis=1)
    got = em.e_step(mx.to_blocks(X), course_theta64(), beta=0.3)
    np.testing.assert_allclose(got.n, r.sum(0), rtol=1e-6)
    d = X - COURSE.means
    np.testing.assert_allclose(got.first[:, 0], (r * d).sum(0), rtol=1e-6)
    np.testing.assert_allclose(got.second[:, 0], (r * d**2).sum(0), rtol=1e-6)
    np.testing.assert_allclose(got.log_likelihood, special.logsumexp(joint, 1).sum(), rtol=1e-6)


def test_empty_component_is_finite_and_harmless():
    r = np.concatenate([soft(41, 2), np.zeros((41, 1))], axis=1)
    for dtype in ("float32", "float64"):
        logits, means, lsigmas = mstep(X.astype(dtype), r.astype(dtype))
        assert np.isfinite([logits, means, lsigmas]).all()
        assert logits[2] < -60
        np.testing.assert_allclose(means[2], X.mean(), rtol=1e-6)
        np.testing.assert_allclose(
            np.transpose([logits, means, lsigmas])[:2].T, mstep_oracle(X, r[:, :2]), rtol=1e-5
        )


def test_update_leaves_an_empty_component_where_it_was():
    theta = mx.normal_mixture([0.0, 0.0], [[0.0], [1e6]], [[0.0], [0.0]])
    new = em.update(em.e_step(mx.to_blocks(tf.constant(X, tf.float32)), theta), theta)
    assert new.mu[1] == 1e6 and new.scale[1] == 0 and np.isfinite(new.log_pi).all()


@pytest.mark.parametrize("x", [[[3.0]], [[2.0]] * 5])
def test_observations_without_spread_give_finite_parameters(x):
    out = mstep(np.array(x), np.full((len(x), 2), 0.5))
    assert np.isfinite(out).all()
    assert np.isfinite(mixture_likelihood(np.array(x, "float32"), *out)).all()


@pytest.mark.parametrize(("dtype", "gap", "atol"), [("float32", 1e2, 1e-5), ("float64", 1e7, 1e-9)])
def test_variance_survives_large_means(dtype, gap, atol):
    rng = np.random.default_rng(2)
    x = np.repeat([[1e3], [1e3 + gap]], 50, axis=0) + rng.normal(size=(100, 1))
    x = x.astype(dtype)
    r = np.repeat(np.eye(2), 50, axis=0).astype(dtype)
    expected = np.log([x[:50].astype(float).std(), x[50:].astype(float).std()])
    np.testing.assert_allclose(mstep(x, r)[2], expected, atol=atol)


finite = st.floats(-3, 3, width=32)


@settings(max_examples=15)
@given(st.lists(st.tuples(finite, finite, finite), min_size=1, max_size=6), finite, st.randoms())
def test_symmetries(components, shift, random):
    logits, means, lsigmas = (np.array(p) for p in zip(*components, strict=True))
    log_px = mixture_likelihood(X, logits, means, lsigmas)
    order = list(range(len(logits)))
    random.shuffle(order)
    permuted = mixture_likelihood(X, logits[order], means[order], lsigmas[order])
    np.testing.assert_allclose(permuted, log_px, rtol=1e-9, atol=1e-9)
    shifted = mixture_likelihood(X, logits + shift, means, lsigmas)
    np.testing.assert_allclose(shifted, log_px, rtol=1e-9, atol=1e-9)
    moved = mixture_likelihood(2 * X + shift, logits, 2 * means + shift, lsigmas + np.log(2))
    np.testing.assert_allclose(moved, log_px - np.log(2), rtol=1e-9, atol=1e-9)
    posterior = np.exp(mixture_posterior_logits(X, logits, means, lsigmas))
    np.testing.assert_allclose(posterior.sum(1), 1, rtol=1e-12)


@settings(max_examples=15)
@given(st.lists(st.tuples(finite, finite, finite), min_size=1, max_size=5), st.integers(0, 99))
def test_em_step_never_lowers_the_likelihood(components, seed):
    theta = [np.array(p) for p in zip(*components, strict=True)]
    x = np.random.default_rng(seed).standard_t(3, size=(60, 1))
    before = special.logsumexp(joint_oracle(x, *theta), axis=1).sum()
    new = mstep(x, np.exp(mixture_posterior_logits(x, *theta)))
    after = special.logsumexp(joint_oracle(x, *(p.numpy() for p in new)), axis=1).sum()
    assert after >= before - 1e-9 * abs(before)


def test_make_data_repeats_a_seed_and_leaves_the_global_generator_alone():
    first, again, other = (make_data(50, *COURSE, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    tf.random.set_seed(0)
    expected = [tf.random.normal([2]), tf.random.normal([2])]
    tf.random.set_seed(0)
    got = [tf.random.normal([2])]
    make_data(5, *COURSE, seed=1)
    got.append(tf.random.normal([2]))
    np.testing.assert_array_equal(got, expected)


def test_make_data_without_seed_follows_the_global_seed():
    tf.random.set_seed(5)
    first, second = make_data(50, *COURSE), make_data(50, *COURSE)
    tf.random.set_seed(5)
    np.testing.assert_array_equal(make_data(50, *COURSE), first)
    assert not np.array_equal(first, second)


def test_make_data_in_a_graph_and_in_float64():
    draw = tf.function(lambda n: make_data(n, *K3, seed=1))
    assert draw(tf.constant(7)).dtype == "float64"
    np.testing.assert_allclose(draw(tf.constant(7)), make_data(7, *K3, seed=1))


def test_make_data_has_the_right_distribution():
    """Sixteen tests at 1e-8 each: false alarms below 2e-7, were the seed drawn at random."""
    weights, means, sigmas = (
        np.array([0.55, 0.25, 0.15, 0.05]),
        np.array([-60.0, -10.0, 20.0, 70.0]),
        np.array([0.2, 2.0, 0.8, 3.0]),
    )
    n = 20_000
    x = make_data(n, np.log(weights) + 2.0, means, np.log(sigmas), seed=0).numpy()[:, 0]
    label = np.digitize(x, [-35, 5, 45])
    for k in range(4):
        z = (x[label == k] - means[k]) / sigmas[k]
        m = len(z)
        chi2 = stats.chi2.cdf(np.sum(z**2), m)
        p_values = (
            stats.binomtest(m, n, weights[k]).pvalue,
            2 * stats.norm.sf(abs(z.mean()) * np.sqrt(m)),
            2 * min(chi2, 1 - chi2),
            stats.kstest(z, "norm").pvalue,
        )
        assert min(p_values) > 1e-8, (k, p_values)


NAN, INF = np.array([[np.nan], [1.0]]), np.array([[np.inf], [1.0]])


@pytest.mark.parametrize("function", [mixture_likelihood, mixture_posterior_logits])
@pytest.mark.parametrize(
    ("x", "parameters", "message"),
    [
        (np.zeros(5), COURSE, r"of shape \[N, 1\], got \[5\]; reshape with x\[:, None\]"),
        (np.zeros((5, 2)), COURSE, r"got \[5, 2\]; pass one observation per row"),
        (np.zeros((0, 1)), COURSE, "N >= 1"),
        (NAN, COURSE, "Expected finite x, got 1 NaN or infinite of 2"),
        (INF, COURSE, "Expected finite x"),
        (X, (K3[0], K3[1][:2], K3[2]), r"of one length K, got \[3, 2, 3\]"),
        (X, (K3[0], K3[1][None], K3[2]), r"Expected means of shape \[K\]"),
        (X, ([], [], []), "K >= 1"),
        (X, (K3[0], K3[1], K3[2] * np.nan), "Expected finite lsigmas"),
    ],
)
def test_wrong_arguments_are_explained(function, x, parameters, message):
    with pytest.raises(ValueError, match=message):
        function(x, *parameters)


@pytest.mark.parametrize(
    ("x", "r", "message"),
    [
        (np.zeros(5), soft(5, 2), "reshape"),
        (X, soft(40, 2), r"Expected posterior of shape \[41, K\]"),
        (X, np.zeros((41, 0)), "K >= 1"),
        (X, np.log(soft(41, 2)), "negative"),
        (X, soft(41, 2) * np.nan, "Expected finite posterior"),
        (NAN, soft(2, 2), "Expected finite x"),
    ],
)
def test_wrong_mstep_arguments_are_explained(x, r, message):
    with pytest.raises(ValueError, match=message):
        mstep(x, r)


def test_make_data_needs_a_draw():
    with pytest.raises(ValueError, match="n >= 1, got 0"):
        make_data(0, *COURSE)
