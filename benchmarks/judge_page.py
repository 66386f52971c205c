"""docs/judge.md from what was measured: every number on the page is counted here."""

import json
from collections import Counter
from pathlib import Path

from autograder.engine.judge import EITHER

REASONS = Path(__file__).with_name("equivalent_mutants.json")
# Findings that say that something is wrong, and not what.
UNNAMED = {
    "not-a-known-mistake", "raised", "timeout", "crashed", "name-missing", "not-judged", "grader-failed",
}  # fmt: skip

HEAD = """# How well the judge judges

Written by `make judge-report`, which takes hours, and goes on where it was stopped. Its details
are in `build/judge`. What the judge does, and how it gives points: [grading.md](grading.md).
"""

MUTANTS = """
## Mutants

Each is a reference answer with one edit: an operator, a constant, an axis, a term, a statement, a keyword, a
call or a sign is changed or left out, two arguments are swapped, a function or a variable is another one.
It replaces the answer in an otherwise right notebook, and its task is judged with all tasks whose code can
reach it. At most {count} mutants are taken of each task.

An equivalent mutant is no mistake: on fresh inputs of the contract it does what the reference does, or it is
listed in `benchmarks/equivalent_mutants.json` with the reason. Every other mutant should lose marks in its
task, and nowhere else. Named: a finding says which mistake it is. Raised: it ends with an exception. A
person: the result is left to a person to judge, as the contract wants it for `gfn_em`.
"""

SECRETS = """
## The reference under many secrets

Secrets decide what is asked. The reference should always get full marks.
"""

RIGHT = """
## Right answers in other styles

Written by people who had not seen the judge (`tests/answers`).
"""

WRONG = """
## Wrong answers, and whether their mistake is named

Each is graded as a mutant is; `make test-slow` grades each in a whole notebook. Its header says which
findings are fair, as those who wrote it see it.
"""

POWER = """
## The statistical tests

At most how often a mistake passes for right, at the sample size used. The bound is that of the one test that
sees the mistake best: exact for counts (binomial) and variances (chi-square), 2 exp(-2nd²) for the
Kolmogorov-Smirnov test; 1e-15 is added for samples that are smaller than the bound assumes. In `sample_data`
it is multiplied by three, since an answer is judged up to three times; in `sample_posterior` it holds for the
worst of the secrets, and the false-alarm rate is added, since an answer is judged a second time with the
notebook's own policy. The goal is .001 for each.
"""

NOT_JUDGED = """
Mistakes that are in no table, in simulated answers; the last column is a lower bound of the rate at 99.9 %
confidence.
"""

LIMITS = """
Not judged: counts that fit too well (exactly stratified), copies of less than half of the points, an order
that is not random, and noise with slightly heavy tails. An answer too slow for the large sample is judged on
a small one (`make_data` 2,000 points, `sample_data` 1,500, `sample_posterior` 200), where small mistakes do
not show.
"""


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def by_task(found):
    groups = {}
    for line in found.values():
        groups.setdefault(line["task"], []).append(line)
    return groups


def with_total(rows):
    """The rows, and the sum of each column of numbers below."""
    columns = list(zip(*rows, strict=True))[1:]
    return [*rows, ["**all**", *(f"**{sum(column)}**" for column in columns)]]


def code(text):
    return "`" + text.replace("|", "\\|") + "`"


def edit(line):
    return f"{line['was']} -> {line['now']}"


def is_named(line):
    return bool(set(line["findings"]) - UNNAMED)


def reasons(assignment):
    """{(task, edit): why it is no mistake} of the mutants that are listed."""
    return {
        (task, words): reason
        for task, listed in json.loads(REASONS.read_text()).get(assignment, {}).items()
        for reason, edits in listed.items()
        for words in edits
    }


class Mutants:
    """The mutants of one assignment, sorted by what became of them."""

    def __init__(self, assignment, kept):
        self.graded = by_task(kept["mutants"])
        self.probed = kept["equivalence"]
        self.reasons = reasons(assignment)

    def reason(self, line):
        """Why the mutant is no mistake, or None."""
        if self.probed.get(line["name"], {}).get("same"):
            return "the same on fresh inputs"
        return self.reasons.get((line["task"], edit(line)))

    def row(self, task):
        lines = self.graded[task]
        equal = [line for line in lines if self.reason(line)]
        rest = [line for line in lines if not self.reason(line)]
        caught = [line for line in rest if line["points"] < line["max"]]
        marked = [line for line in caught if line["outcome"] != "ungraded"]
        return [
            task, len(lines), len(equal), len(caught), sum(map(is_named, marked)),
            sum(line["outcome"] == "error" for line in marked), len(caught) - len(marked),
            len(rest) - len(caught), sum(bool(line["elsewhere"]) for line in lines),
        ]  # fmt: skip

    def chosen(self, condition):
        return [line for lines in self.graded.values() for line in lines if condition(line)]


