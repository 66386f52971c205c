"""Feedback and class report: HTML from results, by pure functions."""

import base64
import collections
import hashlib
import itertools
import re
import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib import resources
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

import jinja2
import markupsafe

from autograder.engine import scale
from autograder.engine.assignment import Assignment
from autograder.engine.counterexample import without_line
from autograder.engine.grading import NO_JAIL, SECOND_JAIL, Report, Row, Status
from autograder.engine.judge import Outcome
from autograder.report import statistics as class_numbers
from autograder.report.marks import Mark, Score
from autograder.report.spreadsheet import written

PERSON, WAITING = "person", "waiting"  # besides the outcomes: a person gave the points, or is to give them
WORDS: dict[str, str] = {
    Outcome.CORRECT: "right",
    Outcome.PARTIAL: "partly right",
    Outcome.WRONG: "wrong",
    Outcome.MISSING: "not answered",
    Outcome.ERROR: "raised an error",
    Outcome.TIMEOUT: "took too long",
    Outcome.CRASHED: "crashed",
    Outcome.UNGRADED: "not graded yet",
    PERSON: "graded by a person",
    WAITING: "not graded yet",
}
Shown = dict[str, Any]  # a row, as a template reads it
NOT_GRADED = "not graded"  # status of who handed in, but was not graded yet


class Person(Protocol):
    """A student of the roster, as pages name one."""

    @property
    def name(self) -> str: ...

    @property
    def section(self) -> str: ...


def number(value: float) -> str:
    """A number without needless zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def marked_up(text: str) -> markupsafe.Markup:
    """Text for a page, escaped, with `code` between backticks."""
    return markupsafe.Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(markupsafe.escape(text))))


PAGES = jinja2.Environment(
    loader=jinja2.PackageLoader("autograder.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
# The only script of our pages: their policy names it by its hash, and lets no other run.
TEMPLATES = resources.files("autograder.report") / "templates"
SCRIPT = markupsafe.Markup((TEMPLATES / "report.js").read_text("utf-8"))
SCRIPT_HASH = "sha256-" + base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
PAGES.globals.update(script=SCRIPT, script_hash=SCRIPT_HASH)
PAGES.filters["number"] = number
PAGES.filters["marked_up"] = marked_up


class Line(NamedTuple):
    """One task of one student, as pages and tables show it."""

    name: str
    points: float | None  # None as long as nobody has given any
    max: float
    outcome: str  # of `WORDS`
    standing: str  # the points in words
    comment: str = ""
    findings: Sequence[Mapping[str, str]] = ()
    written: bool = False

    @property
    def worth_telling(self) -> bool:
        """Whether marks were lost, or a person changed those of the grader."""
        changed = self.outcome == PERSON and not self.written
        return self.points is not None and (self.points < self.max or changed)

    @property
    def lost(self) -> str:
        """What the task lost, such as " −2.5"; "" where it lost nothing."""
        lost = 0 if self.points is None else self.max - self.points
        return f" −{number(lost)}" if lost > 0 else ""

    @property
    def label(self) -> str:
        """The task and what it lost."""
        return self.name + self.lost

    @property
    def why(self) -> str:
        """What cost most of the marks, in words."""
        if self.written or self.outcome == PERSON:
            return f"{self.standing}; {self.comment}" if self.comment else self.standing
        return without_line(self.findings[0]["message"]) if self.findings else WORDS[self.outcome]


def lines_of(row: Row, score: Score | None = None) -> list[Line]:
    """The Lines of a student's tasks, automatic and then written.

    Args:
        row: the student's object of grades.json.
        score: the student's `marks.Score`; without it nobody has entered any points.
    """
    marks = score.marks if score else {}
    if row["status"] != Status.GRADED:
        return []
    automatic = [automatic_line(name, task, marks.get(name)) for name, task in row["tasks"].items()]
    return automatic + [written_line(name, mark) for name, mark in marks.items() if mark.written]


def waiting_tasks(lines: Iterable[Line]) -> float:
    """Points of the automatic tasks that the grader failed to judge, and that no person has graded."""
    return sum(line.max for line in lines if line.outcome == Outcome.UNGRADED)


def automatic_line(name: str, task: Row, mark: Mark | None) -> Line:
    most, outcome, points = task["max"], task["outcome"], task["points"]
    standing = f"{number(points)} of {number(most)}"
    if mark and (mark.entered is not None or mark.points != (mark.automatic or 0)):
        gave = "no points" if mark.automatic is None else number(mark.automatic)
        outcome, points = PERSON, mark.points
        standing = f"{number(points)} of {number(most)}, set by a person; the grader gave {gave}"
    elif outcome == Outcome.UNGRADED:
        points, standing = None, f"not graded yet ({number(most)} points)"
    return Line(name, points, most, outcome, standing, mark.comment if mark else "", task["findings"])


def written_line(name: str, mark: Mark) -> Line:
    points: float | None = mark.points
    standing = f"{number(mark.points)} of {number(mark.max)}"
    if mark.waits and mark.entered is not None:
        outcome = WAITING
        standing += " so far; the answer changed after it was graded, and will be read again"
    elif mark.waits:
        outcome, points, standing = WAITING, None, f"not graded yet ({number(mark.max)} points)"
    elif mark.entered is None:
        outcome, standing = Outcome.MISSING, f"not answered: {standing}"
    else:
        outcome = PERSON
    return Line(name, points, mark.max, outcome, standing, mark.comment, written=True)


JAILS = {
    NO_JAIL.id: "without a jail",
    SECOND_JAIL.id: "in the second kind of jail, Landlock",
    "": "in a bubblewrap jail",
}


def jail_of(row: Row) -> str | None:
    """Which jail a student's notebook ran in, as the key of `JAILS`; None where it did not run."""
    if row["status"] != Status.GRADED:
        return None
    return next((flag["id"] for flag in row["flags"] if flag["id"] in JAILS), "")


