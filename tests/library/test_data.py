import numpy as np
import pytest
from scipy import integrate, stats

from gmm_tf import COURSE, course_data, data


def density(x):
    return np.sum(np.exp(COURSE.logits) * stats.norm.pdf(x, COURSE.means, np.exp(COURSE.lsigmas)))


def test_course_values():
    weights = [1 / 4, 1 / 4, 1 / 6, 1 / 6, 1 / 6]
    np.testing.assert_allclose(np.exp(COURSE.logits), weights, rtol=1e-6)
    np.testing.assert_allclose(COURSE.means, [1, -0.5, -2, 0.5, 3])
    np.testing.assert_allclose(np.exp(COURSE.lsigmas), [0.5, 1, 0.2, 0.1, 0.5], rtol=1e-6)


def test_course_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        COURSE.means[0] = 7


def test_seed_decides_the_data():
    assert course_data().shape == (5000, 1) and course_data().dtype == np.float32
    np.testing.assert_array_equal(course_data(9, seed=2), course_data(9, seed=2))
    assert not np.array_equal(course_data(9, seed=2), course_data(9, seed=3))


def test_data_have_the_course_distribution():
    """One Kolmogorov-Smirnov test: false alarms below 1e-7, were the seed drawn at random."""

    def cdf(x):
        z = (np.asarray(x)[:, None] - COURSE.means) / np.exp(COURSE.lsigmas)
        return stats.norm.cdf(z) @ np.exp(COURSE.logits)

    assert stats.kstest(course_data(20_000)[:, 0], cdf).pvalue > 1e-7


def test_density_integrates_to_one():
    total, _ = integrate.quad(density, -12, 12, points=list(COURSE.means), limit=200)
    assert abs(total - 1) < 1e-6


def test_no_draws_is_an_error():
    with pytest.raises(ValueError, match="n >= 1, got 0"):
        course_data(0)


@pytest.mark.parametrize(
    ("load", "shape", "first", "last", "mean"),
    [
        (data.galaxies, (82, 1), [9.172], [34.279], [20.8315]),
        (data.old_faithful, (272, 2), [3.6, 79], [4.467, 74], [3.4878, 70.8971]),
    ],
)
def test_measured_data_are_the_published_ones_and_fresh(load, shape, first, last, mean):
    x = load()
    assert x.shape == shape and x.dtype == np.float64
    np.testing.assert_array_equal(x[[0, -1]], [first, last])
    np.testing.assert_allclose(x.mean(axis=0), mean, rtol=0, atol=5e-5)
    x[:] = 0
    np.testing.assert_array_equal(load()[0], first)


def test_galaxies_have_the_right_78th():
    x = data.galaxies()[:, 0]
    assert x[77] == 26.960 and (np.diff(x) > 0).all()


def test_old_faithful_rows_belong_together():
    """Standard deviations and correlation as R computes them: sd, cor."""
    x = data.old_faithful()
    np.testing.assert_allclose(x.std(axis=0, ddof=1), [1.1414, 13.5950], rtol=0, atol=5e-5)
    assert abs(np.corrcoef(x.T)[0, 1] - 0.9008) < 5e-5
