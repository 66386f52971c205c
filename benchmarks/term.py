"""A term's assignment from Canvas's zip to its filled column, in seconds: `python benchmarks/term.py`.

Each made student answers every task with one of the answers under tests/answers, right or wrong, and has
words of the student's own in the written answers, so that no two notebooks are the same. Every step is a
whole command, with its imports.
"""

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import nbformat

from autograder.engine import submission

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENT = "gmm-two-ways"
KINDS = {"right": 4, "wrong": 1}  # how often an answer is of which kind


def answers():
    """{task: {kind: [source]}} of the tests' answers."""
    found = {}
    for kind in KINDS:
        for path in sorted((ROOT / "tests" / "answers" / ASSIGNMENT / kind).glob("*__*.py")):
            found.setdefault(path.stem.partition("__")[0], {}).setdefault(kind, []).append(path.read_text())
    return found


def notebook_of(release, known, chance, student):
    """Bytes of one student's notebook."""
    made = nbformat.from_dict(release)
    for cell in made.cells:
        name = submission.grade_id(cell)
        if name in known:
            kind = chance.choices(list(KINDS), KINDS.values())[0]
            cell.source = chance.choice(known[name][kind])
        elif submission.is_answer(cell):
            cell.source = f"So says {student}."
    return nbformat.writes(made).encode()


def downloads(folder, count):
    """What Canvas would hand out: gradebook.csv and submissions.zip in the folder."""
    path = ROOT / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    release, known, chance = submission.read_release(path), answers(), random.Random(0)
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{ASSIGNMENT} (1)"]
    with (folder / "gradebook.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerows([header, ["    Points Possible", "", "", "", "", "100.00"]])
        table.writerows([[f"Núñez, Ana {n}", 9000 + n, f"S{n:04d}", f"u{n}", "A", ""] for n in range(count)])
    with zipfile.ZipFile(folder / "submissions.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(count):
            content = notebook_of(release, known, chance, f"S{n:04d}")
            archive.writestr(f"nezana{n}_{9000 + n}_{n + 1}_{ASSIGNMENT}.ipynb", content)


STEPS = (
    ("init", "course"), ("roster", "gradebook.csv"), ("collect", "submissions.zip", ASSIGNMENT),
    ("grade", ASSIGNMENT), ("feedback", ASSIGNMENT, "--zip", "canvas"), ("report", ASSIGNMENT),
    ("similar", ASSIGNMENT),
    ("export", ASSIGNMENT, "--to", "canvas", "--into", "gradebook.csv", "--pending", "blank"),
)  # fmt: skip


def timed(folder, step):
    """Seconds of one command, and its exit status."""
    at_course = [] if step[0] == "init" else ["--course", "course"]
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "autograder", *step, *at_course], cwd=folder, capture_output=True, text=True
    )
    if done.returncode not in (0, 3):
        print(done.stdout[-2000:], done.stderr[-2000:])
    return time.perf_counter() - start, done.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=200)
    count = parser.parse_args().students
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        downloads(folder, count)
        whole = 0.0
        print(f"{count} students, {os.cpu_count()} cores; load before: {os.getloadavg()[0]:.1f}")
        for step in STEPS:
            seconds, status = timed(folder, step)
            whole += seconds
            print(f"{step[0]:10} {seconds:7.1f} s   status {status}", flush=True)
        print(f"{'all':10} {whole:7.1f} s   load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
