import ast
import inspect
import itertools
import re
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.animation import AbstractMovieWriter
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.markers import MarkerStyle
from PIL import Image
from scipy import stats
from scipy.integrate import trapezoid

from gmm_tf import COURSE, EMGMM, GMM, course_data, mixture_likelihood, plots
from gmm_tf.plots import animation

matplotlib.use("Agg")

WEIGHTS = np.array([0.5, 0.3, 0.2])
MEANS = np.array([[0.0, 0.0], [3.0, 1.0], [-2.0, 4.0]])
COVARIANCES = np.array([[[2.0, 1.2], [1.2, 1.0]], [[0.3, -0.2], [-0.2, 0.5]], [[0.1, 0], [0, 4]]])
# Linear RGB as readers see it without red, green or blue cones (Machado et al. 2009, severity 1).
COLOUR_VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


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
    np.testing.assert_allclose(points.get_ydata(), np.exp(log_prob(COURSE.means[:, None]))[:, 0], rtol=1e-6)
    assert points.get_marker() == "^" and points.get_linestyle() == "None"


def test_training_curve_counts_steps_from_zero(ax):
    plots.training_curve(ax, np.array([3.0, 2.0, 1.5]), ylabel="negative log-likelihood")
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[0, 3], [1, 2], [2, 1.5]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "negative log-likelihood")
    assert ax.get_legend() is None


def test_no_two_styles_share_a_line_or_marker():
    for key in ("color", "linestyle", "marker", "hatch"):
        assert len({style[key] for style in plots.STYLES}) == len(plots.STYLES)


def test_density_shows_data_curve_and_means_together(ax):
    x = np.linspace(-3, 9, 200)[:, None]
    plots.density(ax, log_prob, x=x, means=[0.0], label="fit")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sorted(labels) == ["data", "fit", "means of fit"]
    (curve, marks) = ax.get_lines()
    assert (curve.get_xdata()[0], curve.get_xdata()[-1]) == (-3, 9)
    np.testing.assert_allclose(marks.get_ydata(), np.exp(log_prob(np.zeros((1, 1))))[:, 0])


def lab(colour, vision):
    """CIE L*a*b* of a colour as a reader with that vision sees it, D65."""
    srgb = np.array(to_rgb(colour))
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
    xyz = to_xyz @ np.clip(vision @ linear, 0, 1) / [0.9505, 1, 1.0888]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", COLOUR_VISION)
def test_colours_stay_apart_for_colour_blind_readers(vision):
    seen = [lab(style["color"], np.array(COLOUR_VISION[vision])) for style in plots.STYLES]
    # 2.3 is a just noticeable difference (Mahy et al. 1994).
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 15


def test_plots_import_no_other_module_of_the_project_but_the_shapes():
    allowed = {*sys.stdlib_module_names, "matplotlib", "numpy", "gmm_tf.plots", "gmm_tf.shapes"}
    for path in Path(plots.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                imported = [node.module]
            else:
                imported = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            for name in imported:
                assert {name.split(".")[0], ".".join(name.split(".")[:2])} & allowed, (path, name)


def tags(ax):
    return {text.get_text(): text.xy for text in ax.texts}


def test_component_densities_are_weighted_normals_and_their_sum(ax):
    grid = np.linspace(-6, 6, 101)
    means, sigmas = MEANS[:, :1], np.array([1.0, 0.4, 2.0])
    assert plots.component_densities(ax, WEIGHTS, means, sigmas[:, None], grid) is ax
    *components, total = ax.lines
    expected = [w * stats.norm(m, s).pdf(grid) for w, m, s in zip(WEIGHTS, means[:, 0], sigmas, strict=True)]
    for line, curve in zip(components, expected, strict=True):
        np.testing.assert_allclose(line.get_xydata(), np.stack([grid, curve], 1), rtol=1e-12)
    np.testing.assert_allclose(total.get_ydata(), np.sum(expected, axis=0), rtol=1e-12)
    assert legend(ax) == ["0: weight 0.50", "1: weight 0.30", "2: weight 0.20", "sum"]
    assert len({line.get_linestyle() for line in components}) == 3
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "density")


