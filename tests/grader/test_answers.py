"""Answers written by people who had not seen the grader: right ones, wrong ones, and mixtures.

`right` and `wrong` in `tests/answers/gmm-two-ways` hold one solution cell a file (`# %% cell` parts a helper
cell from it); the header of a wrong one says which outcomes and how many points are fair, and may say which
finding. A header `# alone` says that the answer is what it is only with the reference's answers around it.
`cross` holds notebooks that show what a mistake in one task may cost in another.

`test_golden` holds the frozen verdict on each answer alone, and judges a sample again; what is tried here, in
other combinations, is slow.
"""

import functools
import json
import re
from itertools import zip_longest
from pathlib import Path

import pytest
import solved

from autograder import tasks

ANSWERS = Path(__file__).resolve().parents[1] / "answers" / "gmm-two-ways"
RULES = tasks.load("gmm-two-ways")
POINTS = {task.id: task.points for task in RULES.tasks}


def by_task(folder):
    found = {name: sorted((ANSWERS / folder).glob(f"{name}__*.py")) for name in POINTS}
    assert all(found.values())
    return found


# Wrong answers of these go together; wrong ones of tasks that call each other could make up for one
# another, and then both are right end to end.
TOGETHER = (
    ("make_data", "mixture_likelihood", "mixture_posterior_logits", "mstep", "loss"),
    ("gmm_model", "train", "emgmm_model"),
)
NEVER_END = ("infinite_loop",)


def rows(folder, names=tuple(POINTS)):
    """One answer of each of these tasks at a time, until all have been used."""
    found = {name: paths for name, paths in by_task(folder).items() if name in names}
    alone = {path for paths in found.values() for path in paths if "# alone\n" in path.read_text()}
    together = zip_longest(*([path for path in paths if path not in alone] for paths in found.values()))
    return [
        {name: path for name, path in zip(found, row, strict=True) if path is not None} for row in together
    ] + [{path.name.split("__")[0]: path} for path in sorted(alone)]


@pytest.fixture(scope="module")
def grade(worker):
    return functools.partial(solved.judged, worker, "gmm-two-ways")


def expected(path):
    text = path.read_text()
    outcomes = re.search(r"^# expect: (\S+)", text, re.M)[1].split("|")
    low, high = map(float, re.search(r"^# credit: ([\d.]+)-([\d.]+)", text, re.M).groups())
    return outcomes, low, high


def fault(path, result):
    """What is unfair about the result of a wrong answer, or None."""
    outcomes, low, high = expected(path)
    if result.outcome not in outcomes:
        return f"{path.stem}: expected {outcomes}, got {result.outcome} {result.findings}"
    if not low <= result.points <= high:
        return f"{path.stem}: expected {low} to {high} points, got {result.points} {result.findings}"
    if result.outcome != "missing" and not all(f.message for f in result.findings):
        return f"{path.stem}: no words"
    ids = re.search(r"^# finding: (\S+)", path.read_text(), re.M)
    if ids and not set(ids[1].split("|")) & {finding.id for finding in result.findings}:
        return f"{path.stem}: expected {ids[1]}, got {result.findings}"


@pytest.mark.slow
@pytest.mark.parametrize("chosen", rows("right"), ids=range(len(rows("right"))))
def test_right_answers_in_any_style_get_full_marks(grade, chosen):
    result = grade({name: path.read_text() for name, path in chosen.items()})
    lost = {
        chosen[name].stem if name in chosen else name: task
        for name, task in result.tasks.items()
        if task.points != task.max
    }
    assert not lost


WRONG_TOGETHER = [row for names in TOGETHER for row in rows("wrong", names)]


@pytest.mark.slow
@pytest.mark.parametrize("chosen", WRONG_TOGETHER, ids=range(len(WRONG_TOGETHER)))
def test_wrong_answers_together_get_what_each_deserves(grade, chosen):
    # Those that never end are slow; they are tried one by one.
    chosen = {n: path for n, path in chosen.items() if not path.stem.endswith(NEVER_END)}
    result = grade({name: path.read_text() for name, path in chosen.items()})
    faults = [fault(path, result.tasks[name]) for name, path in chosen.items()]
    faults += [
        f"{name} lost marks: {task.findings}"
        for name, task in result.tasks.items()
        if name not in chosen and task.points != task.max
    ]
    assert not any(faults), "\n".join(filter(None, faults))


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((ANSWERS / "wrong").glob("*.py")), ids=lambda path: path.stem)
def test_a_wrong_answer_loses_marks_in_its_own_task_only(grade, path):
    name = path.stem.split("__")[0]
    result = grade({name: path.read_text()})
    assert fault(path, result.tasks[name]) is None
    assert [n for n, task in result.tasks.items() if task.points != task.max] == [name]


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((ANSWERS / "cross").glob("*.json")), ids=lambda path: path.stem)
def test_a_mistake_costs_marks_once(grade, path):
    case = json.loads(path.read_text())
    before = {name: f"{source}\n# %% cell\n" for name, source in case.get("extra_cells_before", {}).items()}
    result = grade({name: before.get(name, "") + source for name, source in case["cells"].items()})
    outcome = {name: "full" if t.points == t.max else "loses" for name, t in result.tasks.items()}
    assert {name: outcome[name] for name in case["expect"]} == case["expect"], case["why"]


@pytest.mark.slow  # test_course grades it with a new secret each time
@pytest.mark.parametrize("secret", ["one", "two", "three", "four"])
def test_the_same_answer_scores_the_same_under_other_secrets(grade, secret):
    result = grade({}, secret)
    assert result.automatic == 91, result.tasks
