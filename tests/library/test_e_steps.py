"""E-steps against sums over all leaves in loops, and against each other where leaves are too many."""

import numpy as np
import pytest
import tree_oracle as oracle
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp

from gmm_tf import HierarchicalMixture, codebooks, e_steps, leaves, separable
from gmm_tf.codebooks import Codebooks
from gmm_tf.data import TRUE_MEANS

RNG = np.random.default_rng(0)


def random_tree(branching, dim, std, seed=0):
    rng = np.random.default_rng(seed)
    tables = tuple(rng.normal(size=[b, dim]) for b in branching)
    return Codebooks(tables, std, tuple(np.log(rng.dirichlet(np.full(b, 5.0))) for b in branching))


def weights_of(theta):
    return [np.exp(each) for each in theta.log_weights]


def check_statistics(got, x, theta, learnt, q, rtol=1e-9):
    counts, pairs, first, square = oracle.statistics(x, q, theta.tables, learnt)
    for level, (mine, expected) in enumerate(zip(got.counts, counts, strict=True)):
        assert (mine is None and level >= learnt) or np.allclose(mine, expected, rtol=rtol)
    np.testing.assert_allclose(got.pairs, pairs, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(got.first, first, rtol=rtol, atol=rtol * len(x))
    assert np.isclose(got.square, square, rtol=rtol)


SMALL = random_tree((3, 2, 4), 2, 0.7)
PETAL_TREE = HierarchicalMixture(levels=4).parameters(TRUE_MEANS)
GRID = Codebooks(
    (
        RNG.normal(size=(3, 3)),
        np.array([[a, b, c] for a in (0, 1) for b in (-1, 0.5) for c in (0, 2, 5)]) / 2,
        RNG.normal(size=(2, 3)),
        np.array([[a, b, 0.3] for a in (0, 1.5) for b in (-1, 0.2)]),
    ),
    0.4,
    (
        np.log([0.2, 0.3, 0.5]),
        np.log([p * q / 3 for p in (0.4, 0.6) for q in (0.1, 0.9) for _ in range(3)]),
        np.log([0.3, 0.7]),
        np.full(4, -np.log(4)),
    ),
)
SIX = random_tree((4,) * 6, 3, 0.8)
TREES = {"small": SMALL, "petals": PETAL_TREE, "grid": GRID, "six": SIX}


def data(theta, n=12):
    return codebooks.sample(theta, n, np.random.default_rng(1))[0]


def problem(theta, learn=("means",), beta=1.0, n=12, seed=0):
    return e_steps.Problem(data(theta, n), theta, learn, beta, np.random.default_rng(seed))


@pytest.mark.usefixtures("uncompiled")  # test_leaves.py and test_hierarchical_em.py compile these sums
@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("learn", [("means",), ("tables", "std", "weights")])
def test_exact_statistics_agree_with_loops(name, learn):
    beta = {"small": 0.3, "grid": 0.6}.get(name, 1.0)
    asked = problem(TREES[name], learn, beta, n=4)
    theta, weights = asked.theta, weights_of(asked.theta)
    answer = e_steps.Exact().step(asked, None)
    q = oracle.posterior(asked.x, theta.tables, theta.std, weights, beta)
    check_statistics(answer.statistics, asked.x, theta, asked.learnt, q)
    log_px = logsumexp(oracle.log_joint(asked.x, theta.tables, theta.std, weights), axis=1)
    assert np.isclose(answer.objective, log_px.mean(), rtol=1e-9)


def test_trees_whose_coordinates_separate_are_found():
    assert separable.split(SMALL) is None and separable.split(SIX) is None
    assert separable.split(PETAL_TREE).terms == 4 * 2 * 2**3 < PETAL_TREE.leaves
    assert separable.split(HierarchicalMixture(levels=10).parameters(TRUE_MEANS)).terms == 4096
    # The last table is a grid in two coordinates and constant in the third; the third table is shared.
    assert separable.split(GRID).shared.shape == (6, 3)


def test_a_grid_with_other_weights_does_not_separate():
    uneven = GRID._replace(log_weights=(*GRID.log_weights[:3], np.log([0.4, 0.1, 0.1, 0.4])))
    assert separable.split(uneven).shared.shape == (24, 3)
    moved = [*PETAL_TREE.tables]
    for level in (1, 2, 3):
        moved[level] = moved[level] + [[0.01, 0], [0, 0], [0, 0], [0, 0]]
    assert separable.split(PETAL_TREE._replace(tables=tuple(moved))) is None


@pytest.mark.usefixtures("uncompiled")  # the default deep tree, below, is compiled
@pytest.mark.parametrize("theta", [PETAL_TREE, GRID])
def test_separate_coordinates_give_what_all_leaves_give(theta, monkeypatch):
    x, parts = data(theta, 28), separable.split(theta)
    for working_set in (separable.WORKING_SET, 7 * parts.terms):
        monkeypatch.setattr(separable, "WORKING_SET", working_set)
        got, expected = separable.statistics(theta, parts, x, 0.7), leaves.statistics(theta, x, 1, 0.7)
        np.testing.assert_allclose(got.pairs, expected.pairs, rtol=1e-9)
        np.testing.assert_allclose(got.first, expected.first, rtol=1e-9, atol=1e-9)
        assert np.isclose(got.square, expected.square, rtol=1e-9)
        np.testing.assert_allclose(
            separable.log_density(theta, parts, x), leaves.log_density(theta, x), rtol=1e-9
        )
        np.testing.assert_allclose(
            separable.first_level(theta, parts, x), leaves.first_level(theta, x), atol=1e-9
        )


@pytest.mark.parametrize("e_step", [e_steps.Beam(24), e_steps.Beam(99), e_steps.Remainder(3)])
@pytest.mark.parametrize("beta", [1.0, 0.4])
def test_beams_and_prefixes_that_hold_all_leaves_are_exact(e_step, beta):
    asked = problem(SMALL, beta=beta)
    answer = e_step.step(asked, None)
    q = oracle.posterior(asked.x, SMALL.tables, SMALL.std, weights_of(SMALL), beta)
    check_statistics(answer.statistics, asked.x, SMALL, 1, q)
    np.testing.assert_allclose(e_step.posterior(asked, answer.q), q, atol=1e-12)
    np.testing.assert_allclose(e_step.first_level(asked, answer.q), q.reshape(12, 3, -1).sum(-1), atol=1e-12)
    joint = oracle.log_joint(asked.x, SMALL.tables, SMALL.std, weights_of(SMALL), beta)
    assert np.isclose(answer.objective, logsumexp(joint, axis=1).mean(), rtol=1e-9)


def test_a_beam_bounds_the_likelihood_and_learns_all_tables():
    asked = problem(SIX, ("tables", "std", "weights"), n=20)
    joint = oracle.log_joint(asked.x, SIX.tables, SIX.std, weights_of(SIX))
    total = logsumexp(joint, axis=1).mean()
    found = [e_steps.Beam(width).step(asked, None) for width in (8, 64, 512)]
    assert found[0].objective < found[1].objective < found[2].objective < total
    exact = e_steps.Exact().step(asked, None).statistics
    errors = [np.abs(each.statistics.pairs - exact.pairs).sum() for each in found]
    assert errors[2] < errors[1] < errors[0]
    assert all(np.isclose(count.sum(), 20) for each in found for count in each.statistics.counts)


def test_a_gaussian_remainder_has_its_moments():
    """Where the levels below are Gaussian, with branches on a fine normal grid, it is exact."""
    grid = np.linspace(-5, 5, 41)
    weights = np.exp(-0.5 * grid**2)
    fine = Codebooks(
        (RNG.normal(size=(3, 1)), 0.5 * grid[:, None]),
        0.6,
        (np.log([0.2, 0.3, 0.5]), np.log(weights / weights.sum())),
    )
    for beta in (1.0, 0.5):
        asked = problem(fine, ("means", "std"), beta, n=30)
        got = e_steps.Remainder(1).step(asked, None)
        q = oracle.posterior(asked.x, fine.tables, fine.std, weights_of(fine), beta)
        check_statistics(got.statistics, asked.x, fine, 1, q, rtol=1e-4)


def test_the_default_deep_tree_needs_four_levels_and_a_gaussian():
    theta = HierarchicalMixture(levels=10).parameters(TRUE_MEANS)
    asked = e_steps.Problem(codebooks.sample(theta, 300, np.random.default_rng(0))[0], theta)
    exact, rest = e_steps.Exact(), e_steps.Remainder(4)
    variation = 0.5 * np.abs(exact.first_level(asked, None) - rest.first_level(asked, None)).sum(1).mean()
    assert variation < 5e-4
    assert abs(exact.step(asked, None).objective - rest.step(asked, None).objective) < 1e-3


@pytest.mark.parametrize("starts", [1, 4])
def test_mean_field_agrees_with_loops_and_never_falls(starts):
    asked, e_step = problem(SMALL, ("tables",)), e_steps.MeanField(sweeps=2, starts=starts)
    q, last = None, -np.inf
    for _ in range(6):
        answer = e_step.step(asked, q)
        assert answer.objective >= last - 1e-12
        q, last = answer.q, answer.objective
    table = e_step.posterior(asked, q)
    np.testing.assert_allclose(table.sum(1), 1, rtol=1e-12)
    check_statistics(answer.statistics, asked.x, SMALL, 3, table)
    joint = oracle.log_joint(asked.x, SMALL.tables, SMALL.std, weights_of(SMALL))
    assert np.isclose(last, np.sum(table * (joint - np.log(table)), axis=1).mean(), rtol=1e-9)


def test_the_best_of_several_products_is_better():
    asked = problem(SIX, n=50)
    one, five = (e_steps.MeanField(20, starts).step(asked, None).objective for starts in (1, 5))
    assert five > one


def test_gibbs_sweeps_leave_the_posterior_as_it_is():
    """FALSE ALARM: 20,000 draws that start at the posterior; a share deviates by .005; six times that."""
    x = np.repeat(data(SMALL, 2), 10_000, axis=0)
    q = oracle.posterior(x[::10_000], SMALL.tables, SMALL.std, weights_of(SMALL), 0.8)
    rng = np.random.default_rng(0)
    leaf = np.concatenate([rng.choice(24, size=10_000, p=p) for p in q])
    z = np.stack(np.unravel_index(leaf, SMALL.branching), axis=-1)
    after = np.ravel_multi_index(e_steps.gibbs_sweep(SMALL, x, z, rng, 0.8).T, SMALL.branching)
    assert (after != leaf).mean() > 0.1
    for i in range(2):
        share = np.bincount(after[10_000 * i :][:10_000], minlength=24) / 10_000
        np.testing.assert_allclose(share, q[i], atol=6 * 0.005)


def test_persistent_gibbs_approaches_the_exact_statistics():
    asked, e_step, q = problem(SMALL, ("tables",), n=200), e_steps.Gibbs(40), None
    for _ in range(3):
        q = e_step.step(asked, q).q
    got, exact = e_step.step(asked, q), e_steps.Exact().step(asked, None).statistics
    # The later half of the sweeps: 4,000 correlated draws; the deviation of a count is about 4, without the
    # weights 15. Sums of x would be wrong by 100 if the draws ignored x.
    np.testing.assert_allclose(got.statistics.pairs, exact.pairs, atol=10)
    np.testing.assert_allclose(got.statistics.first, exact.first, atol=12)
    # The distance of 20 draws from each posterior is 0.26; 0.33 with twice the variance, 0.65 without x.
    right = oracle.posterior(asked.x, SMALL.tables, SMALL.std, weights_of(SMALL))
    assert np.abs(e_step.posterior(asked, got.q) - right).sum(axis=1).mean() / 2 < 0.3


@given(st.integers(0, 10_000))
def test_the_statistics_of_any_draws_agree_with_loops(seed):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(5, 2)), np.stack([rng.integers(b, size=(3, 5)) for b in SMALL.branching], axis=-1)
    draws = e_steps.Draws(z, rng.dirichlet(np.ones(3), 5).T)
    asked = e_steps.Problem(x, SMALL, ("tables",))
    answer = e_steps.Gibbs()._answer(asked, draws, 0.0)
    check_statistics(answer.statistics, x, SMALL, 3, e_steps.Gibbs().posterior(asked, draws))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: e_steps.Beam(0), "width >= 1"),
        (lambda: e_steps.Gibbs(0), "sweeps >= 1"),
        (lambda: e_steps.MeanField(0), "sweeps >= 1"),
        (lambda: e_steps.MeanField(1, 0), "starts >= 1"),
        (lambda: e_steps.Remainder(0), "levels >= 1"),
        (lambda: e_steps.GFlowNet(samples=0), "samples >= 1"),
        (lambda: e_steps.Remainder(2).step(problem(SMALL, ("tables",)), None), "Gaussian remainder"),
    ],
)
def test_wrong_arguments_are_refused_in_words(make, message):
    with pytest.raises(ValueError, match=message):
        make()
