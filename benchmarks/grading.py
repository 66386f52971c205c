"""Our grading against nbgrader's own and `otter run`, on the same class in one run.

The class is the sample class without its hostile member, as often as needed, each submission with a cell
of its own. nbgrader runs the same cells (those tagged `skip-grading` are emptied for it) through its own
Execute, in a course whose configuration does not name our grader; it takes one submission at a time.
Otter runs the same cells, too, one command for each submission; its tests are the notebook's visible checks.
Everything is timed from outside, as a person would: whole commands, with their imports.
"""

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import nbformat
import psutil

from autograder import tasks
from autograder.course import directory as courses
from autograder.course import gradebook, locks
from autograder.engine import grading, submission
from autograder.jail import Worker

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENT = "gmm-two-ways"
NOTEBOOK = Path(ASSIGNMENT, f"{ASSIGNMENT}.ipynb")
# Between two looks at the memory, each of which takes time from what is measured.
SAMPLE_SECONDS = 2.0
# Those that nbgrader can read, too.
SAMPLES = ["ada", "bela", "chen", "dora", "emil"]


def class_of(root, count, skip_cells=False):
    """A course with `count` submissions."""
    made = courses.init(root)
    with locks.recording(made):  # as `nbgrader generate_assignment` does for the other
        gradebook.ensure_assignment(made, ASSIGNMENT, submission.read_release(made.release(ASSIGNMENT)))
    if skip_cells:
        empty_skipped(made.source(ASSIGNMENT))
    for number in range(count):
        notebook = nbformat.read(
            ROOT / "examples" / "submitted" / SAMPLES[number % len(SAMPLES)] / NOTEBOOK, as_version=4
        )
        notebook.cells.append(nbformat.v4.new_code_cell(f"number = {number}"))
        path = root / "submitted" / f"student-{number:03}" / NOTEBOOK
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
        if skip_cells:
            empty_skipped(path)
    return made


def empty_skipped(path):
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if submission.SKIP_TAG in cell.metadata.get("tags", ()):
            cell.source = ""
    nbformat.write(notebook, path)


