"""Hierarchical mixtures against sums over leaves written as loops, and SciPy."""

import itertools

import numpy as np
import pytest
import tree_oracle as oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import logsumexp

from gmm_tf import HierarchicalMixture, codebooks, leaves
from gmm_tf.data import PETALS, TRUE_MEANS

RNG = np.random.default_rng(0)
THREE = HierarchicalMixture([RNG.normal(size=(3, 2)), RNG.normal(size=(2, 2))], 0.5, superclusters=2)
MEANS = RNG.normal(scale=2, size=(2, 2))
X = THREE.sample(40, MEANS, seed=1)


def joint_in_loops(tree, x, means):
    """{leaf: log p(x, leaf) [N]}."""
    tables, joint = (means, *tree.offsets), {}
    for leaf in itertools.product(*(range(len(table)) for table in tables)):
        centre = sum(table[b] for table, b in zip(tables, leaf, strict=True))
        density = stats.multivariate_normal(centre, tree.std**2 * np.eye(tree.dim)).logpdf(x)
        joint[leaf] = density - sum(np.log(len(table)) for table in tables)
    return joint


def test_density_and_posterior_agree_with_a_sum_over_leaves():
    joint = joint_in_loops(THREE, X, MEANS)
    log_px = logsumexp(list(joint.values()), axis=0)
    assert np.isclose(THREE.log_likelihood(X, MEANS), log_px.mean(), rtol=1e-12)
    q = THREE.posterior(X, MEANS)
    assert q.shape == (40, 2, 3, 2)
    for leaf, value in joint.items():
        np.testing.assert_allclose(q[(slice(None), *leaf)], np.exp(value - log_px), atol=1e-12)
        np.testing.assert_allclose(THREE.log_joint(X, np.tile(leaf, [40, 1]), MEANS), value, rtol=1e-12)


@pytest.mark.parametrize("beta", [1.0, 0.3])
def test_statistics_agree_with_the_posterior(beta, monkeypatch):
    tempered = {leaf: beta * value for leaf, value in joint_in_loops(THREE, X, MEANS).items()}
    total = logsumexp(list(tempered.values()), axis=0)
    n, first = np.zeros(2), np.zeros([2, 2])
    for (c, p, g), value in tempered.items():
        r = np.exp(value - total)
        n[c] += r.sum()
        first[c] += r @ (X - THREE.offsets[0][p] - THREE.offsets[1][g])
    for working_set in (leaves.WORKING_SET, 7 * THREE.leaves):
        monkeypatch.setattr(leaves, "WORKING_SET", working_set)
        got = leaves.statistics(THREE.parameters(MEANS), X, 1, beta)
        np.testing.assert_allclose(got.n, n, rtol=1e-10)
        np.testing.assert_allclose(got.first, first, rtol=1e-9, atol=1e-9)
        assert np.isclose(got.log_likelihood, THREE.log_likelihood(X, MEANS), rtol=1e-12)


def test_weights_enter_the_density():
    weights = [[0.3, 0.7], [0.2, 0.5, 0.3], [0.9, 0.1]]
    tree = HierarchicalMixture(list(THREE.offsets), 0.5, superclusters=2, weights=weights)
    expected = oracle.log_joint(X, (MEANS, *THREE.offsets), 0.5, weights)
    np.testing.assert_allclose(tree.log_prob(X, MEANS), logsumexp(expected, axis=1), rtol=1e-12)
    np.testing.assert_allclose(
        tree.log_joint(X, np.tile([1, 2, 0], [40, 1]), MEANS), expected[:, 10], rtol=1e-12
    )
    again = HierarchicalMixture(**tree.get_config())
    np.testing.assert_allclose(again.log_weights[1], np.log(weights[1]), rtol=1e-12)
    # FALSE ALARM: shares of 20,000 draws, 8 standard deviations.
    z = codebooks.sample(tree.parameters(MEANS), 20_000, np.random.default_rng(0))[1]
    np.testing.assert_allclose(np.bincount(z[:, 1]) / 20_000, weights[1], atol=8 * 0.0036)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(4)))