def test_the_default_grid_resolves_a_narrow_component(ax):
    sigmas = np.array([1.0, 1e-4, 20.0])
    plots.component_densities(ax, WEIGHTS, [0.0, 0.5, 100.0], sigmas)
    *components, total = ax.lines
    peaks = [line.get_ydata().max() for line in components]
    np.testing.assert_allclose(peaks, WEIGHTS / sigmas / np.sqrt(2 * np.pi), rtol=1e-9)
    for line, peak in zip(components, peaks, strict=True):
        assert np.abs(np.diff(line.get_ydata())).max() < 0.02 * peak
    np.testing.assert_allclose(trapezoid(*total.get_xydata().T[::-1]), 1, atol=1e-3)
    assert np.allclose([tags(ax)[str(k)][0] for k in range(3)], [0, 0.5, 100])


def test_many_components_share_one_entry_in_the_legend(ax):
    plots.component_densities(ax, np.full(6, 1 / 6), np.arange(6), np.ones(6))
    assert legend(ax) == ["components 0 to 5", "sum"]
    assert sorted(tags(ax)) == list("012345")


@pytest.mark.parametrize(
    "weights, means, sigmas, message",
    [
        (np.log([0.5, 0.5]), [0, 1], [1, 1], "softmax of logits"),
        ([0.5, 0.3], [0, 1], [1, 1], "sum to 1"),
        ([1.5, -0.5], [0, 1], [1, 1], ">= 0"),
        ([0.5, 0.5], [0, 1, 2], [1, 1, 1], "Expected 3 weights"),
        ([0.5, 0.5], [0, 1], [-1, 1], "exp of log sigmas"),
        ([0.5, 0.5], [0, 1], [1, 0], "exp of log sigmas"),
        ([0.5, 0.5], [0, 1], [1], "Expected 2 sigmas"),
        ([0.5, 0.5], [0, np.nan], [1, 1], "finite means"),
        ([0.5, 0.5], [[0, 1]], [1, 1], "shape"),
        ([], [], [], "shape"),
    ],
)
def test_component_densities_refuse(ax, weights, means, sigmas, message):
    with pytest.raises(ValueError, match=message):
        plots.component_densities(ax, weights, means, sigmas)


def curves(ax):
    """The lines of ax with more than one point, [points, 2] each."""
    return [line.get_xydata() for line in ax.lines if len(line.get_xydata()) > 1]


def area(polygon):
    x, y = polygon.T
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


