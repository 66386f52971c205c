"""Exact sums over leaves agree with enumeration in NumPy, by matrix products and leaf by leaf."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from gmm_tf import HierarchicalMixture, leaves, separable
from gmm_tf.codebooks import Codebooks
from gmm_tf.data import TRUE_MEANS


def codebooks_of(seed, branching, dim, std, shift=0.0):
    rng = np.random.default_rng(seed)
    tables = [rng.standard_normal([b, dim]) for b in branching]
    tables[0] += shift
    weights = [rng.dirichlet(np.ones(b)) for b in branching]
    theta = Codebooks(tuple(tables), std, tuple(np.log(each) for each in weights))
    z = np.stack([rng.integers(b, size=6) for b in branching], axis=1)
    x = sum(table[z[:, level]] for level, table in enumerate(tables)) + std * rng.standard_normal([6, dim])
    return theta, x


def enumerated(theta, x, learnt, beta):
    """(log p(x) [N], p(z_1 | x), counts, pairs, first, square) in loops over leaves."""
    z = list(itertools.product(*map(range, theta.branching)))
    fixed = np.array(
        [sum(t[i] for t, i in zip(theta.tables[learnt:], leaf[learnt:], strict=True)) for leaf in z]
    )
    fixed = fixed.reshape(len(z), -1) + np.zeros(theta.dim)
    centre = np.array([sum(t[i] for t, i in zip(theta.tables, leaf, strict=True)) for leaf in z])
    prior = np.array([sum(w[i] for w, i in zip(theta.log_weights, leaf, strict=True)) for leaf in z])
    likelihood = -0.5 * np.sum((x[:, None] - centre) ** 2, -1) / theta.std**2
    likelihood -= 0.5 * theta.dim * np.log(2 * np.pi * theta.std**2)
    log_px = logsumexp(prior + likelihood, axis=1)
    tempered = prior + beta * likelihood
    q = np.exp(tempered - logsumexp(tempered, axis=1, keepdims=True))
    hot = np.array(
        [np.concatenate([np.eye(b)[i] for b, i in zip(theta.branching, leaf, strict=True)]) for leaf in z]
    )
    own = hot[:, : sum(theta.branching[:learnt])]
    rest = x[:, None] - fixed
    first = np.einsum("nm,ma,nmd->ad", q, own, rest)
    square = np.sum(q[..., None] * rest**2)
    return log_px, q @ hot[:, : theta.branching[0]], q.sum(0) @ hot, own.T * q.sum(0) @ own, first, square


def assert_right(theta, x, learnt=1, beta=1.0, tol=1e-9):
    log_px, one, counts, pairs, first, square = enumerated(theta, x, learnt, beta)
    got = leaves.statistics(theta, x, learnt, beta)
    close = {"rtol": tol, "atol": tol * len(x)}
    np.testing.assert_allclose(leaves.log_density(theta, x), log_px, **close)
    assert got.log_likelihood == pytest.approx(log_px.mean(), rel=tol, abs=tol)
    np.testing.assert_allclose(np.concatenate(got.counts), counts, **close)
    np.testing.assert_allclose(got.pairs, pairs, **close)
    size = {"rtol": tol, "atol": tol * np.abs(x).sum()}
    np.testing.assert_allclose(got.first, first, **size)
    np.testing.assert_allclose(got.square, square, rtol=tol, atol=tol * np.sum(x**2))
    if beta == 1.0:
        np.testing.assert_allclose(leaves.first_level(theta, x), one, **close)


# The tests below compile these sums; here each example would be compiled for itself.
@pytest.mark.usefixtures("uncompiled")
@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 1000),
    st.lists(st.integers(1, 4), min_size=1, max_size=5),
    st.integers(1, 3),
    st.sampled_from([0.05, 0.3, 1.0, 3.0]),
    st.sampled_from([0.0, 100.0]),
    st.booleans(),
    st.sampled_from([1.0, 0.2]),
)
def test_sums_agree_with_enumeration(seed, branching, dim, std, shift, learn_all, beta):
    theta, x = codebooks_of(seed, branching, dim, std, shift)
    # Sums around 100 have rounding errors of 100^2 times those of numbers around 1.
    assert_right(theta, x, len(branching) if learn_all else 1, beta, 1e-9 if shift == 0.0 else 1e-7)


@pytest.mark.parametrize("std", [0.12, 0.1, 0.09, 0.02])
def test_a_posterior_too_sharp_for_products_is_summed_leaf_by_leaf(std, monkeypatch):
    """Below and above the largest exponent, which lies between a std of 0.12 and 0.02."""
    theta, x = codebooks_of(0, [3, 3, 3], 2, std)
    used = []
    by_leaf = leaves._by_leaf
    monkeypatch.setattr(leaves, "_by_leaf", lambda *some: used.append(1) or by_leaf(*some))
    assert_right(theta, x, 3)
    if std in (0.12, 0.02):
        assert bool(used) == (std == 0.02)


def test_a_million_leaves_give_what_separate_coordinates_give():
    theta = HierarchicalMixture(levels=10).parameters(TRUE_MEANS)
    x = HierarchicalMixture(levels=10).sample(40, TRUE_MEANS, seed=0)
    parts = separable.split(theta)
    expected = separable.log_density(theta, parts, x)
    np.testing.assert_allclose(leaves.log_density(theta, x), expected, rtol=1e-10)
    np.testing.assert_allclose(
        leaves.first_level(theta, x), separable.first_level(theta, parts, x), atol=1e-10
    )
