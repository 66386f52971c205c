"""Which component explains which observation, and with what probability."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from gmm_tf.plots import arguments
from gmm_tf.plots.style import MOST_POINTS, component_labels, legend_above, look, tag, thinned
from gmm_tf.shapes import Observations


def responsibilities(ax: Axes, x: Observations, posterior: Any, uncertain_below: float = 0.9) -> Axes:
    """Responsibilities p(k | x) of the observations (Bishop 2006, eq. 9.13); returns ax.

    In one dimension the height of a band over x is p(k | x); ticks below are observations. In two
    dimensions a point has the colours of the components mixed in proportion, and the marker of
    the largest. Observations without a clear component are long ticks, or have a ring. The legend
    shows the mean responsibility, which is the weight after an M step (eq. 9.22).

    Args:
        ax: matplotlib Axes.
        x: [N, 1], [N] or [N, 2]; at most 5000 observations are drawn.
        posterior: p(k | x_n), [N, K].
        uncertain_below: an observation is uncertain if its largest p(k | x) is below this value.

    Raises:
        ValueError: wrong shape; NaN or infinite; rows that do not sum to 1.
    """
    x = arguments.observations(x)
    posterior = arguments.posterior(posterior, len(x))
    uncertain = posterior.max(axis=1) < uncertain_below
    labels = component_labels([f"average p {p:.2f}" for p in posterior.mean(axis=0)])
    note = f"max p(k | x) < {uncertain_below:g}: {100 * uncertain.mean():.0f} %"
    draw = _bands if x.shape[1] == 1 else _mixed_points
    return draw(ax, x, posterior, uncertain, labels, note)


def _bands(
    ax: Axes,
    x: np.ndarray,
    posterior: np.ndarray,
    uncertain: np.ndarray,
    labels: Sequence[str | None],
    note: str,
) -> Axes:
    order = np.argsort(x[:, 0], kind="stable")
    # Equal steps of rank, so that both ends of the data stay.
    ranks = np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).round().astype(int)
    x, posterior, uncertain = (values[order[ranks]] for values in (x[:, 0], posterior, uncertain))
    tops = np.cumsum(posterior, axis=1)
    for k, label in enumerate(labels):
        band = {"facecolor": look(k, "color")["color"], "edgecolor": "white", "label": label}
        ax.fill_between(x, tops[:, k] - posterior[:, k], tops[:, k], **look(k, "hatch"), **band)
    for k in np.flatnonzero(posterior.any(axis=0)).tolist():
        # Amid the observations that the component explains best; an empty one explains none.
        best = np.flatnonzero(posterior[:, k] >= 0.99 * posterior[:, k].max())
        row = best[len(best) // 2]
        tag(ax, k, (x[row], tops[row, k] - posterior[row, k] / 2), offset=(-3, -4))
    ax.vlines(x[~uncertain], -0.05, -0.02, color="#999999", linewidth=0.5)
    ax.vlines(x[uncertain], -0.1, -0.02, color="black", linewidth=0.5, label=note)
    ax.set_ylim(-0.12, 1)
    ax.set_yticks(np.linspace(0, 1, 6))
    return legend_above(ax, "x", "p(k | x)")


def _mixed_points(
    ax: Axes,
    x: np.ndarray,
    posterior: np.ndarray,
    uncertain: np.ndarray,
    labels: Sequence[str | None],
    note: str,
) -> Axes:
    # Where the component would have its mean after an M step; an empty one has none.
    for k in np.flatnonzero(posterior.any(axis=0)).tolist():
        tag(ax, k, np.average(x, axis=0, weights=posterior[:, k]))
    (x, _), (posterior, _), (uncertain, _) = map(thinned, (x, posterior, uncertain))
    palette = np.array([to_rgb(look(k, "color")["color"]) for k in range(len(labels))])
    colours = np.clip(posterior @ palette, 0, 1)
    largest = posterior.argmax(axis=1)
    for k, label in enumerate(labels):
        for ring, rows in (0, ~uncertain & (largest == k)), (0.8, uncertain & (largest == k)):
            points: dict[str, Any] = {
                "c": colours[rows],
                "edgecolors": "black",
                "linewidths": ring,
                "zorder": 2 + ring,
            }
            ax.scatter(x[rows, 0], x[rows, 1], s=14, **points, **look(k, "marker"))
        # The legend would show the first point, which may be mixed.
        ax.scatter([], [], s=30, label=label, **look(k, "color", "marker"))
    ax.scatter([], [], s=30, facecolors="none", edgecolors="black", label=note)
    return legend_above(ax, "$x_1$", "$x_2$")