def test_ellipses_have_the_mahalanobis_radius(ax):
    assert plots.ellipses(ax, MEANS, COVARIANCES, WEIGHTS, levels=(1, 2.5)) is ax
    for curve, (k, radius) in zip(curves(ax), itertools.product(range(3), (1, 2.5)), strict=True):
        difference = curve - MEANS[k]
        distance2 = np.sum(difference * np.linalg.solve(COVARIANCES[k], difference.T).T, axis=1)
        np.testing.assert_allclose(distance2, radius**2, rtol=1e-9)
        full = np.pi * radius**2 * np.sqrt(np.linalg.det(COVARIANCES[k]))
        assert 0.999 * full < area(curve) < full
    marks = [line for line in ax.lines if len(line.get_xydata()) == 1]
    np.testing.assert_array_equal([line.get_xydata()[0] for line in marks], MEANS)
    assert [line.get_marker() for line in marks] == ["o", "s", "^"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")


def test_ellipses_turn_as_their_covariance_does(ax):
    factors = np.random.default_rng(0).standard_normal((30, 2, 2))
    covariances = factors @ factors.transpose(0, 2, 1)
    plots.ellipses(ax, np.zeros([30, 2]), covariances, levels=(1,))
    for curve, covariance in zip(curves(ax), covariances, strict=True):
        distance2 = np.sum(curve * np.linalg.solve(covariance, curve.T).T, axis=1)
        np.testing.assert_allclose(distance2, 1, rtol=1e-6)


def test_ellipses_name_weights_and_probabilities(ax):
    plots.ellipses(ax, MEANS, COVARIANCES, WEIGHTS)
    mass = [f"{100 * stats.chi2(2).cdf(r * r):.0f} % within {r} std" for r in (1, 2)]
    assert legend(ax) == ["0: weight 0.50", "1: weight 0.30", "2: weight 0.20", *mass]
    widths = [line.get_linewidth() for line in ax.lines if len(line.get_xydata()) > 1][::2]
    assert widths[0] > widths[1] > widths[2]


def test_ellipses_without_weights_name_components(ax):
    plots.ellipses(ax, MEANS, COVARIANCES, levels=())
    assert legend(ax) == ["component 0", "component 1", "component 2"]


def test_ellipse_of_rank_one_is_a_line_and_of_rank_zero_a_point(ax):
    direction = np.array([0.6, 0.8])
    rank_one = 4 * np.outer(direction, direction)
    plots.ellipses(ax, MEANS[:2], [rank_one, np.zeros([2, 2])], levels=(1.5,))
    line, point = curves(ax)
    np.testing.assert_allclose((line - MEANS[0]) @ [-0.8, 0.6], 0, atol=1e-7)
    along = (line - MEANS[0]) @ direction
    np.testing.assert_allclose([along.min(), along.max()], [-3, 3], rtol=1e-3)
    np.testing.assert_array_equal(point, np.broadcast_to(MEANS[1], point.shape))


@pytest.mark.parametrize("n, stride", [(1, 1), (5000, 1), (5001, 2), (12000, 3)])
def test_ellipses_draw_at_most_5000_observations(ax, n, stride):
    x = np.random.default_rng(0).standard_normal((n, 2))
    plots.ellipses(ax, MEANS, COVARIANCES, x=x)
    data = ax.lines[0]
    np.testing.assert_array_equal(data.get_xydata(), x[::stride])
    assert data.get_label() == ("data" if stride == 1 else f"data, 1 point in {stride}")


def test_the_legend_of_ellipses_covers_nothing():
    figure = matplotlib.figure.Figure(figsize=(6, 4), dpi=100)
    ax = figure.add_subplot()
    x = np.random.default_rng(0).uniform(-5, 5, (3000, 2))
    plots.ellipses(ax, MEANS, COVARIANCES, WEIGHTS, x)
    figure.draw_without_rendering()
    bottom = ax.get_legend().get_window_extent().ymin
    assert all(np.all(ax.transData.transform(curve)[:, 1] < bottom) for curve in curves(ax))


@pytest.mark.parametrize(
    "means, covariances, message",
    [
        (MEANS, np.linalg.cholesky(COVARIANCES), "L @ L"),
        (MEANS[:1], [[[1, 2], [2, 1]]], "negative eigenvalues"),
        (MEANS, COVARIANCES[:2], "shape|got"),
        (MEANS[:, :1], COVARIANCES, "K, 2"),
        (MEANS, COVARIANCES + np.inf, "finite covariances"),
    ],
)
def test_ellipses_refuse(ax, means, covariances, message):
    with pytest.raises(ValueError, match=message):
        plots.ellipses(ax, means, covariances)


def test_float32_covariances_of_rank_one_are_not_refused(ax):
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((200, 2)).astype(np.float32)
    covariances = vectors[:, :, None] * vectors[:, None, :]
    assert np.linalg.eigvalsh(covariances.astype(float)).min() < 0
    plots.ellipses(ax, np.zeros([200, 2]), covariances, levels=(2,))
    for curve, vector in zip(curves(ax), vectors, strict=True):
        np.testing.assert_allclose(np.abs(curve).max(axis=0), 2 * np.abs(vector), rtol=1e-3)


def posterior_1d(n=300, k=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 1)), rng.dirichlet(np.full(k, 0.3), n)


