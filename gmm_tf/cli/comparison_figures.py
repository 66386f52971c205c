"""The figures of a comparison of E-steps (Hu et al. 2023, arXiv 2302.06576)."""

from collections.abc import Container, Mapping, Sequence
from typing import Any, cast

import numpy as np
from matplotlib.figure import Figure

from gmm_tf import plots
from gmm_tf.cli import experiment
from gmm_tf.data import AMBIGUOUS_MEANS, TRUE_MEANS
from gmm_tf.hierarchical import HierarchicalMixture
from gmm_tf.names import Compared
from gmm_tf.shapes import Float

TITLES = {
    "exact": "exact",
    "variational": "mean-field",
    "gflownet": "GFlowNet",
    "remainder": "four levels and a Gaussian",
    "beam": "beam of 64",
    "gibbs": "Gibbs sampling",
    "wake-sleep": "wake-sleep",
    "rws": "reweighted wake-sleep",
}
PANEL_ROWS = 4
# Adam steps of the GFlowNet's single E-step.
E_STEP = 10_000


def title(method: str, annealed: Container[str]) -> str:
    """The name of a method, and whether its runs are annealed."""
    return f"{TITLES[method]}, annealed" if method in annealed else TITLES[method]


def single_e_step(
    method: str, x: Float[np.ndarray, "N 2"], seed: int = 0, steps: int = E_STEP
) -> Float[np.ndarray, "N 4 4"]:
    """Posterior [N, 4, 4] of one converged E-step at means for which many points are ambiguous.

    Args:
        method: of `experiment.METHODS`.
        x: [N, 2].
        seed: integer, of the policy.
        steps: Adam steps of the policy.
    """
    options: dict[str, Any] = {"iterations": 1, "e_step_only": True, "seed": seed}
    if method == Compared.VARIATIONAL:
        options["sweeps"] = 100
    elif method in (Compared.GFLOWNET, Compared.WAKE_SLEEP, Compared.RWS):
        options |= {"hidden": experiment.PRECISE_NET, **experiment.PRECISE_TRAINING}
        options |= {"steps": 0, "first_steps": 0, "final_steps": steps}
    # Trees of two levels have a posterior.
    return cast(np.ndarray, experiment.METHODS[method](x, AMBIGUOUS_MEANS, **options).posterior)


def assignments(x: Float[np.ndarray, "N 2"], posteriors: Mapping[str, Float[np.ndarray, "N 4 4"]]) -> Figure:
    """Figure 2: for each method the most probable supercluster above, the most probable petal below.

    Args:
        x: [N, 2].
        posteriors: method -> [N, 4, 4], as `single_e_step` returns.
    """
    exact = HierarchicalMixture().posterior(x, AMBIGUOUS_MEANS)
    figure = Figure(figsize=(3.4 * len(posteriors), 7), layout="constrained")
    grid = figure.subplots(2, len(posteriors), squeeze=False, sharex=True, sharey=True)
    for column, (method, q) in zip(grid.T, posteriors.items(), strict=True):
        best = np.unravel_index(q.reshape(len(x), -1).argmax(1), q.shape[1:])
        variation = experiment.total_variation(exact, q)
        column[0].set_title(f"{TITLES[method]}\ntotal variation to the exact {variation:.3f}", fontsize=10)
        for ax, chosen, what in zip(column, best, ("supercluster", "petal"), strict=True):
            plots.branches(ax, x, chosen, AMBIGUOUS_MEANS, what)
            ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
            ax.label_outer()
    for ax in grid[:, -1]:
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize="small", markerscale=2)
    figure.suptitle("Most probable supercluster (above) and petal (below) at fixed means")
    return figure


def final_means(
    x: Float[np.ndarray, "N 2"],
    runs: Sequence[experiment.Run],
    methods: Sequence[str],
    annealed: Container[str] = (),
) -> Figure:
    """Figure 3: for each method the means at the end of its runs, over the data.

    Args:
        x: [N, 2].
        runs: of `experiment.Run`.
        methods: names, a panel each.
        annealed: those of them that are annealed.
    """
    figure = Figure(figsize=(3.4 * len(methods), 3.9), layout="constrained")
    grid = figure.subplots(1, len(methods), squeeze=False, sharex=True, sharey=True)[0]
    for ax, method in zip(grid, methods, strict=True):
        found = np.array([each.means for each in runs if each.method == method])
        plots.final_means(ax, x, TRUE_MEANS, found)
        line = experiment.summary(runs, method) or {}
        ax.set_title(f"{title(method, annealed)}\n{line['optimal']} of {line['runs']} optimal", fontsize=10)
        ax.set_aspect("equal")
        ax.label_outer()
        ax.get_legend().remove()
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize="small")
    figure.suptitle("Means at the end of each run")
    return figure


def panels(x: Float[np.ndarray, "N 2"], run: experiment.Run, annealed: Container[str] = ()) -> Figure:
    """The means before each iteration of a run and at its end, as in the notebook.

    Args:
        x: [N, 2].
        run: an `experiment.Run`.
        annealed: the methods that are annealed.
    """
    path = np.array(run.path)
    columns = -(-len(path) // PANEL_ROWS)
    figure = Figure(figsize=(columns, PANEL_ROWS * 1.1), layout="constrained")
    grid = figure.subplots(PANEL_ROWS, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for ax in grid:
        ax.set_axis_off()
    for index, (ax, means) in enumerate(zip(grid, path, strict=False)):
        ax.plot(*x[::4].T, ".", color="#BBBBBB", markersize=0.7)
        ax.plot(*TRUE_MEANS.T, linestyle="", marker="*", color="#E69F00", markersize=7)
        ax.plot(*means.T, linestyle="", marker="X", color="black", markersize=4)
        ax.set_title(index, fontsize=6, pad=1)
        ax.set_aspect("equal")
    name = title(run.method, annealed)
    figure.suptitle(f"{name}: means (crosses) and true means (stars) before each iteration")
    return figure
