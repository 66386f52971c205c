"""M-steps against weighted least squares on every leaf, and parameters that EM must find again."""

import itertools

import numpy as np
import pytest
import tree_oracle as oracle

from gmm_tf import (
    HierarchicalMixture,
    ascend,
    codebooks,
    e_steps,
    exact_em,
    gflownet_em,
    m_steps,
    maximise,
    tree_em,
)
from gmm_tf.codebooks import Codebooks, log_joint
from gmm_tf.data import TRUE_MEANS

RNG = np.random.default_rng(0)
ALL = ("tables", "std", "weights")
THETA = Codebooks(
    tuple(RNG.normal(size=(b, 2)) for b in (3, 2, 4)),
    0.7,
    tuple(np.log(RNG.dirichlet(np.ones(b) * 5)) for b in (3, 2, 4)),
)
X = HierarchicalMixture(list(THETA.tables[1:]), 0.7, superclusters=3).sample(60, THETA.tables[0], seed=1)
OTHER = THETA._replace(tables=tuple(table + RNG.normal(size=table.shape) for table in THETA.tables), std=1.1)


def expected_log_joint(q, theta):
    """E_q log p(x, z), summed."""
    leaves = np.array(oracle.leaves(theta.tables))
    return sum(
        mass @ log_joint(theta, X, np.tile(z, [len(X), 1])) for z, mass in zip(leaves, q.T, strict=True)
    )


def answered(theta, learn):
    problem = e_steps.Problem(X, theta, learn)
    q = oracle.posterior(X, theta.tables, theta.std, [np.exp(w) for w in theta.log_weights])
    return e_steps.Exact().step(problem, None).statistics, q


def test_all_parameters_maximise_the_expected_log_joint():
    statistics, q = answered(OTHER, ALL)
    best = maximise(ALL)(statistics, OTHER)
    # Every leaf of every observation is a weighted row of a regression of x on the branches.
    leaves = oracle.leaves(THETA.tables)
    rows = np.array(
        [np.concatenate([np.eye(b)[z] for b, z in zip((3, 2, 4), leaf, strict=True)]) for leaf in leaves]
    )
    design, target = np.tile(rows, [len(X), 1]), np.repeat(X, len(leaves), axis=0)
    root = np.sqrt(q.ravel())[:, None]
    expected = design @ np.linalg.lstsq(root * design, root * target)[0]
    np.testing.assert_allclose(design @ np.concatenate(best.tables), expected, atol=1e-8)
    variance = np.sum(root**2 * (target - expected) ** 2) / X.size
    assert np.isclose(best.std**2, variance, rtol=1e-9)
    mass = q.sum(0) @ rows / len(X)
    np.testing.assert_allclose(np.concatenate([np.exp(w) for w in best.log_weights]), mass, rtol=1e-9)
    value = expected_log_joint(q, best)
    for scale, seed in itertools.product((1e-2, 1e-1), range(3)):
        rng = np.random.default_rng(seed)
        moved = tuple(table + scale * rng.normal(size=table.shape) for table in best.tables)
        assert expected_log_joint(q, best._replace(tables=moved)) < value
        assert expected_log_joint(q, best._replace(std=best.std * (1 + scale))) < value


def test_means_alone_leave_the_rest():
    statistics, _ = answered(OTHER, ("means",))
    best = maximise()(statistics, OTHER)
    for new, old in zip(best.tables[1:], OTHER.tables[1:], strict=True):
        np.testing.assert_array_equal(new, old)
    np.testing.assert_allclose(best.tables[0], statistics.first / statistics.n[:, None], rtol=1e-9)
    assert best.std == OTHER.std


def test_a_ridge_is_a_normal_prior():
    statistics, q = answered(OTHER, ("tables",))
    table = np.concatenate(m_steps.least_squares(statistics, OTHER, 0.3))
    expected = np.linalg.solve(statistics.pairs + 0.3 * OTHER.std**2 * np.eye(9), statistics.first)
    np.testing.assert_allclose(table, expected, rtol=1e-8)
    with pytest.raises(ValueError, match="ridge >= 0"):
        maximise(ridge=-1)


def test_what_the_data_do_not_say_stays():
    """A shift from one table to another explains as much, and so does any value of a branch never chosen."""
    statistics, _ = answered(OTHER, ("tables",))
    best = maximise(("tables",))(statistics, OTHER)
    moves = [new - old for new, old in zip(best.tables, OTHER.tables, strict=True)]
    shift = [np.full([3, 1], 1.0), np.full([2, 1], -1.0), np.zeros([4, 1])]
    assert abs(sum(np.sum(a * b) for a, b in zip(moves, shift, strict=True))) < 1e-8


