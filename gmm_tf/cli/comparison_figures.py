"""The figures of a comparison of exact, mean-field and GFlowNet EM (Hu et al. 2023, arXiv 2302.06576)."""

import numpy as np
from matplotlib.figure import Figure

from gmm_tf import plots
from gmm_tf.cli import experiment
from gmm_tf.data import AMBIGUOUS_MEANS, TRUE_MEANS
from gmm_tf.hierarchical import HierarchicalMixture
from gmm_tf.hierarchical_em import exact_em, gflownet_em, variational_em

TITLES = {"exact": "exact", "variational": "mean-field", "gflownet": "GFlowNet"}
# Adam steps of the GFlowNet's single E-step.
E_STEP = 10_000


def single_e_step(method, x, seed=0, steps=E_STEP):
    """Posterior [N, 4, 4] of one converged E-step at means between which many points are torn.

    Args:
        method: "exact", "variational" or "gflownet".
        x: [N, 2].
        seed: integer, of the policy.
        steps: Adam steps of the policy.
    """
    common = {"x": x, "init_means": AMBIGUOUS_MEANS, "iterations": 1, "e_step_only": True, "seed": seed}
    if method == "exact":
        return exact_em(**common).posterior
    if method == "variational":
        return variational_em(**common, sweeps=100).posterior
    precise = {"hidden": experiment.PRECISE_NET, **experiment.PRECISE_TRAINING}
    return gflownet_em(**common, **precise, steps=0, first_steps=0, final_steps=steps).posterior


def assignments(x, posteriors):
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


def final_means(x, runs, methods):
    """Figure 3: for each method the means at the end of its runs, over the data.

    Args:
        x: [N, 2].
        runs: of `experiment.Run`.
        methods: names, a panel each.
    """
    figure = Figure(figsize=(3.4 * len(methods), 3.9), layout="constrained")
    grid = figure.subplots(1, len(methods), squeeze=False, sharex=True, sharey=True)[0]
    for ax, method in zip(grid, methods, strict=True):
        found = np.array([each.means for each in runs if each.method == method])
        plots.final_means(ax, x, TRUE_MEANS, found)
        line = experiment.summary(runs, method)
        ax.set_title(f"{TITLES[method]}: {line['optimal']} of {line['runs']} optimal", fontsize=10)
        ax.set_aspect("equal")
        ax.label_outer()
        ax.get_legend().remove()
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize="small")
    figure.suptitle("Means at the end of each run")
    return figure
