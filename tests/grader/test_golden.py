"""The frozen verdicts are fair, complete, and still given: `tests/golden/verdicts.py` makes them.

What is fair stands in the header of each answer, by people who had not read the judge: the outcomes, the
points, and the findings or the words of which a helpful explanation has one. `make test` judges four answers
again in the jail, `make test-slow` one to each task and a sample of all cases, `make golden` all of them.
"""

import functools
import json
import re
import sys
import zlib
from pathlib import Path

import pytest

from autograder import tasks

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "golden"))
import cases
import verdicts

FROZEN = verdicts.frozen()
MAX = {name: {task.id: task.points for task in tasks.load(name).tasks} for name in cases.FOLDERS}
PATHS = {
    f"{assignment}/{path.parent.name}/{path.stem}": path
    for assignment, folder in cases.FOLDERS.items()
    for path in folder.glob("*/*.*")
}
# Judged again by `make test-slow`: one case in so many.
ONE_IN = 100
ROUNDING = 0.01


@functools.cache
def all_cases(mutants=False):
    """{name: Case}; to find the mutants takes longer than to judge an answer."""
    return {case.name: case for case in cases.all_cases(mutants)}


def header(path):
    return dict(re.findall(r"^# (\w+): (.*)$", path.read_text(), re.M))


def points(row):
    """{task id: points}"""
    best = MAX[row["case"].partition("/")[0]]
    return {task: row["tasks"].get(task, {"points": most})["points"] for task, most in best.items()}


def lost(row, but=()):
    """Tasks that lost points, without those that may."""
    best = MAX[row["case"].partition("/")[0]]
    return {task for task, found in points(row).items() if found < best[task]} - {*but}


def rows(kind):
    """(row, path) of a kind of answers."""
    return [
        (row, PATHS[case])
        for (case, _), row in FROZEN.items()
        if case in PATHS and PATHS[case].parent.name == kind
    ]


@pytest.mark.parametrize("mutants", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_every_case_is_frozen_as_it_is_handed_in_today(mutants):
    found = all_cases(mutants)
    now = {(name, secret): case.digest() for name, case in found.items() for secret in cases.SECRETS}
    frozen = {key: row["text"] for key, row in FROZEN.items() if mutants or "/mutant/" not in key[0]}
    assert frozen == now


def test_right_answers_in_any_style_get_full_marks():
    assert {row["case"]: lost(row) for row, _ in rows("right") if lost(row)} == {}


def test_wrong_answers_get_what_each_deserves():
    faults = {row["case"]: fault(path, row) for row, path in rows("wrong")}
    unfair = [words for words in faults.values() if words]
    assert not unfair, "\n".join(unfair)


def fault(path, row):
    """What is unfair about the verdict on a wrong answer, or None."""
    task, fair = path.stem.split("__")[0], header(path)
    found = row["tasks"].get(task, {"outcome": "correct", "findings": []})
    low, high = map(float, fair["credit"].split("-"))
    where = f"{row['case']} {row['secret']}"
    if not low - ROUNDING <= points(row)[task] <= high + ROUNDING:
        return f"{where}: expected {low} to {high} points, got {points(row)[task]} {found}"
    if elsewhere := lost(row, but=[task]):
        return f"{where}: {elsewhere} lost points, too"
    if "expect" in fair and found["outcome"] not in fair["expect"].split("|"):
        return f"{where}: expected {fair['expect']}, got {found}"
    if found["outcome"] == "missing":
        return None
    ids = [finding["id"] for finding in found["findings"]]
    if "finding" in fair and not {*fair["finding"].split("|")} & {*ids}:
        return f"{where}: expected {fair['finding']}, got {found}"
    words = " ".join(f"{finding['message']} {finding['hint']}" for finding in found["findings"]).lower()
    wanted = [word.strip().lower() for word in fair.get("keywords", "none").split("|")]
    if found["outcome"] != "correct" and not words:
        return f"{where}: no words"
    if "none" not in wanted and not any(word in words for word in wanted):
        return f"{where}: expected one of {wanted}, got {found}"
    return None


def test_a_mistake_costs_marks_once():
    for row, path in rows("cross"):
        where = f"{row['case']} {row['secret']}"
        if path.suffix == ".json":
            expect = json.loads(path.read_text())["expect"]
            assert {n: "loses" if n in lost(row) else "full" for n in expect} == expect, where
        else:
            ranges = re.findall(r"(\w+)=([\d.]+)-([\d.]+)", header(path)["expect"])
            for task, low, high in ranges:
                assert float(low) - ROUNDING <= points(row)[task] <= float(high) + ROUNDING, where
            assert not lost(row, [task for task, *_ in ranges]), where


def test_no_mutant_costs_points_elsewhere():
    for (case, secret), row in FROZEN.items():
        if "/mutant/" in case:
            assert not {*row["tasks"]} - {case.split("/")[2]} & lost(row), (case, secret)


def number(name):
    return zlib.crc32(name.encode())


ENDED = {case for (case, _), row in FROZEN.items() if '"timeout"' not in json.dumps(row["tasks"])}
ALONE = [name for name in ENDED & PATHS.keys() if PATHS[name].parent.name != "cross"]
# The right or wrong answer to each task that has the lowest number; `make test` asks some of these tasks.
ONE_OF_EACH = {PATHS[name].stem.split("__")[0]: name for name in sorted(ALONE, key=number, reverse=True)}
QUICK_TASKS = 4
SAMPLE = sorted(name for name in ENDED if number(name) % ONE_IN == 0)


@pytest.fixture(scope="module")
def judge(shared_worker):
    judge = verdicts.Judge(kept=None)
    judge.worker = shared_worker
    return judge


@pytest.mark.parametrize(
    ("task", "name"),
    [
        pytest.param(task, name, id=name, marks=[pytest.mark.slow] * (place >= QUICK_TASKS))
        for place, (task, name) in enumerate(sorted(ONE_OF_EACH.items(), key=lambda one: number(one[1])))
    ],
)
def test_the_frozen_verdict_on_an_answer_is_still_given(judge, task, name):
    """Its task and those that call it are asked."""
    secret, asked = cases.SECRETS[0], cases.users_of(PATHS[name].parents[1].name)[task]
    row, frozen = judge.verdict(all_cases()[name]._replace(asked=tuple(asked)), secret), FROZEN[name, secret]
    assert row["tasks"] == {task: found for task, found in frozen["tasks"].items() if task in asked}
    assert (row["status"], row["flags"]) == (frozen["status"], frozen["flags"])


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLE)
def test_the_frozen_verdict_is_still_given(judge, name):
    secret = cases.SECRETS[0]
    row = judge.verdict(all_cases(mutants=True)[name], secret)
    assert verdicts.differences(FROZEN[name, secret], row) == []