def run(words, cwd):
    """(seconds, peak memory in bytes of the process and all below it) of a command."""
    environment = {**courses.environment_with_tools(), "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment["PATH"] = os.pathsep.join([os.path.dirname(words[0]), environment["PATH"]])
    start, peak = time.perf_counter(), 0
    process = subprocess.Popen(
        words, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    words_of = []
    reader = threading.Thread(target=lambda: words_of.append(process.stderr.read()))
    reader.start()
    while process.poll() is None:
        peak = max(peak, memory(process.pid))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SAMPLE_SECONDS)
    reader.join()
    seconds = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(words_of[0].decode()[-2000:])
    return seconds, peak


def memory(pid):
    """Proportional memory of a process tree, so that what forks share counts once."""
    total = 0
    try:
        for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
            total += process.memory_full_info().pss
    except psutil.Error:
        return total
    return total


def one_right_submission(repeats):
    """Where the time of a right submission goes, in seconds, once a worker is there."""
    release = submission.read_release(ROOT / "assignments" / NOTEBOOK)
    rules, times = tasks.load(ASSIGNMENT), []
    with Worker() as worker:
        start = time.perf_counter()
        worker.start()
        started = time.perf_counter() - start
        ask, waited = worker.ask, []

        def timed(*question, **options):
            begin = time.perf_counter()
            transcript = ask(*question, **options)
            waited[-1] += time.perf_counter() - begin
            return transcript

        worker.ask = timed
        for _ in range(repeats):
            waited.append(0.0)
            start = time.perf_counter()
            grading.grade_notebook(ROOT / "solutions" / NOTEBOOK, release, rules, "bench", worker=worker)
            times.append(time.perf_counter() - start)
    return {
        "start of a worker, once": started,
        "a right submission, median": statistics.median(times),
        "of it in the jail": statistics.median(waited),
        "of it reading and judging": statistics.median(t - w for t, w in zip(times, waited, strict=True)),
    }


OTTER_TEST = """OK_FORMAT = True
test = {{"name": {name!r}, "points": 1, "suites": [{{"cases": [{{"code": {code!r}, "hidden": False}}],
        "scored": True, "setup": "", "teardown": "", "type": "doctest"}}]}}
"""


def otter_autograder(folder, source):
    """An Otter autograder whose tests are the visible checks of a release -> path of its archive."""
    path = Path(folder, "autograder.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("otter_config.json", json.dumps({"lang": "python"}))
        for cell in nbformat.read(source, as_version=4).cells:
            name = submission.grade_id(cell) or ""
            if name.startswith("test_"):
                code = ">>> import io, contextlib\n>>> with contextlib.redirect_stdout(io.StringIO()):\n"
                code += f"...     exec({cell.source!r}, globals())\n"
                archive.writestr(f"tests/{name}.py", OTTER_TEST.format(name=name, code=code))
    return path


def otter_seconds(otter, course, count):
    """Seconds of `otter run` for each of the first submissions.

    Raises:
        RuntimeError: it failed, or did not get to all tasks.
    """
    archive, seconds = otter_autograder(course.root, course.release(ASSIGNMENT)), []
    for path in sorted(course.root.glob("submitted/*/*/*.ipynb"))[:count]:
        output = Path(tempfile.mkdtemp(dir=course.root))
        words = [otter, "run", "--autograder", str(archive), "--output-dir", str(output), str(path)]
        seconds.append(run(words, output)[0])
        tests = json.loads((output / "results.json").read_text())["tests"]
        if len(tests) < len(tasks.load(ASSIGNMENT).tasks):
            raise RuntimeError(f"Otter graded {len(tests)} tests only: {tests}")
    return seconds


def read_options():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=40)
    options.add_argument("--peer-students", type=int, help="for nbgrader; as many as ours by default")
    options.add_argument("--otter", help="path of the program `otter`; without it, it is left out")
    options.add_argument("--otter-students", type=int, default=7, help="the median of them counts")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--repeats", type=int, default=7)
    options.add_argument("--out", type=Path, default=ROOT / "build" / "bench" / "grading.json")
    return options.parse_args()


def main():
    options = read_options()
    peers = options.peer_students or options.students
    machine = {"cores": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version()}
    found = {"machine": machine, "seconds": one_right_submission(options.repeats)}
    with tempfile.TemporaryDirectory() as folder:
        ours = class_of(Path(folder, "ours"), options.students)
        grade = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT, "--jobs", str(options.jobs)]
        regrade = [*grade[:3], "regrade", *grade[4:]]
        for name, words in (("ours", grade), ("ours, again", grade), ("ours, judged again", regrade)):
            seconds, peak = run(words, ours.root)
            print(f"{name}: {seconds:.1f} s", flush=True)
            found["seconds"][f"{name}, {options.students} submissions"] = seconds
            found["seconds"][f"{name}, each"] = seconds / options.students
            found.setdefault("peak bytes", {})[name] = peak
        kept = [path.stat().st_size for path in ours.answers().iterdir()]
        found["bytes of answers kept"] = {"median": statistics.median(kept), "most": max(kept)}
        theirs = class_of(Path(folder, "theirs"), peers, skip_cells=True)
        config = theirs.root / "nbgrader_config.py"
        lines = config.read_text().splitlines()
        config.write_text("\n".join(line for line in lines if not line.startswith("c.Autograde.")) + "\n")
        nbgrader = [sys.executable, "-m", "nbgrader"]
        run([*nbgrader, "generate_assignment", ASSIGNMENT, "--force"], theirs.root)
        seconds, peak = run([*nbgrader, "autograde", ASSIGNMENT], theirs.root)
        found["seconds"][f"nbgrader, {peers} submissions"] = seconds
        found["seconds"]["nbgrader, each"] = seconds / peers
        found["peak bytes"]["nbgrader"] = peak
        print(f"nbgrader: {seconds:.1f} s", flush=True)
        if options.otter:
            each = otter_seconds(os.path.abspath(options.otter), theirs, options.otter_students)
            found["seconds"]["otter, each"] = statistics.median(each)
    found_peers = ("nbgrader", "otter") if options.otter else ("nbgrader",)
    for peer in found_peers:
        ratio = found["seconds"][f"{peer}, each"] / found["seconds"]["ours, each"]
        found[f"ratio to {peer}"] = ratio
    for name, seconds in found["seconds"].items():
        print(f"{name:40} {seconds:9.2f} s")
    for name, peak in found["peak bytes"].items():
        print(f"peak memory, {name:27} {peak / 1e9:9.2f} GB")
    print(f"{'answers kept, median and most':40} {kept_words(found['bytes of answers kept'])}")
    for peer in found_peers:
        print(f"{'faster than ' + peer:40} {found[f'ratio to {peer}']:9.1f} times")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1))
    print(f"Written: {os.path.relpath(options.out)}")


def kept_words(kept):
    return f"{kept['median'] / 1e3:9.0f} kB, {kept['most'] / 1e3:.0f} kB"


if __name__ == "__main__":
    main()
