"""Components in the plane."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from gmm_tf.plots import arguments
from gmm_tf.plots.style import component_labels, legend_above, look, tag, thinned
from gmm_tf.shapes import Float, Observations

# Asymmetry and negative eigenvalues up to this share of the largest are float32 rounding.
ROUNDING = 1e-5


def ellipses(ax: Axes, means: Any, covariances: Any, weights: Any = None, x: Observations | None = None,
             levels: Sequence[float] = (1, 2)) -> Axes:  # fmt: skip
    """Mean and ellipses of equal Mahalanobis distance of each component; returns ax.

    The ellipse at level r is (x - mu)^T Sigma^-1 (x - mu) = r^2 (Bishop 2006, eq. 2.44) and holds
    1 - exp(-r^2 / 2) of its component: 39 % and 86 % for r of 1 and 2, less than in one dimension.
    A covariance of rank 1 gives a line, one of rank 0 a point.

    Args:
        ax: matplotlib Axes; `ax.set_aspect("equal", "datalim")` shows spheres as circles.
        means: [K, 2].
        covariances: [K, 2, 2], symmetric, eigenvalues >= 0.
        weights: mixing weights [K], as numbers in the legend and as width of line; none if None.
        x: data [N, 2], at most 5000 of them drawn, at a fixed stride; none if None.
        levels: radii in standard deviations.

    Raises:
        ValueError: wrong shape; NaN or infinite; weights that do not sum to 1; a matrix that is not a
            covariance.
    """
    means = arguments.finite("means", means)
    roots = _roots(arguments.finite("covariances", covariances), means)
    k = len(means)
    notes, widths = [""] * k, np.full(k, 1.5)
    if weights is not None:
        weights = arguments.weights(weights, k)
        notes, widths = [f"weight {w:.2f}" for w in weights], 1 + 2 * weights
    if x is not None:
        _points(ax, x)
    angles = np.linspace(0, 2 * np.pi, 181)
    circle = np.stack([np.cos(angles), np.sin(angles)])
    labels = component_labels(notes)
    for i, (mean, root, width, label) in enumerate(zip(means, roots, widths, labels, strict=True)):
        line = look(i, "color", "linestyle")
        ax.plot(*mean, label=label, markeredgecolor="black", **look(i, "marker"), **line)
        for level in levels:
            ax.plot(*(mean[:, None] + level * root @ circle), linewidth=width, **line)
        tag(ax, i, mean)
    for level in levels:
        ax.plot([], [], " ", label=f"{100 * _mass(level):.0f} % within {level:g} std")
    return legend_above(ax, "$x_1$", "$x_2$")


def _points(ax: Axes, x: Observations) -> None:
    x = arguments.observations(x)
    if x.shape[1] != 2:
        raise ValueError(f"Expected x of shape [N, 2], got {list(x.shape)}; choose two columns.")
    x, stride = thinned(x)
    label = "data" if stride == 1 else f"data, 1 point in {stride}"
    ax.plot(*x.T, ".", color="#BBBBBB", markersize=2.5, zorder=1, label=label)


def _roots(covariances: np.ndarray, means: np.ndarray) -> Float[np.ndarray, "K 2 2"]:
    """A_k with A_k A_k^T = Sigma_k, [K, 2, 2]; an eigenvalue may be 0."""
    if means.ndim != 2 or means.shape[1] != 2 or covariances.shape != (len(means), 2, 2):
        raise ValueError(
            "Expected means [K, 2] and covariances [K, 2, 2], got "
            f"{list(means.shape)} and {list(covariances.shape)}; for K = 1 pass lists of one."
        )
    largest = np.max(np.abs(covariances), axis=(1, 2))
    skew = np.abs(covariances[:, 0, 1] - covariances[:, 1, 0])
    values, vectors = np.linalg.eigh(covariances)
    if np.any(skew > ROUNDING * largest) or np.any(values[:, 0] < -ROUNDING * largest):
        raise ValueError(
            "Expected symmetric covariances without negative eigenvalues, got something else; "
            "a Cholesky factor L becomes a covariance by L @ L^T."
        )
    return vectors * np.sqrt(np.maximum(values, 0))[:, None, :]


def _mass(level: float) -> float:
    """Probability of a Mahalanobis distance below level, for a normal in the plane."""
    return -np.expm1(-0.5 * level * level)