MUTANT_COLUMNS = [
    "task", "mutants", "equivalent", "caught", "named", "raised", "to a person", "survived", "lost elsewhere",
]  # fmt: skip


def mutants(assignment, kept):
    found = Mutants(assignment, kept)
    parts = [f"### {assignment}\n", table(MUTANT_COLUMNS, with_total(list(map(found.row, found.graded))))]
    equal = Counter(map(found.reason, found.chosen(found.reason)))
    if equal:
        rows = [[why, count] for why, count in equal.most_common()]
        parts.append(table(["why equivalent", "mutants"], rows))
    for title, condition in (
        ("Survived", lambda line: line["points"] == line["max"] and not found.reason(line)),
        ("Equivalent, and lost marks", lambda line: line["points"] < line["max"] and found.reason(line)),
        ("Lost marks elsewhere", lambda line: line["elsewhere"]),
    ):
        lines = found.chosen(condition)
        if lines:
            rows = [[line["task"], code(edit(line)), ", ".join(line["elsewhere"])] for line in lines]
            parts += [f"{title}:\n", table(["task", "edit", "elsewhere"], rows)]
    return "\n".join(parts)


def secrets(kept):
    rows = []
    for assignment, parts in kept.items():
        found = parts["secrets"].values()
        rows.append([assignment, len(found), sum(not line["lost"] for line in found)])
    return table(["assignment", "secrets", "full marks"], rows)


def right(kept):
    rows = []
    for parts in kept.values():
        rows += [
            [task, len(lines), sum(not line["lost"] for line in lines)]
            for task, lines in by_task(parts["right"]).items()
        ]
    return table(["task", "answers", "full marks"], with_total(rows)) if rows else ""


def is_accepted(line):
    """Whether a finding, and each of the mistakes that it cannot tell apart, is one of the header's."""
    return any(set(found.split(EITHER)) <= set(line["accepted"]) for found in line["findings"])


def wrong(kept):
    rows, without, faults = [], 0, []
    for parts in kept.values():
        for task, lines in by_task(parts["wrong"]).items():
            judged = [line for line in lines if line["accepted"]]
            misnamed = [line for line in judged if is_named(line) and not is_accepted(line)]
            without += len(lines) - len(judged)
            elsewhere = sum(bool(line["elsewhere"]) for line in lines)
            kept_all = sum(line["points"] == line["max"] for line in lines)
            rows.append([task, len(lines), kept_all, elsewhere, len(judged), sum(map(is_accepted, judged)),
                         len(misnamed)])  # fmt: skip
            faults += [line for line in judged if not is_accepted(line)]
    if not rows:
        return ""
    head = ["task", "answers", "kept all marks", "lost elsewhere", "finding known", "named as it says",
            "named otherwise"]  # fmt: skip
    text = table(head, with_total(rows))
    judged = sum(row[4] for row in rows)
    if judged:
        text += f"\n{100 * sum(row[5] for row in rows) / judged:.1f} % of those whose finding is known.\n"
    if without:
        text += f"\nThe headers of {without} answers say what they cost, and not what their finding is.\n"
    if faults:
        text += "\n" + table(
            ["answer", "found", "accepted"],
            [[line["name"], ", ".join(line["findings"]), ", ".join(line["accepted"])] for line in faults],
        )
    return text


def rate(value):
    return "0" if value == 0 else f"{value:.1g}"


def power(kept):
    found = [line for parts in kept.values() for line in parts["power"].values()]
    if not found:
        return ""
    alarms = [[line["task"], line["test"], rate(line["miss"])] for line in found if line["kind"] == "right"]
    known = [
        [line["task"], line["mistake"], line["test"], rate(line["miss"])]
        for line in found
        if line["kind"] == "known"
    ]
    other = [
        [line["task"], line["message"], line["test"], f"{1 - line['miss']:.3f}"]
        for line in found
        if line["kind"] == "other"
    ]
    alarm = "How often a right answer is accused, at most (the sum over the tests that it must pass):\n\n"
    return "\n".join([
        alarm + table(["task", "tests", "false alarms"], alarms),
        table(["task", "mistake", "seen best by", "missed at most"], known),
        NOT_JUDGED,
        table(["task", "answer", "caught", "rate at least"], other),
        LIMITS,
    ])  # fmt: skip


def write(path, kept, count):
    """The page, from {assignment: {part: {name: result}}}; parts that did not run are left out."""
    parts = [HEAD]
    if any(p["mutants"] for p in kept.values()):
        parts.append(MUTANTS.format(count=count))
        parts += [mutants(assignment, p) for assignment, p in kept.items() if p["mutants"]]
    for words, section, part in (
        (SECRETS, secrets, "secrets"),
        (RIGHT, right, "right"),
        (WRONG, wrong, "wrong"),
        (POWER, power, "power"),
    ):
        if any(p[part] for p in kept.values()):
            parts += [words, section(kept)]
    path.write_text("\n".join(part.strip("\n") + "\n" for part in parts))
