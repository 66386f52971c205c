"""docs/judge.md from reports/*/evidence.json, which `autograder evidence` writes, and from tests/golden."""

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from autograder import tasks
from autograder.engine.judge import EITHER, UNEXPLAINED

ROOT = Path(__file__).resolve().parents[1]

HEAD = """# How well the judge judges

`make judge-report` writes this page from the results of `autograder evidence` ([evidence.md](evidence.md))
and from `tests/golden`. [grading.md](grading.md) says how the judge works and how it gives points.

## Mutants

A mutant is a reference answer with one edit ([evidence.md](evidence.md#what-it-tries)). It replaces the
answer in an otherwise right notebook, and its task is judged together with all tasks whose code can
reach it. At most 60 mutants are made per task.

A mutant that keeps all points is judged with five more sets of inputs. It is not a mistake if all its
answers equal the reference's up to float32 rounding, or if the assignment's `equivalent_mutants.json`
lists it with a reason. Every other mutant should lose points in its own task and nowhere else. The columns
count mutants that a finding names ("named"), that end with an exception ("raised"), that are left to be
graded by hand ("to a person"), that keep all points although they are mistakes ("survived"), and that cost
another task points ("lost elsewhere").
"""

ALARMS = """## False alarms, and random answers

The reference should get full marks with every set of inputs. "At most" is the upper end of Clopper and
Pearson's one-sided 95 % interval for the rate of false alarms. For tasks with random answers, mistaken
mutants were judged with six sets of inputs each. For `make_data`, `sample_data` and `sample_posterior`,
bounds were also computed: the probability of a false alarm is below 1e-6, and that of passing with a known
mistake is below 1e-3 (`tests/grader/test_power.py`).
"""

ANSWERS = """## Answers by other people

These answers were written by people who had not seen the judge (`tests/answers`); their verdicts are in
`tests/golden`. The header of each wrong answer says how many points it deserves, and some headers also say
which findings would be fair ("finding known").
"""

COLUMNS = {
    "judged": "judged",
    "no mistake": None,
    "caught": "caught",
    "named": "named",
    "raised": "raised",
    "to a person": "person",
    "survived": "survived",
    "lost elsewhere": "elsewhere",
}


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def with_total(rows):
    """The rows, and the sum of each column of numbers below."""
    columns = list(zip(*rows, strict=True))[1:]
    return [*rows, ["**all**", *(f"**{sum(column)}**" for column in columns)]]


def code(text):
    return "`" + text.replace("|", "\\|") + "`"


def mutants(evidence):
    """Counts for each task, and each mutant that survived."""
    rows, survivors = [], []
    for name, task in evidence["tasks"].items():
        found = task["mutants"]
        found["no mistake"] = found["same"] + found["listed"]
        rows.append([name, found["made"], *(found[key or title] for title, key in COLUMNS.items())])
        survivors += [
            [name, row["line"], code(f"{row['was']} -> {row['now']}")]
            for row in task["rows"]
            if row["standing"] in ("survived", "uncompared")
        ]
    parts = [f"### {evidence['assignment']}\n", table(["task", "mutants", *COLUMNS], with_total(rows))]
    if evidence["left"]:
        every = evidence["left"] + evidence["held"]
        parts.append(f"Not finished: {evidence['left']} of {every} results are missing.\n")
    if survivors:
        parts += ["Survived:\n", table(["task", "line", "edit"], survivors)]
    return "\n".join(parts)


def alarms(evidence):
    """The row of each task about its reference, and about its mutants where it is random."""
    for name, task in evidence["tasks"].items():
        found, power = task["reference"], task["power"]
        caught = f"{power['caught']} of {power['of']}" if power else ""
        yield [name, found["of"], found["accused"], f"{100 * found['at_most']:.1f} %", caught]


def answers():
    """Rows of counts for each task, of right answers and of wrong ones, from the frozen verdicts."""
    right, wrong = defaultdict(Counter), defaultdict(Counter)
    for assignment in tasks.ASSIGNMENTS:
        folder = ROOT / "tests" / "answers" / assignment
        for line in (ROOT / "tests" / "golden" / f"{assignment}.jsonl").read_text().splitlines():
            row = json.loads(line)
            name = row["case"].removeprefix(f"{assignment}/")
            kind, task = Path(name).parent.name, Path(name).name.split("__")[0]
            lost = {task for task, found in row["tasks"].items() if found["outcome"] != "correct"}
            if kind == "right":
                right[task].update(answers=1, full=not lost)
            elif kind == "wrong":
                header = re.search(r"^# finding: (.*)$", (folder / f"{name}.py").read_text(), re.M)
                ids = [finding["id"] for finding in row["tasks"].get(task, {"findings": []})["findings"]]
                fair = header and any({*one.split(EITHER)} <= {*header[1].split(EITHER)} for one in ids)
                named = header and not fair and {*ids} - UNEXPLAINED
                wrong[task].update(
                    answers=1,
                    lost=task in lost,
                    elsewhere=bool(lost - {task}),
                    known=bool(header),
                    fair=bool(fair),
                    otherwise=bool(named),
                )
    return ([[task, *counts.values()] for task, counts in found.items()] for found in (right, wrong))


def page(found):
    """The text of docs/judge.md.

    Args:
        found: [evidence of each assignment, as in evidence.json].
    """
    right, wrong = map(with_total, answers())
    rows = [row for evidence in found for row in alarms(evidence)]
    head = [
        "task",
        "answers",
        "lost marks",
        "lost elsewhere",
        "finding known",
        "named as it says",
        "named otherwise",
    ]
    return (
        "\n".join(
            [
                HEAD,
                *map(mutants, found),
                ALARMS,
                table(
                    ["task", "sets of inputs", "lost marks", "at most", "mistaken mutants lost marks"], rows
                ),
                ANSWERS,
                "Right answers in other styles:\n",
                table(["task", "answers", "full marks"], right),
                "Wrong answers:\n",
                table(head, wrong),
            ]
        ).rstrip()
        + "\n"
    )


if __name__ == "__main__":
    paths = [ROOT / "reports" / name / "evidence.json" for name in sorted(tasks.ASSIGNMENTS, reverse=True)]
    if missing := [path.parent.name for path in paths if not path.is_file()]:
        sys.exit(
            f"Expected reports/ASSIGNMENT/evidence.json of {', '.join(missing)}; run `make judge-report`."
        )
    (ROOT / "docs" / "judge.md").write_text(page([json.loads(path.read_text()) for path in paths]))