def jails_in_words(rows: Iterable[Row]) -> str:
    """How many notebooks ran in which jail."""
    counted = collections.Counter(jail for row in rows if (jail := jail_of(row)) is not None)
    return ", ".join(f"{count} {JAILS[jail]}" for jail, count in counted.most_common())


class Wording(NamedTuple):
    """How a page calls things.

    Args:
        name: the student's, where it is known.
        titles: {task: what the notebook calls it}.
        questions: {written task: its question}.
    """

    name: str = ""
    titles: Mapping[str, str] = {}
    questions: Mapping[str, markupsafe.Markup] = {}


def feedback(
    student: str,
    report: Report,
    rules: Assignment,
    answers: Mapping[str, str],
    scores: Mapping[str, Score] | None = None,
    wording: Wording = Wording(),  # noqa: B008 - immutable
) -> str:
    """A student's page.

    Args:
        answers: {cell id: the student's source}, written answers included.
        scores: of each student, for what persons entered.
    """
    score = (scores or {}).get(student)
    lines, jail = lines_of(report["students"][student], score), jail_of(report["students"][student])
    return PAGES.get_template("feedback.html").render(
        assignment=report["assignment"],
        max_score=report["max_score"],
        student=student,
        name=wording.name or student,
        row=report["students"][student],
        penalty=score.penalty if score else 0,
        failed=waiting_tasks(lines),
        lines=lines,
        answers=answers,
        jail="" if jail is None else JAILS[jail],
        titles=wording.titles,
        questions=wording.questions,
        words=WORDS,
        sentences={task.id: task.doc for task in rules.tasks},
        scale=scale.SCALE,
        kind_words=scale.WORDS,
    )


