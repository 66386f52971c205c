"""The frozen verdicts are fair, complete, and still given: `tests/golden/verdicts.py` makes them.

What is fair stands in the header of each answer, by people who had not read the judge: the outcomes, the
points, and the findings or the words of which a helpful explanation has one. A sample of the cases is judged
again in the jail; `make golden` judges all of them.
"""

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

# Attacks are tried by `test_attacks`; their verdicts are not frozen yet.
CASES = {case.name: case for case in cases.all_cases() if not case.name.startswith("attack/")}
FROZEN = verdicts.frozen()
MAX = {name: {task.id: task.points for task in tasks.load(name).tasks} for name in cases.FOLDERS}
PATHS = {
    f"{assignment}/{path.parent.relative_to(folder)}/{path.stem}": path
    for assignment, folder in cases.FOLDERS.items()
    for kind in ("right", "wrong", "cross", "second/*")
    for path in folder.glob(f"{kind}/*.*")
}
# Judged again by `make test`: one case in so many, and at least one wrong answer of each task.
ONE_IN = 150
ROUNDING = 0.01


def header(path):
    return dict(re.findall(r"^# (\w+): (.*)$", path.read_text(), re.M))


def points(row):
    """{task id: points}"""
    best = MAX[CASES[row["case"]].assignment]
    return {task: row["tasks"].get(task, {"points": most})["points"] for task, most in best.items()}


def lost(row, but=()):
    """Tasks that lost points, without those that may."""
    best = MAX[CASES[row["case"]].assignment]
    return {task for task, found in points(row).items() if found < best[task]} - {*but}


def rows(kind):
    """(row, path) of a kind of answers, under both secrets."""
    return [
        (row, PATHS[case])
        for (case, _), row in FROZEN.items()
        if case in PATHS and case.split("/", 1)[1].rpartition("/")[0].removeprefix("second/") == kind
    ]


def test_every_case_is_frozen_as_it_is_handed_in_today():
    now = {(name, secret): case.digest() for name, case in CASES.items() for secret in cases.SECRETS}
    assert {key: row["text"] for key, row in FROZEN.items()} == now


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


def sample():
    """Names of the cases that are judged again: those that end in time, spread over all kinds."""
    names = sorted(CASES)
    ended = {case for (case, _), row in FROZEN.items() if '"timeout"' not in json.dumps(row["tasks"])}
    chosen = [name for name in names if name in ended and zlib.crc32(name.encode()) % ONE_IN == 0]
    covered = {PATHS[name].stem.split("__")[0] for name in chosen if "/wrong/" in name}
    for name in names:
        if "/wrong/" in name and name in ended and (task := PATHS[name].stem.split("__")[0]) not in covered:
            chosen.append(name)
            covered.add(task)
    return sorted(chosen)


@pytest.fixture(scope="module")
def judge(shared_worker):
    judge = verdicts.Judge(kept=None)
    judge.worker = shared_worker
    return judge


@pytest.mark.parametrize("name", sample())
def test_the_frozen_verdict_is_still_given(judge, name):
    secret = cases.SECRETS[0]
    row = judge.verdict(CASES[name], secret)
    assert verdicts.differences(FROZEN[name, secret], row) == []