def heights(band):
    """Lower and upper edge of a filled band, at its sorted x."""
    vertices = band.get_paths()[0].vertices
    n = (len(vertices) - 3) // 2
    edges = vertices[1 : n + 1], vertices[n + 2 : 2 * n + 2][::-1]
    assert np.array_equal(edges[0][:, 0], edges[1][:, 0])
    return edges[0][:, 0], *sorted((edges[0][:, 1], edges[1][:, 1]), key=np.sum)


def test_responsibilities_stack_to_one_over_sorted_x(ax):
    x, posterior = posterior_1d()
    assert plots.responsibilities(ax, x, posterior) is ax
    order = np.argsort(x[:, 0])
    below = np.zeros(len(x))
    for k, band in enumerate(ax.collections[:4]):
        grid, low, high = heights(band)
        np.testing.assert_array_equal(grid, x[order, 0])
        np.testing.assert_allclose(high - low, posterior[order, k], atol=1e-12)
        np.testing.assert_allclose(low, below, atol=1e-12)
        below = high
    np.testing.assert_allclose(below, 1, atol=1e-12)
    assert len({band.get_hatch() for band in ax.collections[:4]}) == 4
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "p(k | x)")


def test_responsibilities_mark_uncertain_observations_below_the_bands(ax):
    x, posterior = posterior_1d()
    plots.responsibilities(ax, x, posterior, uncertain_below=0.7)
    certain, uncertain = (
        np.array([segment[0, 0] for segment in ticks.get_segments()]) for ticks in ax.collections[4:]
    )
    largest = np.sort(posterior, axis=1)[:, -1]
    np.testing.assert_array_equal(certain, np.sort(x[largest >= 0.7, 0]))
    np.testing.assert_array_equal(uncertain, np.sort(x[largest < 0.7, 0]))
    means = [f"{k}: average p {posterior[:, k].mean():.2f}" for k in range(4)]
    assert legend(ax) == [*means, f"max p(k | x) < 0.7: {100 * np.mean(largest < 0.7):.0f} %"]


def test_responsibilities_of_many_observations_keep_both_ends(ax):
    x, posterior = posterior_1d(n=20001)
    plots.responsibilities(ax, x, posterior)
    grid, _, _ = heights(ax.collections[0])
    assert len(grid) == 5000 and (grid[0], grid[-1]) == (x.min(), x.max())
    assert np.isin(grid, x).all() and np.all(np.diff(grid) > 0)


def test_number_of_a_band_lies_inside_it(ax):
    x = np.linspace(-3, 3, 601)
    joint = np.stack([stats.norm(m, 0.5).pdf(x) for m in (-2, 0, 2)], axis=1)
    posterior = joint / joint.sum(axis=1, keepdims=True)
    plots.responsibilities(ax, x, posterior)
    for k, band in enumerate(ax.collections[:3]):
        grid, low, high = heights(band)
        at, height = tags(ax)[str(k)]
        assert np.interp(at, grid, low) < height < np.interp(at, grid, high)
        assert np.interp(at, grid, high - low) > 0.98


POSTERIOR_2D = np.array([[1, 0, 0], [0, 1, 0], [0, 0.4, 0.6], [0.9, 0.1, 0], [0.25, 0.5, 0.25], [0, 0, 1]])
X_2D = np.array([[0.0, 1], [1, 2], [2, 0], [3, 5], [4, 1], [5, 3]])


def scattered(ax):
    """Point -> (colour, marker path, width of its ring)."""
    found = {}
    for group in ax.collections:
        for row, point in enumerate(group.get_offsets()):
            assert tuple(point) not in found
            path = group.get_paths()[0].vertices
            found[tuple(point)] = group.get_facecolors()[row], path, group.get_linewidths()[0]
    return found


def marker_path(marker):
    style = MarkerStyle(marker)
    return style.get_path().transformed(style.get_transform()).vertices