def class_report(
    report: Report,
    scores: Mapping[str, Score] | None = None,
    people: Mapping[str, Person] | None = None,
    missing: Collection[str] = (),
    waiting: Collection[str] = (),
    titles: Mapping[str, str] | None = None,
    with_page: Collection[str] = (),
) -> str:
    """The instructor's page about one assignment.

    Args:
        scores: of each student, for what persons entered.
        people: {student: Person}, for names.
        missing, waiting: students who handed in no notebook, or were not graded yet.
        titles: {task: what the notebook calls it}.
        with_page: students whose own page is there to link to.
    """
    rows, scores, people = list(report["students"].items()), scores or {}, people or {}
    lines = {student: lines_of(row, scores.get(student)) for student, row in rows}
    points = scores_of_graded(report)
    students = students_of(report, lines, people, {"missing": missing, NOT_GRADED: waiting}, with_page)
    items, whole = numbers_of(report, scores)
    return PAGES.get_template("report.html").render(
        assignment=report["assignment"],
        max_score=report["max_score"],
        rows=rows,
        students=students,
        filters=filters_of(students),
        names={student: person.name for student, person in people.items()},
        missing=missing,
        waiting=waiting,
        lines=lines,
        penalties={student: score.penalty for student, score in scores.items()},
        median=statistics.median(points) if points else 0,
        pending=sum(row["manual_pending"] for _, row in rows),
        notes=sorted({f["message"] for _, row in rows for f in row["flags"] if f["id"] == NO_JAIL.id}),
        jails=jails_in_words(report["students"].values()),
        histogram=histogram_of(points, report["max_score"]),
        tasks=tasks_of(lines.values(), items),
        whole=whole,
        mistakes=mistakes_of(rows),
        rare=most_of_rare(len(rows)),
        titles=titles or {},
    )


def students_of(
    report: Report,
    lines: Mapping[str, Sequence[Line]],
    people: Mapping[str, Person],
    without: Mapping[str, Iterable[str]],
    with_page: Collection[str],
) -> list[Shown]:
    """A row for each student, also for those without a grade.

    Args:
        without: {status: students}.
        with_page: students whose own page is there to link to.
    """
    name = report["assignment"]
    rows = [
        {
            "student": student,
            "link": quote(f"../../feedback/{student}/{name}/{name}.html") if student in with_page else "",
            "score": row["score"],
            "pending": row["manual_pending"] + waiting_tasks(lines[student]),
            "failed": waiting_tasks(lines[student]),
            "status": row["status"],
            "flags": [flag for flag in row["flags"] if flag["id"] != SECOND_JAIL.id],  # said above
            "lost": [line.name for line in lines[student] if (line.points or 0) < line.max],
        }
        for student, row in report["students"].items()
    ]
    nothing: Shown = {"link": "", "score": None, "pending": 0, "failed": 0, "flags": [], "lost": []}
    rows += [{"student": s, "status": status, **nothing} for status, some in without.items() for s in some]
    for row in rows:
        person = people.get(row["student"])
        row["name"], row["section"] = (person.name, person.section) if person else (row["student"], "")
    return rows


def filters_of(students: Sequence[Shown]) -> dict[str, list[str]]:
    """{attribute of a student's row: words to choose from}, in order."""
    return {
        "section": sorted({one["section"] for one in students} - {""}),
        "status": sorted({one["status"] for one in students}),
        "flag": sorted({flag["id"] for one in students for flag in one["flags"]}),
        "task": list(dict.fromkeys(name for one in students for name in one["lost"])),
    }


def numbers_of(
    report: Report, scores: Mapping[str, Score] | None = None
) -> tuple[dict[str, class_numbers.Item], class_numbers.Whole]:
    """({task: statistics.Item}, statistics.Whole) of the students who were graded."""
    points: dict[str, dict[str, float | None]] = collections.defaultdict(dict)
    maxima = {}
    for student, row in report["students"].items():
        for line in lines_of(row, (scores or {}).get(student)):
            points[line.name][student], maxima[line.name] = line.points, line.max
    items = {name: class_numbers.item(name, points, maxima[name]) for name in points}
    return items, class_numbers.of_scores(scores_of_graded(report), points)


def scores_of_graded(report: Report) -> list[float]:
    """The scores that count in numbers of the class: not those of submissions that nobody could read."""
    return [row["score"] for row in report["students"].values() if row["status"] == Status.GRADED]


