"""Exact, variational and GFlowNet EM on the same data from the same starts."""

import csv
import io
import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gmm_tf.data import TRUE_MEANS
from gmm_tf.hierarchical import HierarchicalMixture
from gmm_tf.hierarchical_em import exact_em, gflownet_em, variational_em

METHODS = {"exact": exact_em, "variational": variational_em, "gflownet": gflownet_em}
# A run this near to EM from the true means has found the optimum, in nats.
OPTIMAL = 1e-3
# EM iterations from the true means that make the optimum.
CONVERGED = 200
# One E-step for its own sake: sharp borders between branches need more than the net of an EM run.
PRECISE_NET = [128, 128]
PRECISE_TRAINING = {"learning_rate": 5e-3, "batch_size": 1000}
RUNS, RESULTS, SETTINGS = "runs.jsonl", "results.csv", "settings.json"


class Settings(NamedTuple):
    """What makes the numbers of a comparison; two with equal settings agree but for the seconds."""

    seed: int = 0
    n: int = 4000
    iterations: int = 60
    anneal: tuple = ("exact", "gflownet")  # methods annealed during half of the iterations
    gflownet: dict | None = None  # arguments of `gflownet_em`


class Run(NamedTuple):
    """One method from one start."""

    init: int
    method: str
    log_likelihood: float
    optimum_log_likelihood: float
    total_variation: float  # of the method's posterior to the exact one at the same means, mean over x
    seconds: float
    means: list  # [C, D], not in results.csv


class StoreError(Exception):
    """A directory that cannot take or continue a comparison."""


def data_and_start(settings, init):
    """(x [n, 2], means [4, 2]): x depends on the seed, means on the seed and the number of the start."""
    x = HierarchicalMixture().sample(settings.n, TRUE_MEANS, settings.seed)
    rng = np.random.default_rng([settings.seed, init])
    return x, x[rng.choice(len(x), 4, replace=False)]


def total_variation(p, q):
    """Mean over observations of half the summed distance of two posteriors [N, ...]."""
    return float(np.mean(0.5 * np.abs(p - q).reshape(len(p), -1).sum(1)))


def runs(settings, inits, methods, done=()):
    """Yield a `Run` for each start and method, but for the (init, method) in done."""
    tree, optimum = HierarchicalMixture(), None
    for init in range(inits):
        x, start = data_and_start(settings, init)
        if optimum is None:
            optimum = float(exact_em(x, TRUE_MEANS, CONVERGED).log_likelihoods[-1])
        for method in methods:
            if (init, method) in done:
                continue
            own = settings.gflownet or {} if method == "gflownet" else {}
            anneal = "half" if method in settings.anneal else None
            result = METHODS[method](x, start, settings.iterations, anneal=anneal, seed=init, **own)
            exact = tree.posterior(x, result.means)
            yield Run(
                init, method, float(result.log_likelihoods[-1]), optimum,
                total_variation(exact, result.posterior), result.seconds, result.means.tolist(),
            )  # fmt: skip


class Store:
    """Finished runs in a directory; each is on the disk before the next begins.

    Raises:
        StoreError: the directory has runs and resume is False, or runs of other settings.
    """

    def __init__(self, folder, settings, resume):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        described = json.dumps(settings._asdict(), indent=1, sort_keys=True)
        path = self.folder / SETTINGS
        if path.exists() or (self.folder / RUNS).exists():
            if not resume:
                raise StoreError(f"Expected {folder} without runs; add --resume, or name another directory.")
            if not path.exists() or path.read_text("utf-8") != described:
                raise StoreError(f"Expected the settings in {path}, got others; name another directory.")
        replace(path, described)
        self.runs = _read(self.folder / RUNS)
        self._write_table()

    @property
    def done(self):
        return {(run.init, run.method) for run in self.runs}

    def add(self, run):
        with open(self.folder / RUNS, "a", encoding="utf-8") as file:
            # A line that a kill cut short must not spoil this one.
            file.write("\n" + json.dumps(run._asdict()) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.runs.append(run)
        self._write_table()

    def _write_table(self):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(Run._fields[:-1])
        writer.writerows(run[:-1] for run in sorted(self.runs, key=lambda run: run.init))
        replace(self.folder / RESULTS, text.getvalue())


def _read(path):
    found = []
    for line in path.read_text("utf-8").splitlines() if path.exists() else []:
        try:
            found.append(Run(**json.loads(line)))
        except (json.JSONDecodeError, TypeError):
            continue  # an empty line, or one that a kill cut short: its run is made again
    return found


def replace(path, text):
    """Write a file that is there whole or not at all."""
    beside = path.with_suffix(path.suffix + ".new")
    beside.write_text(text, "utf-8")
    os.replace(beside, path)


def summary(runs, method):
    """What a table says of one method's runs, or None without any."""
    own = [run for run in runs if run.method == method]
    if not own:
        return None
    gaps = np.array([run.optimum_log_likelihood - run.log_likelihood for run in own])
    return {
        "runs": len(own),
        "optimal": int((gaps < OPTIMAL).sum()),
        "log_likelihood": float(np.mean([run.log_likelihood for run in own])),
        "worst": float(min(run.log_likelihood for run in own)),
        "total_variation": float(np.mean([run.total_variation for run in own])),
        "seconds": float(np.median([run.seconds for run in own])),
    }
