"""EM, step by step."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gmm_tf.plots import arguments
from gmm_tf.plots.clusters import ellipses
from gmm_tf.plots.curves import component_densities, histogram
from gmm_tf.shapes import Observations


def animate_em(
    x: Observations,
    parameters: Sequence[tuple[Any, Any, Any]],
    log_likelihoods: Sequence[float] | None = None,
    path: str | os.PathLike[str] | None = None,
    max_frames: int = 60,
    interval: int = 200,
) -> FuncAnimation:
    """Animation of the mixtures that EM passes through.

    In one dimension a frame shows the histogram, the weighted components and their sum, in two the
    data and the ellipses. `animation.to_jshtml()` shows it in a notebook.

    Args:
        x: [N, 1], [N] or [N, 2].
        parameters: sequence of (weights [K], means [K, D], scales), the start first. Scales are
            standard deviations [K], [K, 1] or [K, D], or covariances [K, D, D].
        log_likelihoods: mean log-likelihood of each of them, such as the trace of a fit; none if
            None.
        path: where to save a GIF; nowhere if None.
        max_frames: largest number of frames, >= 2. A longer sequence is thinned evenly in the logarithm of
            the step, because EM moves most at first; the first and the last frame are kept.
        interval: milliseconds between frames.

    Returns:
        FuncAnimation; keep it until it is saved or shown.

    Raises:
        ValueError: wrong shape; NaN or infinite; no parameters; another number of log-likelihoods
            than of parameters; max_frames < 2.
    """
    x = arguments.observations(x)
    parameters = [_as_covariances(*values, x.shape[1]) for values in parameters]
    steps = _frame_steps(len(parameters), max_frames)
    if log_likelihoods is not None and len(log_likelihoods) != len(parameters):
        raise ValueError(
            f"Expected {len(parameters)} log-likelihoods, one per mixture, got {len(log_likelihoods)}; "
            "both start before the first step."
        )
    figure = Figure(figsize=(7, 4), dpi=80, layout="constrained")
    frame = _frames(figure, x, parameters, log_likelihoods)
    animation = FuncAnimation(figure, frame, frames=steps, interval=interval)
    if path is not None:
        animation.save(os.fspath(path), writer="pillow")
    return animation


def _frames(
    figure: Figure,
    x: np.ndarray,
    parameters: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]],
    log_likelihoods: Sequence[float] | None,
) -> Callable[[int], None]:
    """What draws the frame of a step."""
    draw = _draw_curves if x.shape[1] == 1 else _draw_plane

    def frame(step: int) -> None:
        figure.clear()
        ax = figure.add_subplot()
        draw(ax, x, *parameters[step])
        if (legend := ax.get_legend()) is not None:
            legend.remove()
        figure.legend(loc="outside right upper", fontsize="small")
        score = "" if log_likelihoods is None else f", mean log-likelihood {float(log_likelihoods[step]):.4f}"
        ax.set_title(f"EM step {step}{score}")

    return frame


def _draw_curves(
    ax: Axes, x: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray
) -> None:
    histogram(ax, x)
    # A collapsing component would flatten all others.
    limits = ax.get_xlim(), (0, 1.5 * ax.get_ylim()[1])
    component_densities(ax, weights, means, np.sqrt(covariances[:, :, 0]))
    ax.set(xlim=limits[0], ylim=limits[1])


def _draw_plane(
    ax: Axes, x: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray
) -> None:
    ellipses(ax, means, covariances, weights, x)
    low, high = x.min(axis=0), x.max(axis=0)
    margin = 0.1 * (high - low)
    ax.set(xlim=(low[0] - margin[0], high[0] + margin[0]), ylim=(low[1] - margin[1], high[1] + margin[1]))


def _as_covariances(
    weights: Any, means: Any, scales: Any, dim: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    means, scales = arguments.finite("means", means), arguments.finite("scales", scales)
    if means.ndim == 1 == dim:
        means = means[:, None]
    k = len(means)
    if means.shape != (k, dim) or scales.shape not in ((k,), (k, 1), (k, dim), (k, dim, dim)):
        raise ValueError(
            f"Expected means [K, {dim}] and scales [K], [K, 1], [K, {dim}] or [K, {dim}, {dim}], got "
            f"{list(means.shape)} and {list(scales.shape)}; pass (weights, means, scales) for each step."
        )
    if scales.ndim < 3:
        if np.any(scales <= 0):
            raise ValueError(f"Expected standard deviations > 0, got {scales}; take exp of log sigmas.")
        sigmas = np.broadcast_to(scales.reshape(k, -1), means.shape)
        scales = sigmas[:, :, None] ** 2 * np.eye(dim)
    return arguments.weights(weights, k), means, scales


def _frame_steps(n: int, max_frames: int) -> list[int]:
    if n < 1 or max_frames < 2:
        raise ValueError(
            f"Expected parameters and max_frames >= 2, got {n} and {max_frames}; pass the start too."
        )
    if n <= max_frames:
        return list(range(n))
    return [int(step) - 1 for step in np.unique(np.geomspace(1, n, max_frames).round())]
