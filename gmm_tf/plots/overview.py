"""A fitted mixture and its data in one figure, whatever the number of dimensions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gmm_tf.plots import arguments
from gmm_tf.plots.clusters import ellipses
from gmm_tf.plots.curves import component_densities, histogram

# More columns than this make a matrix of panels too small to read.
MOST_PAIRED = 4


def overview(
    figure: Figure, x: Any, weights: Any, means: Any, covariances: Any, names: Sequence[str] | None = None
) -> Figure:
    """Data and components; returns the figure.

    One dimension: histogram and densities. Two: data and ellipses. Up to MOST_PAIRED: each dimension
    and each pair of them. More: the first two principal coordinates of the standardised data, with
    the projected covariances (Bishop 2006, section 12.1); the title says so.

    Args:
        figure: an empty matplotlib Figure.
        x: [N, D].
        weights: [K], sum 1.
        means: [K, D].
        covariances: [K, D, D].
        names: of the D dimensions; x_1, x_2, ... if None.

    Raises:
        ValueError: wrong shape; NaN or infinite; weights that do not sum to 1.
    """
    x, means = arguments.finite("x", x), arguments.finite("means", means)
    covariances = arguments.finite("covariances", covariances)
    k, dim = means.shape
    if x.ndim != 2 or x.shape[1] != dim or covariances.shape != (k, dim, dim):
        raise ValueError(
            f"Expected x [N, {dim}], means [{k}, {dim}] and covariances [{k}, {dim}, {dim}], got "
            f"{list(x.shape)}, {list(means.shape)} and {list(covariances.shape)}; take all from one fit."
        )
    names = [f"$x_{{{d}}}$" for d in range(1, dim + 1)] if names is None else list(names)
    if dim == 1:
        curves(figure.add_subplot(), x[:, 0], weights, means[:, 0], covariances[:, 0, 0], names[0])
    elif dim == 2:
        plane(figure.add_subplot(), x, weights, means, covariances, names)
    elif dim <= MOST_PAIRED:
        _matrix(figure, x, weights, means, covariances, names)
    else:
        axes, shares = principal_axes(x)
        figure.suptitle(f"First two principal coordinates of {dim} standardised columns")
        labels = [f"coordinate {i} ({100 * part:.0f} % of the variance)" for i, part in enumerate(shares, 1)]
        centre = x.mean(axis=0)
        projected = axes.T @ covariances @ axes
        plane(figure.add_subplot(), (x - centre) @ axes, weights, (means - centre) @ axes, projected, labels)
    return figure


def curves(
    ax: Axes, x: np.ndarray, weights: np.ndarray, means: np.ndarray, variances: np.ndarray, name: str
) -> Axes:
    """Histogram of x [N] and the weighted components over the range of the data; returns ax."""
    histogram(ax, x)
    top = ax.get_ylim()[1]
    component_densities(ax, weights, means, np.sqrt(variances))
    # A collapsing component would flatten all others.
    ax.set(xlim=_range(x), ylim=(0, min(ax.get_ylim()[1], 1.5 * top)), xlabel=name)
    return ax


def plane(
    ax: Axes,
    x: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    covariances: np.ndarray,
    names: Sequence[str],
) -> Axes:
    """Points x [N, 2] and the ellipses of the components; returns ax."""
    ellipses(ax, means, covariances, weights, x)
    ax.set(xlabel=names[0], ylabel=names[1])
    return ax


def principal_axes(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(axes [D, 2], shares of the variance [2]) of x [N, D], each coordinate in its own spread.

    (x - mean) @ axes are the first two principal coordinates (Bishop 2006, eq. 12.5).
    """
    # A column that rarely varies may have one value in the rows that are shown.
    spread = np.where(np.ptp(x, axis=0) > 0, x.std(axis=0), 1.0)
    values, vectors = np.linalg.eigh(np.cov((x / spread).T, bias=True))
    axes = vectors[:, :-3:-1] / spread[:, None]
    return axes, values[:-3:-1] / values.sum()


def _range(x: np.ndarray) -> tuple[float, float]:
    """Limits of an axis for x [N], with a margin."""
    margin = 0.05 * np.ptp(x) or 0.5
    return x.min() - margin, x.max() + margin


def _matrix(
    figure: Figure,
    x: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    covariances: np.ndarray,
    names: Sequence[str],
) -> None:
    dim = x.shape[1]
    axes: Any = figure.subplots(dim, dim)
    for row in range(dim):
        for column in range(row):
            ax, pair = axes[row, column], [column, row]
            plane(ax, x[:, pair], weights, means[:, pair], covariances[:, pair][:, :, pair], ["", ""])
            ax.set(xlim=_range(x[:, column]), ylim=_range(x[:, row]))
        curves(axes[row, row], x[:, row], weights, means[:, row], covariances[:, row, row], "")
        axes[row, row].set_ylabel("")
        for column in range(row + 1):
            _only_outer_labels(axes[row, column], row, column, row == dim - 1, names)
        for column in range(row + 1, dim):
            axes[row, column].remove()
    handles, labels = axes[dim - 1, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper right", fontsize="small")


def _only_outer_labels(ax: Axes, row: int, column: int, last: bool, names: Sequence[str]) -> None:
    """Names and numbers at the left and the lower edge of a matrix, none at a density."""
    if (legend := ax.get_legend()) is not None:
        legend.remove()
    ax.tick_params(labelbottom=last, labelleft=column == 0 < row, left=column < row)
    ax.xaxis.offsetText.set_visible(last)
    ax.yaxis.offsetText.set_visible(column == 0 < row)
    if last:
        ax.set_xlabel(names[column])
    if column == 0 < row:
        ax.set_ylabel(names[row])