def test_points_mix_colours_and_carry_the_marker_of_the_largest(ax):
    assert plots.responsibilities(ax, X_2D, POSTERIOR_2D) is ax
    found = scattered(ax)
    assert len(found) == 6
    red, green, blue = (np.array(to_rgba(style["color"])) for style in plots.STYLES[:3])
    mixed = [red, green, 0.4 * green + 0.6 * blue, 0.9 * red + 0.1 * green, None, blue]
    mixed[4] = (red + 2 * green + blue) / 4
    for point, colour, marker, ring in zip(X_2D, mixed, "os^os^", [0, 0, 1, 0, 1, 0], strict=True):
        got_colour, got_path, got_ring = found[tuple(point)]
        np.testing.assert_allclose(got_colour, colour, atol=1e-12)
        np.testing.assert_array_equal(got_path, marker_path(marker))
        assert (got_ring > 0) == bool(ring)
    means = [f"{k}: average p {POSTERIOR_2D[:, k].mean():.2f}" for k in range(3)]
    assert legend(ax) == [*means, "max p(k | x) < 0.9: 33 %"]


def test_an_empty_component_has_no_number_over_x(ax):
    plots.responsibilities(ax, np.arange(3.0), [[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0]])
    assert sorted(tags(ax)) == ["0", "1"]
    assert legend(ax)[2] == "2: average p 0.00"


def test_numbers_stand_at_the_means_weighted_with_responsibility(ax):
    posterior = np.hstack([POSTERIOR_2D, np.zeros((6, 1))])
    plots.responsibilities(ax, X_2D, posterior)
    assert sorted(tags(ax)) == ["0", "1", "2"]
    for k in range(3):
        expected = np.average(X_2D, axis=0, weights=posterior[:, k])
        np.testing.assert_allclose(tags(ax)[str(k)], expected)


def test_responsibilities_draw_at_most_5000_points(ax):
    rng = np.random.default_rng(0)
    x, posterior = rng.standard_normal((12000, 2)), rng.dirichlet([1, 1], 12000)
    plots.responsibilities(ax, x, posterior)
    assert set(scattered(ax)) == set(map(tuple, x[::3]))


@pytest.mark.parametrize(
    "x, posterior, message",
    [
        (X_2D, np.log(POSTERIOR_2D + 1e-9), "softmax of posterior logits"),
        (X_2D, POSTERIOR_2D.T, r"\[6, K\]"),
        (X_2D, POSTERIOR_2D / 2, "sums to 1"),
        (X_2D, POSTERIOR_2D * [3, 3, 3] - [2 / 3, 2 / 3, 2 / 3], ">= 0"),
        (np.zeros((6, 3)), POSTERIOR_2D, "two columns"),
        (np.zeros((0, 1)), np.zeros((0, 2)), "Expected x"),
        (X_2D * np.nan, POSTERIOR_2D, "finite x"),
    ],
)
def test_responsibilities_refuse(ax, x, posterior, message):
    with pytest.raises(ValueError, match=message):
        plots.responsibilities(ax, x, posterior)


def test_information_criteria_mark_and_name_the_smallest(ax):
    bic, aic = [30.0, 10.0, 20.0, 10.0], [7.0, 6.0, 4.0, 5.0]
    assert plots.information_criteria(ax, [1, 4, 3, 2], bic, aic) is ax
    curve, best, other, other_best = ax.lines
    np.testing.assert_array_equal(curve.get_xydata(), [[1, 30], [2, 10], [3, 20], [4, 10]])
    np.testing.assert_array_equal(best.get_xydata(), [[2, 10]])
    np.testing.assert_array_equal(other.get_xydata(), [[1, 7], [2, 5], [3, 4], [4, 6]])
    np.testing.assert_array_equal(other_best.get_xydata(), [[3, 4]])
    assert legend(ax) == ["BIC", "smallest BIC: K = 2", "AIC", "smallest AIC: K = 3"]
    assert curve.get_linestyle() != other.get_linestyle() and curve.get_marker() != other.get_marker()
    np.testing.assert_array_equal(ax.get_xticks(), [1, 2, 3, 4])


