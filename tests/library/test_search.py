"""How `fit_em` looks for the optimum: starts, restarts, reseeding, extrapolation, weights, floors."""

import numpy as np
import pytest
import tensorflow as tf
from kinds import kinds

from gmm_tf import EMGMM, GMM, course_data, covariance, em, fit_em, fit_gradient, loops
from gmm_tf import mixture as mx
from gmm_tf.blocks import FEW, Units, frame_of, pack

X = course_data(1000)


def blobs(k, n=100, seed=0):
    """k round clusters at least 8 standard deviations apart, [k n, 2], and their centres."""
    centres = 8.0 * np.stack(np.divmod(np.arange(k), 4), axis=1)
    rng = np.random.default_rng(seed)
    return np.repeat(centres, n, axis=0) + rng.normal(size=(k * n, 2)), centres


def monotone(trace, slack=1e-12):
    return np.diff(trace).min() > -slack * np.abs(trace).max()


@kinds("full", "tied", "diag")
def test_k_means_plus_plus_finds_all_clusters(kind):
    x, centres = blobs(8)
    model = EMGMM(8, 2, kind, seed=3, dtype="float64")
    result = fit_em(model, x, start="k-means++", restarts=3)
    found = model.means.numpy()
    nearest = np.abs(found[:, None] - centres).sum(2).min(0)
    assert nearest.max() < 0.5
    assert monotone(result.trace)


