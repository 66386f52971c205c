"""How often a right `gfn_em` gains less than the judge asks for: its false-alarm rate for one run.

Usage: gfn_em_misses.py [RUNS [FIRST_SEED]]; prints JSON. Each run has a seed of its own, for its data, its
start and TensorFlow's draws. The reference answer runs with the right functions that stand in while it is
graded, and its gain is judged as there. docs/grading.md states the result.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import json
import linecache
import sys
from pathlib import Path

import nbformat
import numpy as np
import tensorflow as tf
from scipy.stats import binomtest

from autograder.authoring.precision import doubles
from autograder.engine import submission
from autograder.tasks.gflownet_em import ASSIGNMENT, gfn, oracle

SOLUTION = Path(__file__).parents[1] / "solutions" / "gflownet-em" / "gflownet-em.ipynb"


def reference():
    """The reference's `gfn_em`, which calls the right functions of the grader."""
    cells = nbformat.read(SOLUTION, as_version=4).cells
    source = next(cell.source for cell in cells if submission.grade_id(cell) == "gfn_em")
    linecache.cache["gfn_em"] = len(source), None, source.splitlines(keepends=True), "gfn_em"  # for AutoGraph
    names = {"tf": tf, "np": np, "STD": oracle.STD, "OFFSETS": np.float32(oracle.OFFSETS)}
    names["FREEDOM"] = {"kind": "array"}
    exec(ASSIGNMENT.stand_ins(gfn.RIGHT), names)  # noqa: S102
    exec(compile(source, "gfn_em", "exec"), names)  # noqa: S102
    return names["gfn_em"]


def share_of_gain(gfn_em, seed):
    """What one run gains of mean log-density, as a share of what exact EM gains from the same start."""
    x, start = gfn.clear_start(np.random.default_rng(seed))
    tf.keras.utils.set_random_seed(seed)
    means = np.asarray(gfn_em(x, start, gfn.ITERATIONS, gfn.STEPS, gfn.RATE), float)
    x, start = doubles((x, start))
    return gfn.gain(x, start, means) / gfn.gain(x, start, oracle.em(x, start, gfn.ITERATIONS))


def main(runs=396, first_seed=0):
    runs, first_seed = int(runs), int(first_seed)
    gfn_em = reference()
    seeds = range(first_seed, first_seed + runs)
    missed = [seed for seed in seeds if not share_of_gain(gfn_em, seed) >= gfn.ENOUGH]
    low, high = binomtest(len(missed), runs).proportion_ci(0.95)
    result = {"runs": runs, "missed": len(missed), "seeds": missed}
    print(json.dumps({**result, "rate": len(missed) / runs, "between": [low, high]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
