"""Figure of the cost of an EM step against N, K and D."""

import numpy as np
from matplotlib.figure import Figure

from gmm_tf.plots.style import look

PANELS = {
    "N": ("observations N", ["N"]),
    "K": ("components K", ["K"]),
    "D": ("dimensions D", ["D, diag", "D, full"]),
}


def draw(cost, path):
    """Write the series of row g as a PNG of three panels with logarithmic axes."""
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    for ax, (name, (label, series)) in zip(figure.subplots(1, 3), PANELS.items(), strict=True):
        for index, line in enumerate(series):
            style = look(index, "color", "linestyle", "marker")
            sizes = np.asarray(cost["series"][line]["sizes"])
            milliseconds = 1e3 * np.asarray(cost["series"][line]["step_seconds"])
            ax.plot(sizes, milliseconds, label=line.partition(", ")[2] or "gmm_tf", **style)
        ax.plot(sizes, milliseconds[-1] * sizes / sizes[-1], color="#BBBBBB", label="proportional")
        ax.set(xscale="log", yscale="log", xlabel=label, title=cost["fixed"][name])
        if name != "N":
            ax.set_xticks(sizes, sizes)
            ax.minorticks_off()
        ax.legend()
    figure.axes[0].set_ylabel("milliseconds per EM step")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