def test_information_criteria_without_aic(ax):
    plots.information_criteria(ax, range(1, 31), np.arange(30.0))
    assert legend(ax) == ["BIC", "smallest BIC: K = 1"]
    assert len(ax.get_xticks()) <= 13 and set(ax.get_xticks()) <= set(range(1, 31))


@pytest.mark.parametrize("bic, message", [([1.0], "one shape"), ([1.0, np.nan], "finite bic")])
def test_information_criteria_refuse(ax, bic, message):
    with pytest.raises(ValueError, match=message):
        plots.information_criteria(ax, [1, 2], bic)


class Recorder(AbstractMovieWriter):
    """Keeps what each frame shows instead of writing a film."""

    def __init__(self):
        super().__init__()
        self.frames = []

    def setup(self, fig, outfile, dpi=None):
        super().setup(fig, outfile, dpi)

    def grab_frame(self, **_):
        (ax,) = self.fig.axes
        (legend,) = self.fig.legends
        shown = [text.get_text() for text in legend.get_texts()]
        labels = (ax.get_xlabel(), ax.get_ylabel())
        limits = (*ax.get_xlim(), *ax.get_ylim())
        self.frames.append((ax.get_title(), curves(ax), shown, labels, limits))

    def finish(self):
        pass


def record(animation):
    recorder = Recorder()
    animation.save("no file", writer=recorder)
    return zip(*recorder.frames, strict=True)


def path_1d(n=3):
    weights = [np.array([0.2, 0.8]) + 0.5 * t / n * np.array([1, -1]) for t in range(n)]
    return [(w, np.array([-t, 2.0 + t]), np.array([0.5, 1 + t])) for t, w in enumerate(weights)]


def test_frames_in_one_dimension_show_the_mixture_of_their_step():
    x, path = course_data(500), path_1d()
    titles, lines, legends, labels, limits = record(plots.animate_em(x, path, [-3.0, -2.5, -2.25]))
    assert titles == tuple(
        f"EM step {t}, mean log-likelihood {v}" for t, v in enumerate(["-3.0000", "-2.5000", "-2.2500"])
    )
    for (weights, means, sigmas), (*components, total), texts in zip(path, lines, legends, strict=True):
        grid = total[:, 0]
        for curve, w, m, s in zip(components, weights, means, sigmas, strict=True):
            np.testing.assert_allclose(curve[:, 1], w * stats.norm(m, s).pdf(grid), rtol=1e-9)
        np.testing.assert_allclose(total[:, 1], sum(curve[:, 1] for curve in components), rtol=1e-9)
        notes = [f"{k}: weight {w:.2f}" for k, w in enumerate(weights)]
        assert sorted(texts) == sorted(["data", *notes, "sum"])
    assert set(labels) == {("x", "density")}
    assert len(set(limits)) == 1 and limits[0][0] <= x.min() and limits[0][1] >= x.max()


def test_frames_in_two_dimensions_show_data_and_ellipses():
    x = np.random.default_rng(0).normal(size=(100, 2))
    path = [(WEIGHTS, MEANS + t, COVARIANCES * (1 + t)) for t in range(3)]
    titles, lines, _, labels, limits = record(plots.animate_em(x, path))
    assert titles == ("EM step 0", "EM step 1", "EM step 2")
    for t, (data, *ellipses) in enumerate(lines):
        np.testing.assert_array_equal(data, x)
        for curve, (k, radius) in zip(ellipses, itertools.product(range(3), (1, 2)), strict=True):
            difference = curve - MEANS[k] - t
            distance2 = np.sum(difference * np.linalg.solve(COVARIANCES[k] * (1 + t), difference.T).T, axis=1)
            np.testing.assert_allclose(distance2, radius**2, rtol=1e-9)
    assert set(labels) == {("$x_1$", "$x_2$")}
    assert len(set(limits)) == 1


