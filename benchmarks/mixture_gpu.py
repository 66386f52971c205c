"""Rows a, c and d of `mixture.py` on a GPU, against the same machine's processors and scikit-learn on them.

Each row fits the same problem from the same start three times: gmm_tf on the GPU, gmm_tf on the processors,
scikit-learn. Seconds of a step are as in `mixture.py`; what the fits differ by after 20 steps is printed
beside them. Rows are printed as they come, and no row is begun that would likely end after `--seconds`.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import argparse
import json
import sys
import time
from pathlib import Path

import tensorflow as tf
from fits import ours, scikit_learn
from problem import course_problem, random_problem
from timing import STEPS, time_em

PROBLEMS = {
    "a": lambda shrink: course_problem(int(1e6 / shrink)),
    "c": lambda shrink: random_problem(int(2e5 / shrink), 16, 16, "full"),
    "d": lambda shrink: random_problem(int(1e6 / shrink), 64, 2, "diag"),
}
NO_GPU = (
    "TensorFlow sees no GPU here: nothing to measure. On Linux with an NVIDIA driver, "
    'pip install "tensorflow[and-cuda]" brings what it needs; `make bench-mixture` measures processors.'
)


def on(device):
    """`ours` with all that it makes on a device."""

    def fit(problem, steps):
        with tf.device(device):
            return ours(problem, steps)

    return fit


def race(problem, repeats):
    """Times of a step and of a call of each contestant, and what the fits differ by, as a dict."""
    contestants = {"gmm_tf": on("GPU:0"), "gmm_tf, processors": on("CPU:0"), "scikit_learn": scikit_learn}
    times, fits = time_em(problem, contestants, repeats)
    off = {name: fits["gmm_tf"].difference(fit) for name, fit in fits.items() if name != "gmm_tf"}
    return {**times, "problem": str(problem), "differences": off}


def lines_of(row, measured, n):
    """What the race of one row says, in lines to print."""
    step, call = measured["step_seconds"], measured["call_seconds"]
    first = measured["compile_seconds"]
    yield f"{row}  {measured['problem']}; compiling took {first:.1f} s on the GPU"
    for name, seconds in step.items():
        ratio, whole = seconds / step["gmm_tf"], call[name] / call["gmm_tf"]
        text = f"   {name:20} {1e9 * seconds / n:10.3f} ns a point and step"
        if name != "gmm_tf":
            off = measured["differences"][name]
            text += f"; the GPU is {ratio:.3g} times as fast ({whole:.3g} in calls of {STEPS} steps)"
            text += f", parameters differ by {off:.1e}"
        yield text


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="a,c,d", help="rows to measure, such as a,d")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--shrink", type=float, default=1, help="divides N, for a trial")
    parser.add_argument("--seconds", type=float, default=540, help="begin no row that would end later")
    parser.add_argument("--out", type=Path, default=Path("build/bench/mixture-gpu.json"))
    options = parser.parse_args(arguments)
    options.only = options.only.split(",")
    if not set(options.only) <= set(PROBLEMS):
        parser.error(f"Expected rows of {','.join(PROBLEMS)}, got {','.join(options.only)}.")
    return options


def main(arguments=None):
    options, began, longest = parse(arguments), time.monotonic(), 0.0
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        print(NO_GPU)
        return 0
    name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "a GPU")
    print(f"{name}, TensorFlow {tf.__version__}, {os.cpu_count()} processors", flush=True)
    report = {"device": name, "tensorflow": tf.__version__, "processors": os.cpu_count(), "rows": {}}
    for row in options.only:
        now = time.monotonic()
        if now - began + longest > options.seconds:
            print(f"{row}  left out: {options.seconds:g} s would not be enough; try --only {row}.")
            continue
        problem = PROBLEMS[row](options.shrink)
        report["rows"][row] = race(problem, options.repeats)
        longest = max(longest, time.monotonic() - now)
        print(*lines_of(row, report["rows"][row], len(problem.x)), sep="\n", flush=True)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
