"""Curves over x, over steps and over the number of components."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from gmm_tf.plots import arguments
from gmm_tf.plots.style import component_labels, labelled, look, tag
from gmm_tf.shapes import Float, Observations


def histogram(ax: Axes, x: Observations, bins: int = 50, label: str = "data") -> Axes:
    """Histogram of x [N, 1] or [N] as a density; returns ax."""
    x = np.asarray(x).reshape(-1)
    ax.hist(x, bins=bins, density=True, color="#DDDDDD", histtype="stepfilled", label=label)
    return labelled(ax, "x", "density")


def density(
    ax: Axes,
    log_prob: Callable[[np.ndarray], Any],
    x: Observations | None = None,
    means: Any = None,
    grid: Any = None,
    label: str = "density",
    style: int = 0,
) -> Axes:
    """Density curve, over the histogram of the data and with a marker at each mean; returns ax.

    Args:
        ax: matplotlib Axes.
        log_prob: callable from x [N, 1] to log p(x), [N] or [N, 1]; a model's `log_prob`, for example.
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
    ax.plot(grid, _density(log_prob, grid), label=label, **look(style, "color", "linestyle"))
    if means is not None:
        component_means(ax, means, log_prob, label=f"means of {label}", style=style)
    return labelled(ax, "x", "density")


def component_means(
    ax: Axes, means: Any, log_prob: Callable[[np.ndarray], Any], label: str = "means", style: int = 0
) -> Axes:
    """Marker at each mean [K] or [K, 1], on the density curve of log_prob; returns ax."""
    means = np.asarray(means).reshape(-1)
    marker = look(style, "color", "marker")
    ax.plot(means, _density(log_prob, means), label=label, linestyle="none", **marker)
    return labelled(ax, "x", "density")


def component_densities(ax: Axes, weights: Any, means: Any, sigmas: Any, grid: Any = None) -> Axes:
    """Each weighted component and their sum, the mixture (Bishop 2006, eq. 9.7); returns ax.

    Args:
        ax: matplotlib Axes.
        weights: mixing weights [K] or [K, 1], sum 1.
        means: [K] or [K, 1].
        sigmas: standard deviations [K] or [K, 1], > 0.
        grid: [N]; if None, from four standard deviations below the means to four above.

    Raises:
        ValueError: wrong shape; NaN or infinite; weights that do not sum to 1; sigmas <= 0.
    """
    means = arguments.per_component("means", means)
    sigmas = arguments.per_component("sigmas", sigmas)
    weights = arguments.weights(weights, len(means))
    if len(sigmas) != len(means) or np.any(sigmas <= 0):
        raise ValueError(f"Expected {len(means)} sigmas > 0, got {sigmas}; take exp of log sigmas.")
    grid = _fine_grid(means, sigmas) if grid is None else np.asarray(grid, np.float64).reshape(-1)
    curves = _weighted_normals(grid, weights, means, sigmas)
    labels = component_labels([f"weight {w:.2f}" for w in weights])
    for k, (curve, label) in enumerate(zip(curves, labels, strict=True)):
        ax.plot(grid, curve, label=label, linewidth=1.5, **look(k, "color", "linestyle"))
        tag(ax, k, (grid[np.argmax(curve)], np.max(curve)))
    ax.plot(grid, curves.sum(axis=0), label="sum", color="black", linewidth=2, zorder=1.9)
    return labelled(ax, "x", "density", fontsize="small")


def information_criteria(ax: Axes, components: Any, bic: Any, aic: Any = None) -> Axes:
    """BIC, and AIC, against the number of components, the smallest value marked; returns ax.

    Smaller is better; only differences matter (Burnham & Anderson 2002, section 2.6).

    Args:
        ax: matplotlib Axes.
        components: numbers of components tried, [M], in any order.
        bic: Bayesian information criterion of each fit, [M] (Schwarz 1978).
        aic: Akaike's criterion of each fit, [M] (Akaike 1974); none if None.

    Raises:
        ValueError: wrong shape; NaN or infinite.
    """
    components = arguments.finite("components", components)
    criteria = {"BIC": bic} if aic is None else {"BIC": bic, "AIC": aic}
    order = np.argsort(components)
    for index, (name, values) in enumerate(criteria.items()):
        values = arguments.finite(name.lower(), values)
        if components.ndim != 1 or components.size == 0 or values.shape != components.shape:
            raise ValueError(
                f"Expected components and {name.lower()} of one shape [M], got "
                f"{list(components.shape)} and {list(values.shape)}; pass one value per fit."
            )
        best = order[np.argmin(values[order])]
        line = look(index, "color", "linestyle", "marker")
        ax.plot(components[order], values[order], label=name, markersize=4, **line)
        ax.plot(
            components[best],
            values[best],
            label=f"smallest {name}: K = {components[best]:g}",
            markersize=12,
            markerfacecolor="none",
            markeredgewidth=2,
            **line | {"linestyle": "none"},
        )
    ax.xaxis.set_major_locator(FixedLocator(components[order], nbins=12))
    return labelled(ax, "number of components K", "criterion (smaller is better)")


def training_curve(
    ax: Axes, trace: Any, ylabel: str = "objective", label: str | None = None, style: int = 0
) -> Axes:
    """Objective before each step, trace [steps]; returns ax."""
    line = look(style, "color", "linestyle")
    ax.plot(np.arange(len(trace)), np.asarray(trace), label=label, **line)
    return labelled(ax, "step", ylabel)


def _density(log_prob: Callable[[np.ndarray], Any], x: np.ndarray) -> Float[np.ndarray, "N"]:
    """exp log_prob(x), [N], for x [N]."""
    return np.exp(np.asarray(log_prob(np.reshape(x, [-1, 1])))).reshape(-1)


def _weighted_normals(
    x: np.ndarray, weights: np.ndarray, means: np.ndarray, sigmas: np.ndarray
) -> Float[np.ndarray, "K N"]:
    """pi_k N(x_n | mu_k, sigma_k), [K, N], for x [N]."""
    z = (x - means[:, None]) / sigmas[:, None]
    return (weights / (sigmas * np.sqrt(2 * np.pi)))[:, None] * np.exp(-0.5 * z * z)


def _fine_grid(means: np.ndarray, sigmas: np.ndarray) -> np.ndarray:
    """Grid points that resolve each component, however narrow, and cover all of them."""
    # At six standard deviations even a component 10,000 times narrower than others is flat.
    grid = np.unique(means[:, None] + sigmas[:, None] * np.linspace(-6, 6, 601))
    return grid[(grid >= np.min(means - 4 * sigmas)) & (grid <= np.max(means + 4 * sigmas))]
