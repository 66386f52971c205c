"""How components and curves look, so that a reader can tell them apart without colours.

The first six colours and the last are those of Okabe & Ito (2008), the others of Tol's muted scheme (2021).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes

STYLES = (
    {"color": "#0072B2", "linestyle": "-", "marker": "o", "hatch": ""},
    {"color": "#D55E00", "linestyle": "--", "marker": "s", "hatch": "//"},
    {"color": "#009E73", "linestyle": "-.", "marker": "^", "hatch": ".."},
    {"color": "#CC79A7", "linestyle": ":", "marker": "D", "hatch": "\\\\"},
    {"color": "#E69F00", "linestyle": (0, (6, 1, 1, 1, 1, 1)), "marker": "v", "hatch": "xx"},
    {"color": "#56B4E9", "linestyle": (0, (10, 2)), "marker": "P", "hatch": "--"},
    {"color": "#882255", "linestyle": (0, (3, 1)), "marker": "X", "hatch": "++"},
    {"color": "#332288", "linestyle": (0, (1, 3)), "marker": "*", "hatch": "oo"},
    {"color": "#000000", "linestyle": (0, (12, 1, 2, 1)), "marker": "h", "hatch": "**"},
)
# More points than this are slow to draw and hide each other.
MOST_POINTS = 5000
# With more components than this the legend would cover half of a notebook's plot.
MOST_LABELS = 5


def look(index: int, *keys: str) -> dict[str, Any]:
    """The named properties of a style; after the last style the first comes again."""
    return {key: STYLES[index % len(STYLES)][key] for key in keys}


def labelled(ax: Axes, x: str, y: str, **legend: Any) -> Axes:
    """Name the axes, and show a legend if something has a label; returns ax."""
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(**legend)
    return ax


def legend_above(ax: Axes, x: str, y: str) -> Axes:
    """Name the axes, and make room for a legend above what is drawn; returns ax."""
    rows = -(-len(ax.get_legend_handles_labels()[0]) // 2)
    # Share of the height that small print takes in axes three inches high.
    share = 0.06 * rows + 0.04
    low, high = ax.get_ylim()
    ax.set_ylim(low, low + (high - low) / (1 - share))
    return labelled(ax, x, y, fontsize="small", ncols=2, loc="upper center")


def component_labels(notes: Sequence[str]) -> list[str | None]:
    """Texts for the legend, one per component, or one for all of them if they are many."""
    if len(notes) > MOST_LABELS:
        return [f"components 0 to {len(notes) - 1}"] + [None] * (len(notes) - 1)
    return [f"{k}: {note}" if note else f"component {k}" for k, note in enumerate(notes)]


def tag(ax: Axes, index: int, position: Any, offset: tuple[float, float] = (5, 4)) -> None:
    """The number of a component at a position (x, y), moved by an offset in points."""
    ax.annotate(
        str(index),
        position,
        xytext=offset,
        textcoords="offset points",
        weight="bold",
        annotation_clip=True,
        path_effects=[patheffects.withStroke(linewidth=2.5, foreground="white")],
    )


def thinned(x: np.ndarray) -> tuple[np.ndarray, int]:
    """Every s-th row of x with the smallest s that leaves at most MOST_POINTS, and s."""
    stride = -(-len(x) // MOST_POINTS)
    return x[::stride], stride
