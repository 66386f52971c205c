"""A term's assignment from Canvas's zip to its filled column, in seconds: `python benchmarks/term.py`.

Each made student answers every task with one of the answers under tests/answers, a fifth of them wrong; with
`--sample`, as one of the sample class's five honest students does, three of whom have two to four mistakes.
A cell of their own and their own words in the written answers make all notebooks different. Every step is a
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
SAMPLES = ("ada", "bela", "chen", "dora", "emil")


def answers():
    """{task: {kind: [source]}} of the tests' answers."""
    found = {}
    for kind in KINDS:
        for path in sorted((ROOT / "tests" / "answers" / ASSIGNMENT / kind).glob("*__*.py")):
            found.setdefault(path.stem.partition("__")[0], {}).setdefault(kind, []).append(path.read_text())
    return found


def mixed(chance):
    """{cell's name: source} of a student whose answers are drawn from the tests', task by task."""
    known = answers()

    def draw(n):
        kinds = {name: chance.choices(list(KINDS), KINDS.values())[0] for name in known}
        return {name: chance.choice(known[name][kind]) for name, kind in kinds.items()}

    return draw


def like_the_sample():
    """{cell's name: source} of a student who answers as one of the sample class does."""
    notebooks = [
        nbformat.read(ROOT / "examples/submitted" / name / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
        for name in SAMPLES
    ]
    solved = [
        {submission.grade_id(cell): cell.source for cell in notebook.cells if cell.cell_type == "code"}
        for notebook in notebooks
    ]
    return lambda n: solved[n % len(solved)]


def notebook_of(release, given, student):
    """Bytes of one student's notebook."""
    made = nbformat.from_dict(release)
    for cell in made.cells:
        if submission.is_answer(cell):
            cell.source = given.get(submission.grade_id(cell), f"So says {student}.")
    made.cells.append(nbformat.v4.new_code_cell(f"student = {student!r}"))
    return nbformat.writes(made).encode()


def downloads(folder, count, given):
    """What Canvas would hand out: gradebook.csv and submissions.zip in the folder.

    Args:
        given: student's number -> {cell's name: source}.
    """
    path = ROOT / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    release = submission.read_release(path)
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{ASSIGNMENT} (1)"]
    with (folder / "gradebook.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerows([header, ["    Points Possible", "", "", "", "", "100.00"]])
        table.writerows([[f"Núñez, Ana {n}", 9000 + n, f"S{n:04d}", f"u{n}", "A", ""] for n in range(count)])
    with zipfile.ZipFile(folder / "submissions.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(count):
            content = notebook_of(release, given(n), f"S{n:04d}")
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
    parser.add_argument("--sample", action="store_true", help="answers of the sample class, not of the tests")
    options = parser.parse_args()
    count, given = options.students, like_the_sample() if options.sample else mixed(random.Random(0))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        downloads(folder, count, given)
        whole = 0.0
        print(f"{count} students, {os.cpu_count()} cores; load before: {os.getloadavg()[0]:.1f}")
        for step in STEPS:
            seconds, status = timed(folder, step)
            whole += seconds
            print(f"{step[0]:10} {seconds:7.1f} s   status {status}", flush=True)
        print(f"{'all':10} {whole:7.1f} s   load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
