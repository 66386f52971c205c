"""`fit_em` with defaults alone against scikit-learn's `GaussianMixture` with defaults alone.

Iris, wine, breast cancer and digits (16 principal components), in four kinds of covariance, from
several seeds: who reaches the higher mean log-likelihood, by more than 1e-3 nats, and in how many seconds
of CPU time, which other work on the machine hardly changes. The first fit of each size is compiled;
"again" is the mean of the others.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import argparse
import json
import sys
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn import datasets
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from gmm_tf import EMGMM, DegenerateFitWarning, covariance, fit_em

# Nats by which two mean log-likelihoods are the same.
SAME = 1e-3
# Least share of all fits that are no worse than scikit-learn's.
TARGET = 0.95


def digits():
    return PCA(16, random_state=0).fit_transform(datasets.load_digits().data)


# Name: (loader of x [N, D], number of classes).
DATA = {
    "iris": (lambda: datasets.load_iris().data, 3),
    "wine": (lambda: datasets.load_wine().data, 3),
    "breast cancer": (lambda: datasets.load_breast_cancer().data, 2),
    "digits": (digits, 10),
}


class Outcome(NamedTuple):
    """One seed of one data set and kind of covariance."""

    ours: float  # mean log-likelihood
    theirs: float
    seconds: float
    their_seconds: float
    degenerate: bool  # a component of ours is collapsed or empty
    warned: bool  # and we said so

    @property
    def is_silent(self):
        return self.degenerate and not self.warned


def race(x, k, kind, seed):
    """The Outcome of one fit each, with defaults."""
    began = time.process_time()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = fit_em(EMGMM(k, x.shape[1], kind, seed=seed), x)
    seconds = time.process_time() - began
    warned = any(issubclass(warning.category, DegenerateFitWarning) for warning in caught)
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = GaussianMixture(k, covariance_type=kind, random_state=seed).fit(x)
    their_seconds = time.process_time() - began
    degenerate = bool(result.collapsed or result.empty)
    return Outcome(result.log_likelihood, theirs.score(x), seconds, their_seconds, degenerate, warned)


def tally(outcomes):
    """(wins, ties, losses)."""
    gains = np.array([outcome.ours - outcome.theirs for outcome in outcomes])
    wins, losses = np.sum(gains > SAME), np.sum(gains < -SAME)
    return int(wins), int(len(gains) - wins - losses), int(losses)


def line(name, outcomes):
    """A row of the table."""
    ours, theirs, seconds, their_seconds, degenerate, _ = map(np.array, zip(*outcomes, strict=True))
    again = f"{seconds[1:].mean():8.2f}" if len(seconds) > 1 else " " * 8
    wins, ties, losses = tally(outcomes)
    return (
        f"{name:26} {wins:4d} {ties:4d} {losses:6d} {np.median(ours):10.4f} {np.median(theirs):10.4f} "
        f"{seconds[0]:8.2f} {again} {their_seconds.mean():8.2f} {degenerate.sum():6d}"
    )


def main(arguments=None):
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", default=",".join(DATA), help="data sets, such as iris,wine")
    parser.add_argument("--out", type=Path, default=Path("build/bench/defaults.json"))
    options = parser.parse_args(arguments)
    print(
        f"{'':26} wins ties losses    gmm_tf    sklearn   (median)\n{'':62} first    again  sklearn  "
        "(CPU seconds)  degenerate"
    )
    found = {}
    for name in options.only.split(","):
        load, k = DATA[name]
        x = load()
        for kind in covariance.KINDS:
            title = f"{name} {kind}, K = {k}"
            found[title] = [race(x, k, kind, seed) for seed in range(options.seeds)]
            print(line(title, found[title]), flush=True)
    every = [outcome for outcomes in found.values() for outcome in outcomes]
    wins, ties, losses = tally(every)
    silent = sum(outcome.is_silent for outcome in every)
    share = (wins + ties) / len(every)
    print(
        f"all: {wins} wins, {ties} ties, {losses} losses; no worse in {share:.1%} (target {TARGET:.0%}); "
        f"{silent} collapsed or empty without a warning (target 0)"
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n")
    return int(share < TARGET or silent > 0)


if __name__ == "__main__":
    sys.exit(main())
