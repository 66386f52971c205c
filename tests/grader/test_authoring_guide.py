"""The tutorial of docs/authoring.md, followed to the letter."""

import json
import os
import re
import sys
from pathlib import Path

import guide
import pytest

EXPECTED = {
    "right-loops": {},
    "right-matrix": {},
    "right-random": {},
    "wrong-axis": {"assign": "wrong-axis"},
    "farthest": {"assign": "farthest"},
    "median": {"update": "median"},
    "summed": {"update": "summed"},
    "with-replacement": {"start": "with-replacement"},
    "one-step": {"KMeans": "one-step"},
    "raises": {"assign": "raised"},
    "hangs": {"start": "timeout"},
    "ends-the-process": {"assign": "crashed"},
}


def test_the_judge_is_short_and_names_many_mistakes():
    text = guide.judge_text()
    assert text.count("\n") <= 120 and len(re.findall(r"^(?:@mistake|exchange)\(", text, re.MULTILINE)) >= 14


@pytest.mark.slow
def test_every_block_works_in_the_order_printed(tmp_path):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command, run in guide.follow(tmp_path, environment={**os.environ, "PATH": path}):
        assert run.returncode == 0, f"{command}\n{run.stdout}\n{run.stderr}"
    grades = json.loads((tmp_path / "course" / "reports" / "k-means" / "grades.json").read_text())
    assert grades["max_score"] == 40 and grades["students"].keys() == EXPECTED.keys()
    for student, row in grades["students"].items():
        lost = {name: task for name, task in row["tasks"].items() if task["points"] < task["max"]}
        assert {n: t["findings"][0]["id"] for n, t in lost.items()} == EXPECTED[student], student
    page = (tmp_path / "course" / "feedback" / "median" / "k-means" / "k-means.html").read_text()
    assert "The median is taken." in page and "Smallest case" in page
