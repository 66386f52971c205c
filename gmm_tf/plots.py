"""Plots of mixtures and fits: arrays and Axes in, Axes out.

Colours are those of Okabe & Ito (2008), which colour-blind readers can tell apart; each style
also has its own line and marker.
"""

import numpy as np

STYLES = (
    {"color": "#0072B2", "linestyle": "-", "marker": "o"},
    {"color": "#D55E00", "linestyle": "--", "marker": "s"},
    {"color": "#009E73", "linestyle": "-.", "marker": "^"},
    {"color": "#CC79A7", "linestyle": ":", "marker": "D"},
)


def _style(index, *drop):
    return {key: value for key, value in STYLES[index % len(STYLES)].items() if key not in drop}


def _density(log_prob, x):
    """exp log_prob(x), [N], for x [N]."""
    return np.exp(np.asarray(log_prob(np.reshape(x, [-1, 1])))).reshape(-1)


def _labelled(ax, x, y):
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    if ax.get_legend_handles_labels()[0]:
        ax.legend()
    return ax


def histogram(ax, x, bins=50, label="data"):
    """Histogram of x [N, 1] or [N] as a density; returns ax."""
    x = np.asarray(x).reshape(-1)
    ax.hist(x, bins=bins, density=True, color="#BBBBBB", histtype="stepfilled", label=label)
    return _labelled(ax, "x", "density")


def density(ax, log_prob, x=None, means=None, grid=None, label="density", style=0):
    """Density curve, over the histogram of the data and with a marker at each mean; returns ax.

    Args:
        ax: matplotlib Axes.
        log_prob: callable from x [N, 1] to log p(x), [N, 1]; a model's `log_prob`, for example.
        x: data [N, 1] or [N] for a histogram behind the curve; none if None.
        means: [K] or [K, 1], marked on the curve; none if None.
        grid: [N]; 1000 points over x, or from -5 to 5 without it, if None.
        label: text in the legend.
        style: number of the colour, line and marker, one per curve.
    """
    if x is not None:
        histogram(ax, x)
    if grid is None:
        low, high = (-5, 5) if x is None else (np.min(x), np.max(x))
        grid = np.linspace(low, high, 1000)
    grid = np.asarray(grid).reshape(-1)
    ax.plot(grid, _density(log_prob, grid), label=label, **_style(style, "marker"))
    if means is not None:
        component_means(ax, means, log_prob, label=f"means of {label}", style=style)
    return _labelled(ax, "x", "density")


def component_means(ax, means, log_prob, label="means", style=0):
    """Marker at each mean [K] or [K, 1], on the density curve of log_prob; returns ax."""
    means = np.asarray(means).reshape(-1)
    ax.plot(means, _density(log_prob, means), label=label, **_style(style, "linestyle"), ls="none")
    return _labelled(ax, "x", "density")


def training_curve(ax, trace, ylabel="objective", label=None, style=0):
    """Objective before each step, trace [steps]; returns ax."""
    ax.plot(np.arange(len(trace)), np.asarray(trace), label=label, **_style(style, "marker"))
    return _labelled(ax, "step", ylabel)