def test_superclusters_have_no_order_and_space_no_origin(seed, order):
    rng = np.random.default_rng(seed)
    tree, means, x = HierarchicalMixture(), rng.normal(size=(4, 2)), rng.normal(size=(20, 2))
    value = tree.log_likelihood(x, means)
    assert np.isclose(tree.log_likelihood(x, means[list(order)]), value, rtol=1e-10)
    assert np.isclose(tree.log_likelihood(x + 3, means + 3), value, rtol=1e-9)


def test_the_truth_has_the_likelihood_that_two_million_draws_give():
    # FALSE ALARM: the standard deviation of log p(x) is about 1, of its mean 0.004; the band is 8 wide.
    x = HierarchicalMixture().sample(60_000, TRUE_MEANS, seed=0)
    assert abs(HierarchicalMixture().log_likelihood(x, TRUE_MEANS) + 2.8178) < 0.035


def test_samples_are_those_of_the_density():
    """Counts in the leaves' cells by chi-square, residuals by Kolmogorov-Smirnov; 1e-7 each."""
    tree = HierarchicalMixture(PETALS, std=0.05)
    x = tree.sample(20_000, TRUE_MEANS, seed=3)
    centres = (TRUE_MEANS[:, None] + tree.lower_sums).reshape(-1, 2)
    nearest = ((x[:, None] - centres) ** 2).sum(-1).argmin(1)
    assert stats.chisquare(np.bincount(nearest, minlength=16)).pvalue > 1e-7
    residual = (x - centres[nearest]).ravel() / 0.05
    assert stats.kstest(residual, "norm").pvalue > 1e-7


def test_levels_of_one_array_shrink():
    tree = HierarchicalMixture(PETALS, 0.25, levels=4)
    assert tree.branching == (4, 4, 4, 4)
    np.testing.assert_allclose(tree.offsets[2], tree.offsets[0] / 4)
    again = HierarchicalMixture(**tree.get_config())
    assert again.branching == tree.branching
    np.testing.assert_array_equal(again.offsets[1], tree.offsets[1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"std": 0}, "std > 0"),
        ({"std": np.nan}, "std > 0"),
        ({"levels": 1}, "levels >= 2"),
        ({"superclusters": 0}, "superclusters >= 1"),
        ({"offsets": np.full((4, 2), np.nan)}, "finite offsets"),
        ({"offsets": np.zeros(4)}, "shape"),
        ({"offsets": [np.zeros((2, 2)), np.zeros((2, 3))]}, "shape"),
        ({"offsets": [PETALS, PETALS], "levels": 2}, "levels = 3"),
        ({"weights": [[0.5, 0.5], [0.25] * 4]}, "weights > 0"),
        ({"weights": [[0.25] * 4, [0.5, 0.5, 0.1, 0.0]]}, "weights > 0"),
    ],
)
def test_a_wrong_tree_is_refused_in_words(arguments, message):
    with pytest.raises(ValueError, match=message):
        HierarchicalMixture(**arguments)


@pytest.mark.parametrize(
    ("x", "means", "message"),
    [
        (np.zeros((3, 3)), TRUE_MEANS, r"shape \[N, 2\]"),
        (np.zeros((0, 2)), TRUE_MEANS, "N >= 1"),
        (np.full((3, 2), np.nan), TRUE_MEANS, "NaN"),
        (np.zeros((3, 2)), TRUE_MEANS[:3], "superclusters"),
        (np.zeros((3, 2)), np.full((4, 2), np.inf), "finite means"),
    ],
)
def test_wrong_data_and_means_are_refused_in_words(x, means, message):
    with pytest.raises(ValueError, match=message):
        HierarchicalMixture().log_likelihood(x, means)


def test_wrong_assignments_are_refused_in_words():
    for z in (np.zeros((3, 3), int), np.full((3, 2), 4), np.zeros((3, 2))):
        with pytest.raises(ValueError, match="integers z"):
            HierarchicalMixture().log_joint(np.zeros((3, 2)), z, TRUE_MEANS)


def test_a_posterior_that_would_not_fit_is_refused():
    with pytest.raises(ValueError, match="leaves"):
        HierarchicalMixture(levels=10).posterior(np.zeros((1000, 2)), TRUE_MEANS)


def test_one_observation_has_a_posterior():
    assert np.isclose(HierarchicalMixture().posterior(np.zeros((1, 2)), TRUE_MEANS).sum(), 1)
