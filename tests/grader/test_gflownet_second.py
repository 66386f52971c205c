"""Answers to `gflownet-em` by an examiner who had not read the judge: right, wrong, and whole notebooks.

`tests/answers/gflownet-em/second` holds one solution cell a file; the header of a wrong one says how many
points are fair, and words of which a helpful explanation has one. `cross` holds several cells a file, and
what each task should earn.
"""

import re
from itertools import zip_longest
from pathlib import Path

import pytest
import solved

from autograder import tasks

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = ROOT / "tests" / "answers" / "gflownet-em" / "second"
ASSIGNMENT = "gflownet-em"
RULES = tasks.load(ASSIGNMENT)
NAMES = [task.id for task in RULES.tasks]


def rows(folder):
    """One answer of each task at a time, until all have been used; those marked so, alone.

    An answer is marked that another wrong one could make up for, or excuse.
    """
    found = [sorted((ANSWERS / folder).glob(f"{name}__*.py")) for name in NAMES]
    assert all(len(paths) >= 5 for paths in found)
    alone = {path for paths in found for path in paths if path.read_text().startswith("# alone\n")}
    together = zip_longest(*([path for path in paths if path not in alone] for paths in found))
    return [[path for path in row if path is not None] for row in together] + [[p] for p in sorted(alone)]


def name_of(path):
    return path.stem.split("__")[0]


@pytest.fixture(scope="module")
def grade(worker):
    return lambda answers: solved.judged(worker, ASSIGNMENT, answers, "second").tasks


def lost(results, but=()):
    return {name: task for name, task in results.items() if task.points != task.max and name not in but}


@pytest.mark.slow
@pytest.mark.parametrize("chosen", rows("right"), ids=range(len(rows("right"))))
def test_right_answers_get_full_marks(grade, chosen):
    assert not lost(grade({name_of(path): path.read_text() for path in chosen}))


def fault(path, result):
    """What is unfair about the result of a wrong answer, or None."""
    header = dict(re.findall(r"^# (\w+): (.*)$", path.read_text(), re.M))
    low, high = map(float, header["credit"].split("-"))
    words = " ".join(f"{finding.message} {finding.hint}" for finding in result.findings).lower()
    if not low - 0.01 <= result.points <= high + 0.01:
        return f"{path.stem}: expected {low} to {high} points, got {result.points} {result.findings}"
    keywords = [word.strip().lower() for word in header["keywords"].split("|")]
    if "none" not in keywords and not any(word in words for word in keywords):
        return f"{path.stem}: expected one of {keywords}, got {result.findings}"
    return None


@pytest.mark.slow
@pytest.mark.parametrize("chosen", rows("wrong"), ids=range(len(rows("wrong"))))
def test_wrong_answers_get_what_each_deserves(grade, chosen):
    results = grade({name_of(path): path.read_text() for path in chosen})
    faults = [fault(path, results[name_of(path)]) for path in chosen]
    assert not any(faults), "\n".join(filter(None, faults))
    assert not lost(results, [name_of(path) for path in chosen])


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((ANSWERS / "cross").glob("*.py")), ids=lambda path: path.stem)
def test_a_mistake_costs_marks_once(grade, path):
    _, *parts = re.split(r"^# %% (\w+)\n", path.read_text(), flags=re.M)
    results = grade(dict(zip(parts[::2], parts[1::2], strict=True)))
    expect = re.search(r"^# expect: (.*)$", path.read_text(), re.M)[1]
    ranges = re.findall(r"(\w+)=([\d.]+)-([\d.]+)", expect)
    fair = {name: (float(low), float(high)) for name, low, high in ranges}
    for name, (low, high) in fair.items():
        assert low - 0.01 <= results[name].points <= high + 0.01, results[name]
    assert not lost(results, fair)
