"""Feedback and class report: HTML from results, by pure functions."""

import collections
import statistics

import jinja2

from autograder.judge import CONVENTION, SCALE, TWO_MISTAKES

WORDS = {
    "correct": "right",
    "partial": "partly right",
    "wrong": "wrong",
    "missing": "not answered",
    "error": "raised an error",
    "timeout": "took too long",
    "crashed": "crashed",
    "ungraded": "a person decides",
}
KIND_WORDS = {
    "tails": "wrong only where numbers are extreme",
    "term": "one constant or term",
    "structure": "one axis, weight or transformation",
    "unfinished": "made, but without effect",
    "nothing": "no more than doing nothing",
}


def number(value):
    """A number without needless zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


PAGES = jinja2.Environment(
    loader=jinja2.PackageLoader("autograder"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
PAGES.filters["number"] = number


def feedback(student, report, rules, answers):
    """A student's page.

    Args:
        report: as in grades.json.
        rules: the assignment's `tasks.Assignment`.
        answers: {cell id: the student's source}, written answers included.
    """
    row = report["students"][student]
    written = [(name, text, "read by a person") for name, text in answers.items() if name not in row["tasks"]]
    return PAGES.get_template("feedback.html").render(
        assignment=report["assignment"],
        max_score=report["max_score"],
        student=student,
        row=row,
        answers=answers,
        written=written,
        words=WORDS,
        sentences={task.id: task.doc for task in rules.tasks},
        scale=SCALE,
        kind_words=KIND_WORDS,
        two=TWO_MISTAKES,
        convention=CONVENTION,
    )


def class_report(report):
    """The instructor's page about one assignment, from what is in grades.json."""
    rows = list(report["students"].items())
    scores = [row["score"] for _, row in rows]
    histogram = histogram_of(scores, report["max_score"])
    notes = sorted(
        {flag["message"] for _, row in rows for flag in row["flags"] if flag["id"] == "no-jail"}
    )
    return PAGES.get_template("report.html").render(
        assignment=report["assignment"],
        max_score=report["max_score"],
        rows=rows,
        unreadable=sum(row["status"] == "unreadable" for _, row in rows),
        median=statistics.median(scores) if scores else 0,
        pending=sum(row["manual_pending"] for _, row in rows),
        notes=notes,
        histogram=histogram,
        histogram_words=", ".join(f"{bar['label']}: {bar['count']}" for bar in histogram),
        tasks=tasks_of(rows),
        mistakes=mistakes_of(rows),
        words=WORDS,
    )


def histogram_of(scores, max_score, bins=10):
    """Bars of an SVG of 640 by 170."""
    counts = [0] * bins
    for score in scores:
        counts[min(max(int(score / max_score * bins), 0), bins - 1)] += 1
    top = max([*counts, 1])
    return [
        {
            "count": count,
            "x": 64 * place + 4,
            "y": 145 - 120 * count / top,
            "width": 56,
            "height": 120 * count / top,
            "label": f"{place * max_score // bins}–{(place + 1) * max_score // bins}",
        }
        for place, count in enumerate(counts)
    ]


def tasks_of(rows):
    """A line for each task of the class's graded submissions."""
    graded = [row["tasks"] for _, row in rows if row["status"] == "graded"]
    lines = []
    for name in graded[0] if graded else ():
        results = [tasks[name] for tasks in graded if name in tasks]
        outcomes = collections.Counter(WORDS[result["outcome"]] for result in results)
        most = results[0]["max"]
        mean = statistics.fmean(result["points"] for result in results)
        lines.append(
            {
                "name": name,
                "max": most,
                "mean": mean,
                "percent": round(100 * mean / most),
                "right": f"{sum(r['points'] == most for r in results)} of {len(results)}",
                "outcomes": ", ".join(f"{word} {count}" for word, count in outcomes.most_common()),
            }
        )
    return lines


def mistakes_of(rows):
    """Findings, the most frequent first; exceptions of all kinds count together."""
    students, example = collections.defaultdict(set), {}
    for student, row in rows:
        for name, task in row["tasks"].items():
            for finding in task["findings"]:
                key = name, finding["id"]
                students[key].add(student)
                any_error = {"message": "The code raised an error.", "hint": ""}
                example.setdefault(key, any_error if finding["id"] == "raised" else finding)
    ranked = sorted(students.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {
            "count": len(who),
            "task": name,
            "id": id,
            "message": example[name, id]["message"],
            "hint": example[name, id]["hint"],
        }
        for (name, id), who in ranked
    ]
