"""What Gradescope reads: `results.json` of one submission, as pure functions of what was judged.

Its fields are those of Gradescope's specification of autograders.
"""

from typing import Any, NamedTuple

from autograder.engine.grading import Result, Status, TaskResult
from autograder.engine.judge import Outcome
from autograder.report.pages import WORDS

VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")
UNFINISHED = (
    "Grading has not finished. If this message stays, grading was stopped: hand in again, or ask the staff."
)
NO_JAIL = (
    "This container cannot isolate a submission, so none was run. Course staff: `autograder doctor`, run in "
    "the container, says what it lacks."
)
FAILED = "Grading failed, through no fault of this submission. Course staff will look at it."
UNGRADED = "This task could not be judged, through no fault of yours. Course staff will decide."


class Shown(NamedTuple):
    """How a course wants results to be shown."""

    titles: dict[str, str]  # {task id: its name for the reader}
    visibility: str = "visible"
    written: float = 0.0  # points of the questions that a person reads


def only_words(words: str) -> dict[str, Any]:
    """Results without points, for what was not judged."""
    return {
        "score": 0.0,
        "output": words,
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [],
        "extra_data": {"judged": False},
    }


def of(result: Result, shown: Shown, seconds: float) -> dict[str, Any]:
    """Results of a submission that was judged, or could not be read."""
    readable = result.status == Status.GRADED
    words = [flag.message for flag in result.flags]
    if shown.written and readable:
        words.append(f"A person reads the written questions, {shown.written:g} points.")
    numbered = enumerate(result.tasks.items(), 1)
    return {
        "output": "\n".join(words),
        "output_format": "text",
        "visibility": shown.visibility if readable else "visible",
        "stdout_visibility": "hidden",
        "execution_time": round(seconds),
        "tests": [test(n, name, task, shown) for n, (name, task) in numbered],
        "extra_data": {"judged": readable},
    }


def test(number: int, name: str, task: TaskResult, shown: Shown) -> dict[str, Any]:
    """One task; without a score where it could not be judged."""
    lines = [f"{WORDS[task.outcome]}.".capitalize()]
    lines += [f"{finding.message} {finding.hint}".strip() for finding in task.findings]
    judged = task.outcome != Outcome.UNGRADED
    points = {"score": task.points, "status": "passed" if task.points == task.max else "failed"}
    return {
        "number": str(number),
        "name": shown.titles.get(name, name),
        "max_score": task.max,
        "output": "\n".join(lines if judged else [UNGRADED]),
        "output_format": "text",
        "visibility": shown.visibility,
        "extra_data": {"task": name},
        **(points if judged else {}),
    }


def again(before: dict[str, Any], words: str) -> dict[str, Any]:
    """The results of an earlier attempt, for one that is not judged."""
    output = "\n".join(filter(None, [words, before.get("output", "")]))
    return before | {"output": output, "extra_data": {"judged": False}}
