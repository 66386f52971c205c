"""The two kinds of jail side by side: starts, conversations and submissions, by turns in one run.

Each round does the same in both, in changing order. The figures are medians; their ratio says what the second
kind costs. `python benchmarks/jails.py --rounds 15`
"""

import argparse
import statistics
import time
from pathlib import Path

from autograder import tasks
from autograder.engine import grading, submission
from autograder.jail import JAILS, Worker

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENT = "gmm-two-ways"
SAMPLES = ("ada", "bela", "chen", "dora", "emil", "fatima")


def measured(rounds):
    """{(what, kind of jail): seconds}."""
    path = Path("assignments", ASSIGNMENT, f"{ASSIGNMENT}.ipynb")
    release, rules = submission.read_release(ROOT / path), tasks.load(ASSIGNMENT)
    seconds = {(what, kind): [] for what in ("start", "submission") for kind in JAILS}
    workers = {kind: Worker(jailed=kind) for kind in JAILS}
    try:
        for _ in range(3):
            for kind, worker in workers.items():
                worker.stop()
                begin = time.perf_counter()
                worker.start()
                seconds["start", kind].append(time.perf_counter() - begin)
        for number in range(rounds):
            student = SAMPLES[number % len(SAMPLES)]
            handed_in = ROOT / "examples" / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
            points = set()
            for kind in JAILS if number % 2 else reversed(JAILS):
                begin = time.perf_counter()
                result = grading.grade_notebook(handed_in, release, rules, "speed", worker=workers[kind])
                seconds["submission", kind].append(time.perf_counter() - begin)
                points.add(result.automatic)
            assert len(points) == 1, f"{student} got {points}"
    finally:
        for worker in workers.values():
            worker.stop()
    return {about: statistics.median(found) for about, found in seconds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12, help="submissions in each jail")
    found = measured(parser.parse_args().rounds)
    for what in ("start", "submission"):
        first, second = (found[what, kind] for kind in JAILS)
        print(f"{what}: {JAILS[0]} {first:.2f} s, {JAILS[1]} {second:.2f} s, ratio {second / first:.2f}")


if __name__ == "__main__":
    main()