def statistics_csv(report: Report, scores: Mapping[str, Score]) -> str:
    """Text of `statistics.csv`."""
    items, whole = numbers_of(report, scores)
    return written(*class_numbers.table([*items.values()], whole))


BINS = 10


def histogram_of(scores: Iterable[float], max_score: float) -> list[Shown]:
    """Bars of an SVG of 640 by 170; none where all points are a bonus."""
    counts = [0] * BINS
    if not max_score:
        return []
    for score in scores:
        counts[min(max(int(score / max_score * BINS), 0), BINS - 1)] += 1
    top = max([*counts, 1])
    return [
        {
            "count": count,
            "x": 64 * place + 4,
            "y": 145 - 120 * count / top,
            "width": 56,
            "height": 120 * count / top,
            "label": f"{place * max_score / BINS:g}–{(place + 1) * max_score / BINS:g}",
        }
        for place, count in enumerate(counts)
    ]


def tasks_of(students: Iterable[Sequence[Line]], items: Mapping[str, class_numbers.Item]) -> list[Shown]:
    """A row for each task, from the Lines of each student and the {task: Item}."""
    of_task: dict[str, list[Line]] = collections.defaultdict(list)
    for line in itertools.chain.from_iterable(students):
        of_task[line.name].append(line)
    return [task_row(name, lines) | {"item": items[name]} for name, lines in of_task.items()]


def task_row(name: str, lines: Sequence[Line]) -> Shown:
    most = lines[0].max
    points = [line.points for line in lines if line.points is not None]
    mean = statistics.fmean(points) if points else None
    words = collections.Counter(WORDS[line.outcome] for line in lines)
    return {
        "name": name,
        "max": most,
        "mean": mean,
        "percent": None if mean is None or not most else round(100 * mean / most),
        "right": f"{sum(p == most for p in points)} of {len(points)}" if points else "",
        "outcomes": ", ".join(f"{word} {count}" for word, count in words.most_common()),
    }


def most_of_rare(students: int) -> int:
    """How many of so many students at most make a mistake that is rare: one of fifty."""
    return max(1, students // 50)


def mistakes_of(rows: Sequence[tuple[str, Row]]) -> list[Shown]:
    """What the class got wrong, task by task: frequent and rare mistakes, and who made them."""
    found: dict[str, dict[str, dict[str, Any]]] = collections.defaultdict(
        lambda: collections.defaultdict(dict)
    )
    for student, row in rows:
        for name, task in row["tasks"].items():
            for finding in task["findings"] if task["points"] < task["max"] else ():
                found[name][finding["id"]][student] = finding
    most = most_of_rare(len(rows))
    order = list(dict.fromkeys(name for _, row in rows for name in row["tasks"]))
    groups = []
    for name in sorted(found, key=order.index):
        ranked = sorted(found[name].items(), key=lambda item: (-len(item[1]), item[0]))
        rare = [mistake_row(id, who) for id, who in ranked if len(who) <= most]
        frequent = [mistake_row(id, who) for id, who in ranked if len(who) > most]
        groups.append({"task": name, "frequent": frequent, "rare": rare})
    return groups


def mistake_row(id: str, by_student: Mapping[str, Mapping[str, str]]) -> Shown:
    """One mistake: the sentences that it has in common, and what each student was told beyond them."""
    messages = [finding["message"] for finding in by_student.values()]
    common = "The code raised an error." if id == "raised" else in_common(messages)
    told = {
        student: finding["message"].removeprefix(common).strip() for student, finding in by_student.items()
    }
    return {
        "count": len(by_student),
        "id": id,
        "message": common or f"For example: {messages[0]}",
        "hint": "" if id == "raised" else next(iter(by_student.values()))["hint"],
        "plain": [student for student, words in told.items() if not words],
        "told": {student: words for student, words in told.items() if words},
    }


def in_common(messages: Iterable[str]) -> str:
    """The whole sentences with which all messages begin."""
    sentences = zip(*(re.split(r"(?<=[.?!])\s+", message) for message in messages), strict=False)
    same = itertools.takewhile(lambda column: len(set(column)) == 1, sentences)
    return " ".join(column[0] for column in same)
