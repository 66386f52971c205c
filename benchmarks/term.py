"""A term's assignment from Canvas's zip to its filled column, in seconds: `python benchmarks/term.py`.

Each made student answers every task with one of the answers under tests/answers, a fifth of them wrong; with
`--sample` each has the notebook of one of the sample class's five honest students, three of whom have two to
four mistakes. A cell of their own and their own words in the written answers make all notebooks different.
Every step is a whole command, with its imports.
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
RELEASE = ROOT / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
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
    """student's number -> a notebook with answers drawn from the tests', task by task."""
    known, release = answers(), submission.read_release(RELEASE)

    def made(n):
        notebook = nbformat.from_dict(release)
        for cell in notebook.cells:
            if (name := submission.grade_id(cell)) in known:
                kind = chance.choices(list(KINDS), KINDS.values())[0]
                cell.source = chance.choice(known[name][kind])
        return notebook

    return made


def like_the_sample():
    """student's number -> the notebook of one of the sample class's students."""
    submitted = ROOT / "examples/submitted"
    samples = [nbformat.read(submitted / name / ASSIGNMENT / RELEASE.name, as_version=4) for name in SAMPLES]
    return lambda n: nbformat.from_dict(samples[n % len(samples)])


def notebook_of(notebook, student):
    """Bytes of a notebook, made different from all others."""
    for cell in notebook.cells:
        if submission.is_answer(cell) and cell.cell_type == "markdown":
            cell.source = f"So says {student}."
    notebook.cells.append(nbformat.v4.new_code_cell(f"student = {student!r}"))
    return nbformat.writes(notebook).encode()


def downloads(folder, count, given):
    """What Canvas would hand out: gradebook.csv and submissions.zip in the folder.

    Args:
        given: student's number -> notebook.
    """
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{ASSIGNMENT} (1)"]
    with (folder / "gradebook.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerows([header, ["    Points Possible", "", "", "", "", "100.00"]])
        table.writerows([[f"Núñez, Ana {n}", 9000 + n, f"S{n:04d}", f"u{n}", "A", ""] for n in range(count)])
    with zipfile.ZipFile(folder / "submissions.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(count):
            content = notebook_of(given(n), f"S{n:04d}")
            archive.writestr(f"nezana{n}_{9000 + n}_{n + 1}_{ASSIGNMENT}.ipynb", content)


STEPS = (
    ("init", "course"),
    ("roster", "gradebook.csv"),
    ("collect", "submissions.zip", ASSIGNMENT),
    ("grade", ASSIGNMENT),
    ("feedback", ASSIGNMENT, "--zip", "canvas"),
    ("report", ASSIGNMENT),
    ("similar", ASSIGNMENT),
    ("export", ASSIGNMENT, "--to", "canvas", "--into", "gradebook.csv", "--pending", "blank"),
)


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
