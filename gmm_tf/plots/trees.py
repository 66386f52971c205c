"""Hierarchical mixtures in the plane."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from gmm_tf.plots import arguments
from gmm_tf.plots.style import labelled, look, thinned
from gmm_tf.shapes import Observations


def branches(ax: Axes, x: Observations, chosen: Any, means: Any, what: str = "branch") -> Axes:
    """Observations in the colour and marker of the branch that explains them; returns ax.

    Args:
        ax: matplotlib Axes.
        x: [N, 2], at most 5000 of them drawn, at a fixed stride.
        chosen: [N], integer, the branch of each observation.
        means: [C, 2], superclusters, as black crosses.
        what: name of a branch in the legend.

    Raises:
        ValueError: wrong shape; NaN or infinite.
    """
    x, means = _plane("x", x), _plane("means", means)
    chosen = np.asarray(chosen)
    if chosen.shape != (len(x),):
        raise ValueError(f"Expected chosen of shape [{len(x)}], got {list(chosen.shape)}.")
    stride = thinned(x)[1]
    x, chosen = x[::stride], chosen[::stride]
    for branch in np.unique(chosen):
        ax.plot(
            *x[chosen == branch].T,
            linestyle="",
            markersize=2.5,
            alpha=0.7,
            markeredgewidth=0,
            label=f"{what} {branch}",
            **look(int(branch), "color", "marker"),
        )
    _crosses(ax, means)
    return ax


def final_means(ax: Axes, x: Observations, truth: Any, found: Any) -> Axes:
    """Means that several runs ended with, over the observations and the true means; returns ax.

    Args:
        ax: matplotlib Axes.
        x: [N, 2], at most 5000 of them drawn, at a fixed stride.
        truth: [C, 2], as stars.
        found: [R, C, 2], of R runs, as black crosses.

    Raises:
        ValueError: wrong shape; NaN or infinite.
    """
    x, truth, found = _plane("x", x), _plane("truth", truth), arguments.finite("found", found)
    x, _ = thinned(x)
    ax.plot(*x.T, ".", color="#BBBBBB", markersize=2, zorder=1, label="data")
    ax.plot(
        *truth.T,
        linestyle="",
        marker="*",
        markersize=17,
        color=look(4, "color")["color"],
        markeredgecolor="black",
        label="true means",
    )
    _crosses(ax, _plane("found", found.reshape(-1, found.shape[-1])), "means found")
    return labelled(ax, "$x_1$", "$x_2$")


def _crosses(ax: Axes, means: np.ndarray, label: str = "superclusters") -> None:
    ax.plot(
        *means.T,
        linestyle="",
        marker="X",
        markersize=8,
        color="black",
        markeredgecolor="white",
        markeredgewidth=0.7,
        label=label,
    )


def _plane(name: str, values: Any) -> np.ndarray:
    values = arguments.finite(name, values)
    if values.ndim != 2 or values.shape[1] != 2 or not len(values):
        raise ValueError(f"Expected {name} of shape [N, 2], got {list(values.shape)}; choose two columns.")
    return values
