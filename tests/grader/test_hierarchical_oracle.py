"""The oracle of `gflownet-em` against SciPy and enumeration in loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from autograder.tasks.gflownet_em import oracle

SEEDS = st.integers(0, 2**32 - 1)


def problem(seed, n=12):
    rng = np.random.default_rng(seed)
    means = rng.normal(0, 1, (rng.integers(1, 6), 2))
    return rng, rng.normal(0, 1.2, (n, 2)), means


def densities(x, means):
    """p(x, i, j) by SciPy's normal density, leaf by leaf."""
    table = np.zeros((len(x), len(means), 4))
    for i, mean in enumerate(means):
        for j in range(4):
            angle = np.pi / 4 + j * np.pi / 2
            centre = mean + [np.cos(angle), np.sin(angle)]
            normal = stats.multivariate_normal(centre, 0.25**2 * np.eye(2))
            table[:, i, j] = np.atleast_1d(normal.pdf(x)) / (4 * len(means))
    return table


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_log_likelihood_and_posterior_are_those_of_scipys_densities(seed):
    _, x, means = problem(seed)
    table = densities(x, means)
    p = table.sum((1, 2))
    if p.min() < 1e-290:  # farther out, densities underflow
        return
    assert oracle.log_likelihood(x, means) == pytest.approx(np.mean(np.log(p)), rel=1e-9)
    np.testing.assert_allclose(oracle.posterior(x, means), table / p[:, None, None], atol=1e-10)


@settings(deadline=None, max_examples=20)
@given(SEEDS)
def test_the_m_step_maximises_the_expected_log_joint(seed):
    rng, x, means = problem(seed)
    q = rng.dirichlet(np.ones(4 * len(means)), len(x)).reshape(len(x), len(means), 4)

    def loss(flat):
        return -(q * oracle.log_joint(x, flat.reshape(-1, 2))).sum()

    found = optimize.minimize(loss, means.ravel()).x.reshape(-1, 2)
    np.testing.assert_allclose(oracle.m_step(x, q), found, atol=1e-3)


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_a_mean_field_sweep_raises_the_bound_and_each_factor_is_optimal(seed):
    rng, x, means = problem(seed)
    joint = oracle.log_joint(x, means)

    def bound(q_i, q_j):
        q = q_i[:, :, None] * q_j[:, None]
        return (q * (joint - np.log(np.maximum(q, 1e-300)))).sum((1, 2))

    old_j = rng.dirichlet(np.ones(4), len(x))
    q_i, q_j = oracle.mean_field_sweep(x, means, old_j)
    other_i = 0.9 * q_i + 0.1 * rng.dirichlet(np.ones(len(means)), len(x))
    other_j = 0.9 * q_j + 0.1 * rng.dirichlet(np.ones(4), len(x))
    assert np.all(bound(q_i, old_j) >= bound(other_i, old_j) - 1e-9)
    assert np.all(bound(q_i, q_j) >= bound(q_i, other_j) - 1e-9)
    assert np.all(bound(q_i, q_j) >= bound(q_i, old_j) - 1e-9)


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_em_never_loses_likelihood(seed):
    _, x, means = problem(seed, n=60)
    values = [oracle.log_likelihood(x, oracle.em(x, means, steps)) for steps in range(4)]
    assert np.all(np.isfinite(values)) and np.all(np.diff(values) >= -1e-9)


def test_balance_holds_at_the_exact_posterior():
    _, x, means = problem(0)
    joint, q = oracle.log_joint(x, means), oracle.posterior(x, means)
    log_z = np.log(np.exp(joint).sum((1, 2)))
    residuals = oracle.trajectory_balance(log_z[:, None, None], np.log(q), joint)
    np.testing.assert_allclose(residuals, 0, atol=1e-12)
