"""The picture of a fit in one, two, a few and many dimensions."""

import warnings

import numpy as np
import pytest
from matplotlib.figure import Figure

from gmm_tf.plots.overview import overview, principal_axes

RNG = np.random.default_rng(0)


def fitted(dim, k=2):
    roots = RNG.normal(size=(k, dim, dim))
    return np.full(k, 1 / k), RNG.normal(size=(k, dim)), roots @ roots.transpose(0, 2, 1)


@pytest.mark.parametrize(("dim", "panels"), [(1, 1), (2, 1), (3, 6), (4, 10), (5, 1), (9, 1)])
def test_every_dimension_has_its_picture(dim, panels):
    figure = Figure()
    names = [f"name {d}" for d in range(dim)]
    assert overview(figure, RNG.normal(size=(60, dim)), *fitted(dim), names) is figure
    assert len(figure.axes) == panels
    labels = {label for ax in figure.axes for label in (ax.get_xlabel(), ax.get_ylabel())}
    if dim > 4:
        assert f"First two principal coordinates of {dim} standardised columns" == figure.get_suptitle()
    else:
        assert labels - {"", "density"} == set(names)
    figure.canvas.draw()


def test_matrix_shows_the_pair_that_its_labels_say():
    figure, x = Figure(), RNG.normal(size=(60, 3)) + [0, 100, 200]
    overview(figure, x, *fitted(3), ["a", "b", "c"])
    (panel,) = [ax for ax in figure.axes if (ax.get_xlabel(), ax.get_ylabel()) == ("a", "c")]
    (points,) = [line for line in panel.lines if line.get_label() == "data"]
    np.testing.assert_array_equal(points.get_xydata(), x[:, [0, 2]])


def test_principal_axes_are_those_of_the_singular_values():
    x = RNG.normal(size=(200, 6)) @ RNG.normal(size=(6, 6)) * [1, 1e3, 1e-3, 5, 7, 1e6]
    standard = (x - x.mean(axis=0)) / x.std(axis=0)
    _, values, rows = np.linalg.svd(standard, full_matrices=False)
    axes, shares = principal_axes(x)
    np.testing.assert_allclose(shares, values[:2] ** 2 / (values**2).sum())
    np.testing.assert_allclose(np.abs((x - x.mean(axis=0)) @ axes), np.abs(standard @ rows[:2].T), rtol=1e-6)


def test_projected_components_have_the_moments_of_their_projected_draws():
    """One component with the moments of the data has those of the points in the picture."""
    x = RNG.normal(size=(500, 6)) @ RNG.normal(size=(6, 6))
    figure = Figure()
    overview(figure, x, [1.0], x.mean(axis=0)[None], np.cov(x.T, bias=True)[None])
    lines = figure.axes[0].lines
    (points,) = [line.get_xydata() for line in lines if line.get_label() == "data"]
    ellipse = max((line.get_xydata() for line in lines if len(line.get_xydata()) == 181), key=np.ptp)
    # The principal coordinates are uncorrelated: the ellipse of two deviations has upright axes.
    np.testing.assert_allclose(ellipse.max(axis=0), 2 * points.std(axis=0), rtol=1e-3)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-12)


def test_wrong_shapes_are_explained():
    with pytest.raises(ValueError, match="take all from one fit"):
        overview(Figure(), RNG.normal(size=(60, 3)), *fitted(2))


def test_a_column_of_one_value_has_a_picture():
    x = np.random.default_rng(0).normal(size=(40, 6))
    x[:, 3] = 1.0
    axes, shares = principal_axes(x)
    assert np.isfinite(axes).all() and np.isfinite(shares).all()
    for dim in (3, 4, 6):
        figure = Figure()
        means, covariances = np.zeros((2, dim)), np.stack([np.eye(dim)] * 2)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            overview(figure, x[:, 6 - dim :], np.full(2, 0.5), means, covariances, list("abcdef")[:dim])
