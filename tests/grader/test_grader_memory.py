"""Memory of the grader's own process, while submissions send as much as they may."""

import json
import subprocess
import sys

import nbformat
import pytest

from autograder import tasks
from autograder.course import directory as courses

STUDENTS, MEGABYTES = 20, 500
# Put in place of all probes as soon as the first one calls a function of the student's.
FLOOD = '''
import sys

rng = np.random.default_rng()

def asking():
    """What the worker's `answer` knows."""
    frame = sys._getframe()
    while not {"question", "probes"} <= frame.f_locals.keys():
        frame = frame.f_back
    return frame.f_locals

def flood(*arguments):
    numbers = asking()["question"]["numbers"]
    largest = rng.random(numbers - 10)
    if KIND == "truth values":
        largest = largest > 0.5
    if KIND == "lists":
        return {"value": largest, "parts": [[] for _ in range(2500)]}
    return {"value": largest, "parts": [np.zeros(1)] * 3, "gradients": [np.zeros(1)] * 2}

def take_over(*arguments, **named):
    probes = asking()["probes"]
    probes.update({name: flood for name, value in probes.items() if type(value) is type(flood)})
    return rng.random((10, 10))

'''
GRADE = """
import re
from autograder.__main__ import main

try:
    main()
finally:
    print("peak kB", re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
"""


def hand_in_floods(course, assignment, functions):
    for number in range(STUDENTS):
        notebook = nbformat.read(course.source(assignment), as_version=4)
        kind = ("numbers", "truth values", "lists")[number % 3]
        takes_over = "".join(f"{name} = take_over\n" for name in functions)
        notebook.cells.append(nbformat.v4.new_code_cell(f"KIND = {kind!r}\n{FLOOD}{takes_over}"))
        path = course.root / "submitted" / f"student{number}" / assignment / f"{assignment}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_submissions_that_send_the_most_they_may_leave_the_grader_small(tmp_path):
    course, assignment = courses.init(tmp_path / "course"), "gflownet-em"
    hand_in_floods(course, assignment, [task.name for task in tasks.load(assignment).tasks])
    command = [sys.executable, "-c", GRADE, "grade", assignment, "--course", str(course.root)]
    graded = subprocess.run(command, capture_output=True, text=True)
    assert graded.returncode == 0, graded.stdout[-2000:] + graded.stderr[-2000:]
    report = json.loads((course.reports(assignment) / "grades.json").read_text())
    assert len(report["students"]) == STUDENTS
    assert {row["score"] for row in report["students"].values()} == {0}
    kept = list(course.answers().glob("*.gz"))
    assert len(kept) <= STUDENTS // 3 + 1  # most sent more than is kept; truth values are smaller
    peak = int(graded.stdout.rsplit("peak kB")[1])
    assert peak < MEGABYTES << 10, peak