def test_random_starts_differ_and_are_seeded():
    runs = [fit_em(EMGMM(3, seed=s), X, 5, start="random").trace for s in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_an_empty_component_is_put_where_it_is_needed():
    x, _ = blobs(4)
    plain, reseeded = (EMGMM(4, 2, seed=0, dtype="float64") for _ in range(2))
    for model in (plain, reseeded):
        model.means.assign([[0.0, 0.0], [0.0, 8.0], [0.0, 18.0], [1e6, 1e6]])
    stuck = fit_em(plain, x, tol=1e-9)
    assert plain.means.numpy().max() > 1e4
    freed = fit_em(reseeded, x, tol=1e-9, reseed=True)
    assert freed.trace[-1] > stuck.trace[-1] + 0.1
    assert monotone(freed.trace)
    assert reseeded.means.numpy().max() < 30


def slow_problem():
    """Two normals that overlap: EM creeps."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(-1, 1, 600), rng.normal(1.5, 1, 400)])[:, None]


@pytest.mark.parametrize("memory", [1, 5])
def test_anderson_gets_there_sooner_and_never_loses(memory):
    x = slow_problem()
    plain, fast = (EMGMM(2, seed=1, dtype="float64") for _ in range(2))
    for model in (plain, fast):
        model.means.assign([[-2.0], [2.0]])
    slow = fit_em(plain, x, max_steps=50_000, tol=1e-10)
    quick = fit_em(fast, x, max_steps=50_000, tol=1e-10, accelerate=memory)
    assert slow.stopped_by == quick.stopped_by == "tol"
    assert quick.steps < slow.steps / 3
    assert quick.trace[-1] > slow.trace[-1] - 1e-8
    assert monotone(quick.trace)


@pytest.mark.usefixtures("uncompiled")
@kinds("full", "tied", "spherical")
def test_weights_count_like_copies(kind):
    x, _ = blobs(3, 40)
    weights = np.arange(len(x)) % 3
    counted, copied = (EMGMM(3, 2, kind, seed=0, dtype="float64") for _ in range(2))
    left = fit_em(counted, x, 5, tol=0, sample_weight=weights, start="weights")
    right = fit_em(copied, np.repeat(x, weights, axis=0), 5, tol=0, start="weights")
    np.testing.assert_allclose(left.trace, right.trace, rtol=1e-10)
    for a, b in zip(counted.mixture, copied.mixture, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("weights", [[1.0], -np.ones(1000), np.zeros(1000), np.full(1000, np.nan)])
def test_weights_that_count_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="sample_weight"):
        fit_em(EMGMM(2), X, 2, sample_weight=weights)


@pytest.mark.parametrize("k", [3, FEW + 1])
@pytest.mark.parametrize("n", [1, 2, 999, 70_001, 600_001])
def test_packing_keeps_every_observation_once(k, n):
    x = course_data(n, seed=1).astype(float)
    packed = pack(x, k, "diag", "float64", frame_of(x, Units.EACH))
    values = []
    for part, weights, _ in packed.parts:
        flat = np.asarray(part).transpose(0, 1, 3, 2).reshape(-1, 1)
        values.append(flat if weights is None else flat[np.ravel(weights) == 1])
    got = np.concatenate(values) * packed.frame.unit + packed.frame.origin
    np.testing.assert_allclose(np.sort(got, axis=0), np.sort(x, axis=0), rtol=1e-12, atol=1e-12)


@pytest.mark.usefixtures("uncompiled")
@kinds("full", "tied", "spherical")
def test_far_apart_clusters_cost_float32_no_accuracy(kind):
    """Products of the blocks would lose sigma here; the fit must notice."""
    centres = 1000.0 * np.arange(6)[:, None] * np.ones(3)
    x = np.repeat(centres, 500, axis=0) + np.random.default_rng(0).normal(size=(3000, 3))
    model = EMGMM(6, 3, kind, seed=0)
    model.means.assign(centres + 1)
    fit_em(model, x, 5, tol=0)
    own = np.repeat(np.eye(6), 500, axis=0)
    exact = em.m_step(tf.constant(x), tf.constant(own), kind)
    np.testing.assert_allclose(model.mixture.scale, exact.scale, rtol=0, atol=2e-4)


def test_a_floor_holds_in_a_fit_and_keeps_it_monotone():
    x = np.repeat(np.arange(5.0), 4)[:, None]  # five points, each four times
    model = EMGMM(5, seed=0, dtype="float64", variance_floor=1e-4)
    result = fit_em(model, x, 500, tol=0, restarts=3)
    sigma = np.exp(model.lsigmas.numpy())
    assert sigma.min() >= 0.01 * x.std() * (1 - 1e-9)
    assert np.isclose(sigma.min(), 0.01 * x.std())
    assert monotone(result.trace)


def test_float64_models_compute_in_float64():
    first, second = (EMGMM(3, seed=0, dtype=d) for d in ("float32", "float64"))
    second.assign(mx.cast(first.mixture, tf.float64))
    left, right = (fit_em(m, X, 30, tol=0, start="weights").trace for m in (first, second))
    assert 0 < np.abs(left - right).max() < 1e-6


# test_fit.py does this for "diag", test_fit_command.py for "full", and test_em.py has the gradients of each.
@pytest.mark.slow
@pytest.mark.parametrize("kind", covariance.KINDS)
def test_gradient_fits_every_covariance(kind):
    x, centres = blobs(3)
    model, other = (cls(3, 2, kind, seed=0, dtype="float64") for cls in (GMM, EMGMM))
    for each in (model, other):
        each.means.assign(centres + 0.5)
    result = fit_gradient(model, x, steps=2000, learning_rate=0.02)
    best = fit_em(other, x, 500, tol=0).trace[-1]
    assert abs(result.trace[-1] + best) < 1e-4


def test_a_diverging_gradient_fit_is_refused_and_changes_nothing():
    model = GMM(3, seed=0)
    before = model.get_weights()
    with pytest.raises(ValueError, match="learning_rate"):
        fit_gradient(model, X, steps=200, learning_rate=1e30)
    for left, right in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_long_fits_go_on_where_the_compiled_loop_pauses():
    whole, halves = (EMGMM(3, seed=0, dtype="float64") for _ in range(2))
    once = fit_em(whole, X, 600, tol=0, start="weights")
    twice = [fit_em(halves, X, 300, tol=0, start="weights") for _ in range(2)]
    np.testing.assert_allclose(once.trace, np.concatenate([t.trace for t in twice]), rtol=1e-12)


def test_a_progress_bar_is_shown_on_request(capsys):
    fit_em(EMGMM(3, seed=0), X, 300, tol=0, start="weights", verbose=1)
    fit_gradient(GMM(3, seed=0), X, 20, start="weights", verbose=1)
    shown = capsys.readouterr().out
    assert "300/300" in shown and "20/20" in shown
    fit_em(EMGMM(3, seed=0), X, 3, tol=0, start="weights")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": "best"}, "got 'best'"),
        ({"accelerate": -1}, "accelerate >= 0"),
        ({"accelerate": 2, "anneal": [0.5, 1.0]}, "choose one"),
    ],
)
def test_wrong_options_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_em(EMGMM(2), X, **arguments)


def test_products_keep_the_digits_of_many_narrow_components():
    """One EM step of 64 components in float32 against float64, both by products of the blocks."""
    rng = np.random.default_rng(0)
    means = rng.normal(scale=5, size=(64, 2))
    x = means[rng.integers(64, size=1 << 16)] + rng.normal(size=(1 << 16, 2))
    logs = {}
    for dtype in ("float32", "float64"):
        data = pack(x, 64, "diag", dtype, frame_of(x, Units.EACH))
        theta = data.inside(mx.normal_mixture(np.zeros(64), means, np.zeros((64, 2))))
        theta = mx.cast(mx.cast(theta, "float32"), dtype)
        floor, unit = tf.constant([1e-20, 1e-20], tf.float64), tf.constant(data.log_unit, tf.float64)
        problem = loops.Problem(data.parts, data.count, unit, floor)
        _, new = loops.em_step(problem, theta, centred=False)
        logs[dtype] = new.scale.numpy()
    # 1.5e-6 here; products that sum over 8192 observations at a time are off by 4.8e-6.
    np.testing.assert_allclose(logs["float32"], logs["float64"], rtol=0, atol=3e-6)
