"""What helps EM on a hierarchical mixture find the optimum: starts, annealing, restarts, exploration.

Usage: python examples/what_helps.py FOLDER [STARTS]; writes what_helps.png and what_helps.json there.
Each dot is one run from random observations (20 starts unless told otherwise): how far below EM from the
true means it ended.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np
from matplotlib.figure import Figure

from gmm_tf import exact_em, gflownet_em, variational_em
from gmm_tf.cli.experiment import OPTIMAL, Settings, data_and_start
from gmm_tf.data import TRUE_MEANS
from gmm_tf.plots.style import look

ANNEAL = {"anneal": "half"}
PLAIN = {"anneal": None}
FIVE = {"restarts": 5}
SPREAD = {"init_means": "k-means++"}
CHOICES = {
    "exact": (exact_em, {"plain": {}, "k-means++": SPREAD, "5 restarts": FIVE, "annealed": ANNEAL}),
    "mean-field": (
        variational_em,
        {
            "plain": {},
            "k-means++": SPREAD,
            "5 restarts": FIVE,
            "annealed": ANNEAL,
            "annealed, 5 restarts": ANNEAL | FIVE,
        },
    ),
    "GFlowNet": (
        gflownet_em,
        {
            "plain": PLAIN,
            "k-means++": PLAIN | SPREAD,
            "annealed": ANNEAL,
            "annealed, no exploration": ANNEAL | {"exploration": 0.0},
            "annealed, learning rate 3e-4": ANNEAL | {"learning_rate": 3e-4},
        },
    ),
}


def gaps(starts):
    """{method: {choice: nats below the optimum of each start}}."""
    settings, found = Settings(), {}
    x, _ = data_and_start(settings, 0)
    optimum = exact_em(x, TRUE_MEANS, 200).log_likelihoods[-1]
    bar = keras.utils.Progbar(starts * sum(len(choices) for _, choices in CHOICES.values()), unit_name="run")
    for method, (em, choices) in CHOICES.items():
        found[method] = {name: [] for name in choices}
        for init in range(starts):
            start = data_and_start(settings, init)[1]
            for name, options in choices.items():
                result = em(x, **{"init_means": start, "seed": init, **options})
                found[method][name].append(float(optimum - result.log_likelihoods[-1]))
                bar.add(1)
    return found


def draw(found, path):
    """Dots of all runs, one row for each choice, with the number of optimal ones."""
    rows = [(method, name) for method, choices in found.items() for name in choices]
    figure = Figure(figsize=(9, 0.36 * len(rows) + 1.2), layout="constrained")
    ax = figure.subplots()
    for y, (method, name) in enumerate(rows):
        values = np.maximum(found[method][name], 1e-7)
        index = list(found).index(method)
        jitter = np.linspace(-0.25, 0.25, len(values))
        ax.plot(values, y + jitter, linestyle="", markersize=5, alpha=0.7, **look(index, "color", "marker"))
        ax.text(
            1.02,
            y,
            f"{np.sum(values < OPTIMAL)} of {len(values)}",
            va="center",
            transform=ax.get_yaxis_transform(),
        )
    ax.text(1.02, -0.9, "optimal", va="center", transform=ax.get_yaxis_transform())
    ax.axvline(OPTIMAL, color="black", linestyle=":")
    ax.set(
        xscale="log",
        xlabel="nats below the optimum (1e-7 or less at the left edge)",
        yticks=range(len(rows)),
        yticklabels=[f"{method}: {name}" for method, name in rows],
    )
    ax.invert_yaxis()
    figure.savefig(path, dpi=120)


def main(folder, starts=20):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    found = gaps(int(starts))
    (folder / "what_helps.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw(found, folder / "what_helps.png")
    for method, choices in found.items():
        for name, values in choices.items():
            print(
                f"{method}: {name}: {np.sum(np.array(values) < OPTIMAL)} of {len(values)} optimal, "
                f"median gap {np.median(values):.2g}, worst {max(values):.2g}"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
