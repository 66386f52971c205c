"""A thousand data sets and starts that break mixtures elsewhere: everything stays finite."""

import itertools

import numpy as np
import pytest

from gmm_tf import EMGMM, covariance, fit_em

# (N, K, D, dtype): each is compiled once and met many times.
SIZES = (
    (1, 1, 1, "float32"),
    (3, 3, 2, "float64"),
    (40, 3, 1, "float64"),
    (40, 4, 2, "float32"),
    (40, 40, 2, "float64"),
)
CASES = 1000
# Places in SIZES of those that `make test` compiles, each size and each kind, and how many of their cases it
# takes: one of each sort of data. All cases of all sizes are slow.
FAST = {"full": (3,), "tied": (2,), "diag": (4, 0), "spherical": (1,)}
FEW = 8


def all_equal(rng, n, dim):
    return np.full((n, dim), rng.choice([0.0, 1.0, -1e6, 1e-30, 1e15]))


def few_points(rng, n, dim):
    return rng.normal(size=(2, dim))[rng.integers(2, size=n)]


def constant_column(rng, n, dim):
    x = rng.normal(size=(n, dim))
    x[:, -1] = rng.normal() * 10 ** rng.uniform(-10, 10)
    return x


def outliers(rng, n, dim):
    x = rng.normal(size=(n, dim))
    x[0] = rng.choice([1e15, -1e15, 1e30])
    return x


def heavy_tails(rng, n, dim):
    return rng.standard_cauchy(size=(n, dim)) ** 3


def tiny_or_huge(rng, n, dim):
    return rng.normal(size=(n, dim)) * 10 ** rng.uniform(-30, 30, size=dim)


def collinear(rng, n, dim):
    return rng.normal(size=(n, 1)) * np.ones(dim)


def integers(rng, n, dim):
    return rng.integers(3, size=(n, dim)).astype(float)


DATA = (all_equal, few_points, constant_column, outliers, heavy_tails, tiny_or_huge, collinear, integers)


def start(model, rng):
    """Weights from harmless to absurd."""
    for weight, scales in (
        (model.logits, (1, 50)),
        (model.means, (1, 1e3, 1e15)),
        (model.scale, (1, 20, 60)),
    ):
        weight.assign(rng.normal(size=weight.shape) * rng.choice(scales))
    if rng.random() < 0.3:
        model.scale.assign(np.full(model.scale.shape, -60.0))


def every_kind_and_size():
    every = CASES // (len(SIZES) * len(covariance.KINDS))
    for kind in covariance.KINDS:
        for place, size in enumerate(SIZES):
            yield pytest.param(kind, *size, every, marks=pytest.mark.slow)
            if place in FAST.get(kind, (0, 1)):
                yield pytest.param(kind, *size, FEW)


@pytest.mark.parametrize(("kind", "n", "k", "dim", "dtype", "cases"), every_kind_and_size())
def test_nothing_breaks(kind, n, k, dim, dtype, cases):
    rng = np.random.default_rng(0)
    model = EMGMM(k, dim, kind, seed=0, dtype=dtype)
    for make, _ in zip(itertools.cycle(DATA), range(cases)):
        x = make(rng, n, dim)
        start(model, rng)
        chosen = str(rng.choice(["weights", "data", "k-means++", "random"]))
        result = fit_em(model, x, 30, start=chosen)
        where = f"{make.__name__}, start {chosen}"
        assert np.isfinite(result.trace).all(), where
        assert all(np.isfinite(w).all() for w in model.get_weights()), where
        r = model.posterior(x).numpy()
        assert np.isfinite(model.log_prob(x)).all(), where
        np.testing.assert_allclose(r.sum(1), 1, rtol=1e-5, err_msg=where)
        if dtype == "float64":
            gains = np.diff(result.trace)
            # A factor is as exact as rounding times its condition number, which two far points make 1e13.
            condition = np.linalg.cond(model.covariances).max() if kind in ("full", "tied") else 1.0
            rounding = np.finfo(dtype).eps * condition
            assert (gains > -1e-7 * np.abs(result.trace[1:]) - rounding).all(), where