def test_gradient_steps_climb_to_the_least_squares():
    statistics, _ = answered(OTHER, ("tables",))
    best = maximise(("tables",))(statistics, OTHER)
    climbed = ascend(0.5, 5000)(statistics, OTHER)
    for a, b in zip(best.tables, climbed.tables, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    with pytest.raises(ValueError, match="learning_rate"):
        ascend(0)


def test_exact_em_of_all_parameters_never_falls():
    result = exact_em(
        X, OTHER, 30, mixture=HierarchicalMixture(list(OTHER.tables[1:]), superclusters=3), learn=ALL
    )
    assert np.diff(result.log_likelihoods).min() > -1e-12
    assert np.isclose(result.mixture.log_likelihood(X, result.means), result.log_likelihoods[-1], rtol=1e-9)


def test_unknown_parameters_are_refused():
    for learn in (("mean",), "means", ()):
        with pytest.raises(ValueError, match="learn as some of"):
            exact_em(X, TRUE_MEANS, 1, learn=learn)
    statistics = e_steps.Remainder(1).step(e_steps.Problem(X, THETA), None).statistics
    with pytest.raises(ValueError, match="counts of every level"):
        maximise(("weights",))(statistics, THETA)


def test_tables_need_the_sums_of_all_levels():
    mixture = HierarchicalMixture(list(OTHER.tables[1:]), superclusters=3)
    with pytest.raises(ValueError, match="'tables' in tree_em"):
        exact_em(X, OTHER, 1, mixture=mixture, m_step=maximise(("tables",)))


def test_noise_that_rounding_has_eaten_is_refused():
    tree, far = HierarchicalMixture(), np.array(TRUE_MEANS, float) + 3e7
    with pytest.raises(ValueError, match="above rounding"):
        exact_em(tree.sample(500, far, seed=0), far, 2, learn=("means", "std"))
    four = np.array([[0.0, 0], [9, 0], [0, 9], [9, 9]])
    with pytest.raises(ValueError, match="above rounding"):
        exact_em(four, four - tree.offsets[0][0], 5, learn=("means", "std"))


def beam_em(x, start, iterations, **options):
    return tree_em(x, start, e_steps.Beam(64), iterations, **options)


def policy_em(x, start, iterations, **options):
    return gflownet_em(x, start, iterations, anneal=None, steps=20, first_steps=100, **options)


# Not Gibbs sampling: where leaves lie far apart it cannot pass from one explanation to another.
# The draws of a policy reach the M-step by the same sums as the leaves of a beam. test_e_steps.py compares
# those sums with the exact ones, so a beam learns the tables alone in `make test`.
SLOW_BEAM, SLOW_POLICY = (pytest.param(em, marks=pytest.mark.slow) for em in (beam_em, policy_em))


@pytest.mark.parametrize("em", [exact_em, SLOW_BEAM, SLOW_POLICY])
def test_the_noise_is_found(em):
    x = HierarchicalMixture().sample(2000, TRUE_MEANS, seed=0)
    wide = HierarchicalMixture(std=0.6)
    near = TRUE_MEANS + 0.2 * np.random.default_rng(0).normal(size=(4, 2))
    result = em(x, near, 40, mixture=wide, learn=("means", "std"))
    # The deviation of the estimate itself is 0.25 / sqrt(2 * 4000) = 1.1 %.
    assert abs(result.mixture.std / 0.25 - 1) < 0.02


@pytest.mark.parametrize("em", [exact_em, SLOW_BEAM, SLOW_POLICY])
def test_the_weights_are_found(em):
    truth = [[0.7, 0.2, 0.07, 0.03], [0.1, 0.2, 0.3, 0.4]]
    drawn = HierarchicalMixture(weights=truth).parameters(TRUE_MEANS)
    x, z = codebooks.sample(drawn, 4000, np.random.default_rng(1))
    result = em(x, TRUE_MEANS, 30, learn=("means", "weights"))
    for level, found in enumerate(result.mixture.log_weights):
        np.testing.assert_allclose(np.exp(found), truth[level], atol=0.02)
        # The leaves lie apart: what can be found are the shares of these draws.
        np.testing.assert_allclose(np.exp(found), np.bincount(z[:, level]) / 4000, atol=0.005)


def matched(found, truth):
    """Largest error of the codewords up to permutations within levels, of levels, and shifts between them."""
    centred = [table - table.mean(0) for table in found]
    errors = []
    for order in itertools.permutations(range(len(truth))):
        error = 0.0
        for level, own in zip(order, centred, strict=True):
            want = truth[level] - truth[level].mean(0)
            error = max(
                error, min(np.abs(own[list(p)] - want).max() for p in itertools.permutations(range(len(own))))
            )
        errors.append(error)
    total = sum(t.mean(0) for t in found) - sum(t.mean(0) for t in truth)
    return min(errors), np.abs(total).max()


@pytest.mark.parametrize("em", [exact_em, beam_em, SLOW_POLICY])
def test_codebooks_are_found_up_to_permutations_and_shifts(em):
    rng = np.random.default_rng(3)
    tables = [rng.normal(size=(3, 4)) for _ in range(3)]
    x = HierarchicalMixture(tables[1:], 0.3, superclusters=3).sample(1500, tables[0], seed=0)
    start = HierarchicalMixture(
        [t + 0.3 * rng.normal(size=t.shape) for t in tables[1:]], 0.3, superclusters=3
    )
    means = tables[0] + 0.3 * rng.normal(size=(3, 4))
    result = em(x, means, 30, mixture=start, learn=("tables",))
    error, shift = matched(result.parameters.tables, tables)
    # A codeword is a mean of some 500 observations: its deviation is 0.3 / sqrt(500) = 0.013, six times.
    assert error < 0.08 and shift < 0.08
