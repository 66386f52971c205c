"""What was found, as evidence.json says it: every number of the page is counted here."""

from collections import Counter
from typing import Any

from scipy import stats

from autograder.engine.assignment import Task
from autograder.engine.judge import UNEXPLAINED, Outcome
from autograder.evidence.kept import TrialResult
from autograder.evidence.subject import Subject
from autograder.evidence.trials import AGAIN, SECRETS, TABLES, Found, key, survived, trials

CONFIDENCE = 0.95
# What became of a mutant: it lost marks, or its task is left to a person. Or it kept all marks: its answers
# differ from the reference's, are the same for all inputs, or were not compared yet. Or the judge's author
# lists it as no mistake. Or it was not judged yet.
STANDINGS = ("caught", "person", "survived", "same", "uncompared", "listed", "waiting")
SEEN = ("caught", "named", "among", "of")  # of a declared mistake: under how many secrets


Evidence = dict[str, Any]  # evidence.json


def evidence_of(subject: Subject, found: Found, failed: dict[str, str]) -> Evidence:
    """The evidence on a judge, of JSON values.

    Args:
        found: {key of a trial: its result}.
        failed: {key: words} of trials that came to no result.
    """
    tasks = {task.id: _task(subject, task, found) for task in subject.rules.tasks}
    known = trials(subject, found)
    return {
        "assignment": subject.rules.id,
        "left": sum(trial.key not in found for trial in known),
        "held": sum(trial.key in found for trial in known),
        "failed": failed,
        "secrets": len(AGAIN) + 1,
        "unknown": [list(listed) for listed in subject.unknown],
        "tasks": tasks,
    }


def _task(subject, task, found):
    rows = [_mutant(subject, task.id, mutant, found) for mutant in subject.mutants[task.id]]
    judged = [row for row in rows if row["standing"] != "waiting"]
    caught = [row for row in judged if row["standing"] == "caught"]
    return {
        "points": task.points,
        "random": found.get(key("seeds", task.id), {}).get("random"),
        "mutants": {
            "made": len(rows),
            "judged": len(judged),
            **{name: sum(row["standing"] == name for row in rows) for name in STANDINGS},
            "named": sum(bool(set(row["findings"]) - UNEXPLAINED) for row in caught),
            "raised": sum(row["outcome"] == Outcome.ERROR for row in caught),
            "elsewhere": sum(bool(row["elsewhere"]) for row in judged),
        },
        "rows": judged,
        "reference": _reference(task, found),
        "power": _power(judged) if found.get(key("seeds", task.id), {}).get("random") else None,
        "table": _table(task, found),
    }


def _mutant(subject, task, mutant, found):
    """One mutant: where its edit is, and what became of it."""
    row = {
        "operator": mutant.operator,
        "line": mutant.line,
        "was": mutant.was,
        "now": mutant.now,
        "text": subject.lines[task][mutant.line - 1].strip(),
        "standing": "waiting",
    }
    if (result := found.get(key("mutant", task, mutant.id))) is None:
        return row
    again, reason = found.get(key("again", task, mutant.id)), subject.listed.get((task, mutant.edit))
    return row | result | {"again": again, "reason": reason, "standing": standing(result, again, reason)}


def standing(result: TrialResult, again: TrialResult | None, reason: str | None) -> str:
    """Which of STANDINGS a mutant has that was judged."""
    if reason is not None:
        return "listed"
    if not survived(result):
        return "person" if result["outcome"] == Outcome.UNGRADED else "caught"
    if again is None:
        return "uncompared"
    return "same" if again["same"] else "survived"


def _reference(task, found):
    """How often the reference was accused of anything, and how often at most it is with CONFIDENCE."""
    results = [found[name] for secret in SECRETS if (name := key("reference", name=secret)) in found]
    accused = [result["accused"][task.id] for result in results if task.id in result["accused"]]
    count, times = len(accused), len(results)
    return {
        "accused": count,
        "of": times,
        "at_most": at_most(count, times),
        "findings": sorted({name for names in accused for name in names}),
    }


def at_most(count: int, times: int) -> float:
    """Upper bound of a rate of which `count` in `times` were seen (Clopper and Pearson 1934)."""
    return 1.0 if count == times else float(stats.beta.ppf(CONFIDENCE, count + 1, times - count))


def _power(rows):
    """How often mistaken mutants lost marks under several secrets; None where none was judged again."""
    repeated = [row for row in rows if row["again"] and row["standing"] in ("caught", "person", "survived")]
    if not repeated:
        return None
    return {
        "mutants": len(repeated),
        "caught": sum(row["again"]["caught"] + (not survived(row)) for row in repeated),
        "of": sum(row["again"]["of"] + 1 for row in repeated),
    }


def _table(task: Task, found: Found) -> TrialResult:
    """The mistakes that a task declares: under how many secrets its judge saw each."""
    results = [found[name] for secret in TABLES if (name := key("table", task.id, secret)) in found]
    mistakes: dict[str, Counter[str]] = {}
    for result in results:
        for name, saw in result["mistakes"].items():
            mistakes[name] = Counter(mistakes.get(name)) + Counter(of=1) + Counter(saw)
    alike = [{tuple(pair) for pair in result["pairs"]} for result in results]
    return {
        "declared": task.made is not None,
        "tried": len(results),
        "mistakes": {name: {part: count[part] for part in SEEN} for name, count in mistakes.items()},
        "pairs": sorted(map(list, set.intersection(*alike))) if alike else [],
    }
