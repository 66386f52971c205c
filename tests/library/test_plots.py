import matplotlib
import numpy as np
import pytest

from gmm_tf import COURSE, GMM, course_data, mixture_likelihood, plots

matplotlib.use("Agg")


@pytest.fixture
def ax():
    figure = matplotlib.figure.Figure()
    return figure.add_subplot()


def log_prob(x):
    return mixture_likelihood(x, *COURSE)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_histogram_has_unit_area(ax):
    assert plots.histogram(ax, course_data(500), bins=20) is ax
    corners = ax.patches[0].get_xy()
    x, y = corners[:, 0], corners[:, 1]
    shoelace = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
    assert np.isclose(shoelace, 1)
    assert (ax.get_xlabel(), ax.get_ylabel(), legend(ax)) == ("x", "density", ["data"])


def test_density_is_the_exponential_of_log_prob(ax):
    plots.density(ax, log_prob, label="truth")
    plots.density(ax, GMM(3, seed=0).log_prob, grid=np.linspace(0, 1, 5), label="model", style=1)
    truth, model = ax.lines
    np.testing.assert_allclose(truth.get_ydata().mean(), 0.0999, atol=5e-5)
    assert model.get_xdata().shape == (5,)
    assert legend(ax) == ["truth", "model"]
    assert truth.get_color() != model.get_color()
    assert truth.get_linestyle() != model.get_linestyle()


def test_means_lie_on_the_curve(ax):
    plots.component_means(ax, COURSE.means[:, None], log_prob, style=2)
    (points,) = ax.lines
    np.testing.assert_allclose(points.get_xdata(), COURSE.means)
    np.testing.assert_allclose(
        points.get_ydata(), np.exp(log_prob(COURSE.means[:, None]))[:, 0], rtol=1e-6
    )
    assert points.get_marker() == "^" and points.get_linestyle() == "None"


def test_training_curve_counts_steps_from_zero(ax):
    plots.training_curve(ax, np.array([3.0, 2.0, 1.5]), ylabel="negative log-likelihood")
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[0, 3], [1, 2], [2, 1.5]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "negative log-likelihood")
    assert ax.get_legend() is None


def test_no_two_styles_share_a_line_or_marker():
    for key in ("color", "linestyle", "marker"):
        assert len({style[key] for style in plots.STYLES}) == len(plots.STYLES)


def test_density_shows_data_curve_and_means_together(ax):
    x = np.linspace(-3, 9, 200)[:, None]
    plots.density(ax, log_prob, x=x, means=[0.0], label="fit")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sorted(labels) == ["data", "fit", "means of fit"]
    (curve, marks) = ax.get_lines()
    assert (curve.get_xdata()[0], curve.get_xdata()[-1]) == (-3, 9)
    np.testing.assert_allclose(marks.get_ydata(), np.exp(log_prob(np.zeros((1, 1))))[:, 0])
