"""Where the kernel refuses namespaces and mounts, grading goes on under Landlock, to the same points."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from refused import REFUSING

from autograder.course import directory as courses
from autograder.jail import process

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = "gmm-two-ways"
REFUSED = [sys.executable, REFUSING]


def run(*command):
    return subprocess.run([*command], capture_output=True, text=True, cwd=ROOT)


def test_it_is_taken_where_namespaces_are_refused():
    assert process.kind_here()[0] == "bubblewrap"
    ask = "from autograder.jail.process import kind_here; print(kind_here()[0]); kind_here('bubblewrap')"
    refused = run(*REFUSED, sys.executable, "-c", ask)
    assert refused.stdout.strip() == "landlock"
    assert "JailUnavailable" in refused.stderr and "namespace" in refused.stderr


def points(row):
    """The row with the points alone of each task: what fails, fails in other ways and words."""
    return {**row, "tasks": {name: task["points"] for name, task in row["tasks"].items()}}


@pytest.mark.slow
def test_the_demos_grades_are_those_under_bubblewrap(tmp_path):
    rows = {}
    for kind, shim in (("bubblewrap", []), ("landlock", REFUSED)):
        place = courses.init(tmp_path / kind)
        shutil.copytree(ROOT / "examples" / "submitted", place.root / "submitted", dirs_exist_ok=True)
        (place.root / courses.SECRET_FILE).write_text("the same questions")
        command = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT, "--course", str(place.root)]
        done = run(*shim, *command)
        assert done.returncode == 0, done.stderr
        rows[kind] = json.loads((place.reports(ASSIGNMENT) / "grades.json").read_text())["students"]
    for student, row in rows["landlock"].items():
        *flags, how = row["flags"]
        assert how["id"] == "jail-landlock"
        under_bubblewrap = rows["bubblewrap"][student]
        if student == "mallory":  # what she may not is refused in other words
            row, under_bubblewrap = map(points, (row, under_bubblewrap))
        assert {**row, "flags": flags} == under_bubblewrap
