"""What a large class costs besides running its notebooks: gradebook, files, the report at the end.

Every submission is a copy of a sample with a cell of its own. The answers of the sample are judged once and
stand for all, since a notebook costs the same in a class of any size (`benchmarks/grading.py` measures it);
reading, entering and writing are the grader's own. Prints seconds for each student, memory and bytes.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import nbformat

from autograder.course import directory as courses
from autograder.course import grading_run as classes

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENT = "gmm-two-ways"
NOTEBOOK = Path(ASSIGNMENT, f"{ASSIGNMENT}.ipynb")


class OnceJudged(classes.Workers):
    """Judges the first submission, and gives its result and its record to all."""

    first = None

    def judged(self, path, release, rules, secret, known=b""):
        if self.first is None:
            result, record = super().judged(path, release, rules, secret)
            type(self).first = result, record
        result, record = self.first
        merged = classes.submission.read(path, release)
        return result._replace(submission=merged), record


def class_of(root, count):
    made = courses.init(root)
    sample = nbformat.read(ROOT / "examples" / "submitted" / "ada" / NOTEBOOK, as_version=4)
    sample.cells.append(nbformat.v4.new_code_cell(""))
    for number in range(count):
        sample.cells[-1].source = f"number = {number}"
        path = root / "submitted" / f"student-{number:06}" / NOTEBOOK
        path.parent.mkdir(parents=True)
        nbformat.write(sample, path)
    return made


def size(*paths):
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*"))]
    return sum(file.stat().st_size for file in files if file.is_file())


def measured(root, count):
    course, found = class_of(root, count), {"students": count}
    for name in ("entered, each", "entered again, each"):
        start = time.perf_counter()
        classes.grade(course, ASSIGNMENT, running=classes.Running(jobs=1))
        found[name] = (time.perf_counter() - start) / count
    start = time.perf_counter()
    report = classes.read_report(course, ASSIGNMENT)
    classes.refresh(course, report)
    found["report brought up to date, each"] = (time.perf_counter() - start) / count
    found["peak bytes of memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    for name, paths in {
        "submitted": [course.root / "submitted"],
        "gradebook": [course.root / "gradebook.db"],
        "autograded": [course.root / "autograded"],
        "answers kept": [course.answers()],
        "results kept": [course.results()],
        "grades.json": [course.reports(ASSIGNMENT) / "grades.json"],
    }.items():
        found[f"bytes, {name}, each"] = size(*paths) / count
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", default="100,400,1600", help="sizes of classes")
    options.add_argument("--out", type=Path, default=ROOT / "build" / "bench" / "scale.json")
    options = options.parse_args()
    classes.Workers, rows = OnceJudged, []
    for count in map(int, options.students.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measured(Path(folder, "course"), count))
        for name, value in rows[-1].items():
            print(f"{name:34} {value:14,.4f}" if value < 10 else f"{name:34} {value:14,.0f}")
        print()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