@pytest.mark.parametrize(
    "x, means, scales, covariances",
    [
        (np.arange(9.0), [[0], [5]], [1, 2], [[[1]], [[4]]]),
        (np.arange(9.0)[:, None], [0, 5], [[1], [2]], [[[1]], [[4]]]),
        (np.eye(2), np.eye(2), [[1], [2]], [np.eye(2), 4 * np.eye(2)]),
        (np.eye(2), np.eye(2), [[1, 2], [3, 4]], [np.diag([1, 4]), np.diag([9, 16])]),
    ],
)
def test_standard_deviations_and_covariances_show_the_same(x, means, scales, covariances):
    films = [list(record(plots.animate_em(x, [([0.5, 0.5], means, s)])))[1][0] for s in (scales, covariances)]
    for a, b in zip(*films, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_a_long_path_is_shown_in_even_steps_of_the_logarithm():
    steps = animation._frame_steps(10000, 13)
    # A factor of 10^(1/3) from frame to frame, with the start counted as 1.
    np.testing.assert_allclose(np.array(steps) + 1, 10 ** (np.arange(13) / 3), atol=0.5)
    assert animation._frame_steps(5, 5) == [0, 1, 2, 3, 4]
    assert animation._frame_steps(1, 60) == [0]
    few = animation._frame_steps(30, 20)
    assert few[0] == 0 and few[-1] == 29 and len(few) <= 20 and np.all(np.diff(few) > 0)


def test_at_most_60_frames_are_saved_as_gif(tmp_path):
    assert inspect.signature(plots.animate_em).parameters["max_frames"].default == 60
    assert 30 < len(animation._frame_steps(61, 60)) <= 60
    path = tmp_path / "em.gif"
    data = np.random.default_rng(0).normal(size=(200, 2))
    parameters = [([1.0], [[t / 10, 0]], [[1 + t / 10]]) for t in range(7)]
    plots.animate_em(data, parameters, path=path, max_frames=4)
    with Image.open(path) as film:
        assert film.n_frames == len(animation._frame_steps(7, 4)) <= 4
        assert film.size == (560, 320)
        assert film.info["duration"] == 200
    assert path.stat().st_size < 2e5


def test_animation_saves_and_shows_in_a_notebook(tmp_path):
    model = EMGMM(3, seed=0)
    x, parameters, scores = course_data(300), [], []
    for _ in range(3):
        parameters.append((np.exp(model.mixture.log_pi), model.means, np.exp(model.lsigmas)))
        scores.append(np.mean(model.log_prob(x)))
        model(x)
    animation = plots.animate_em(x, parameters, scores)
    animation.save(tmp_path / "em.gif", writer="pillow")
    with Image.open(tmp_path / "em.gif") as film:
        assert film.n_frames == 3
    page = animation.to_jshtml()
    assert len(re.findall(r"frames\[\d+\] = .data:image/png;base64", page)) == 3


@pytest.mark.parametrize(
    "parameters, options, message",
    [
        ([], {}, "Expected parameters"),
        (path_1d(), {"max_frames": 1}, "max_frames >= 2"),
        (path_1d(), {"log_likelihoods": [1.0]}, "Expected 3 log-likelihoods"),
        ([([0.5, 0.5], [0, 1], [-1, 1])], {}, "exp of log sigmas"),
        ([([0.5, 0.5], np.zeros((2, 2)), [1, 1])], {}, r"means \[K, 1\]"),
        ([([0.5, 0.5], [0, 1], [1, 1, 1])], {}, "for each step"),
        ([([2, 3], [0, 1], [1, 1])], {}, "softmax of logits"),
    ],
)
def test_animation_refuses(parameters, options, message):
    with pytest.raises(ValueError, match=message):
        plots.animate_em(course_data(10), parameters, **options)
