"""What follows the verdicts: a mistake is charged once, then words say more."""

import contextlib
from collections.abc import Mapping
from typing import Any

from autograder.engine import counterexample, followups, upstream
from autograder.engine import interview as interviews
from autograder.engine.assignment import Assignment, Questions
from autograder.engine.followups import Asking, Rounds
from autograder.engine.judge import (
    Answer,
    Came,
    Finding,
    Verdict,
    Verdicts,
    known_exception,
    raised,
    without_words,
)
from autograder.engine.submission import Submission
from autograder.jail.inside.wire import WireError

RAISED = "raised"  # ends the key of the questions whose exceptions are told
PLACE = ("cell", "line", "text")  # where an exception was raised


def followed_up(
    verdicts: Verdicts,
    assignment: Assignment,
    submission: Submission,
    questions: Mapping[str, Questions],
    told: interviews.Interview,
) -> Verdicts:
    """{task id: Verdict}, each as it is told.

    Each of the two has forks of its own: what words say must never come out of one that got the inputs of the
    grading.

    Args:
        questions: {task id: {name: Question}}.
    """
    asking = followups.FollowUps(told.ask, {task.id: task.name for task in assignment.tasks})
    if cases := upstream.cases_of(verdicts, assignment, submission, questions):
        with contextlib.suppress(WireError):  # more to put right than any person's notebook has
            verdicts = asking.hold(upstream.charge_once(cases, verdicts, assignment, questions, told))
    try:
        return asking.hold(with_words(verdicts, assignment, questions, told))
    except Exception:  # noqa: BLE001 - they are right without the words
        return verdicts


def with_words(
    verdicts: Verdicts, assignment: Assignment, questions: Mapping[str, Questions], told: interviews.Interview
) -> Rounds[Verdicts]:
    """Rounds: verdicts whose words say more, from questions with public inputs; points stay as they are.

    What exceptions say may hold whatever their fork has seen. So they speak as they do for the inputs of a
    student's own check, among the student's own functions, before any right one is in the fork. Where another
    exception is raised, they stay silent. What is wrong ends in the smallest input that shows it.
    """
    silent: dict[str, dict[str, str]] = {}  # {task: {words: name of a question}}
    for task, given in verdicts.items():
        for name, answer in told.answers[task].items():
            words = raised(without_words(answer).data).message if answer.kind == Came.ERROR else None
            if words and any(words in finding.message for finding in given.findings):
                silent.setdefault(task, {}).setdefault(words, name)
    public = interviews.questions_of(assignment, interviews.PUBLIC) if silent else {}
    generators: dict[str, Asking[Any]] = {
        f"{task} {RAISED}": followups.one_round(
            [public[task][name]._replace(stand_ins=()) for name in names.values()]
        )
        for task, names in silent.items()
    }
    for task, given in verdicts.items():
        if task in assignment.examples and counterexample.wanted(given):
            examples = assignment.examples[task]
            generators[task] = counterexample.search(examples, given, questions[task], told.answers[task])
    found, result = (yield from followups.in_step(generators)), dict(verdicts)
    for task, names in silent.items():
        spoken: dict[str, Finding] = {}
        for (words, name), answer in zip(names.items(), found.get(f"{task} {RAISED}", ()), strict=False):
            if answer.kind == Came.ERROR and _same_exception(answer, graded := told.answers[task][name]):
                place = {part: graded.data.get(part, "") for part in PLACE}
                spoken[words] = raised(answer.data | place)
        result[task] = _speaking(result[task], spoken)
    for task in found.keys() & result.keys():
        result[task] = counterexample.attached(result[task], found[task])
    return result


def _same_exception(answer: Answer, graded: Answer) -> bool:
    """Whether two exceptions are of one line or have one name that Python or a library gives.

    What a right function raised for its caller's line, the student's own raises on a line of its own.
    """
    first, second = ([some.data.get(part) for part in PLACE] for some in (answer, graded))
    kind = known_exception(graded.data.get("type"))
    return first == second or kind != "" and kind == answer.data.get("type")


def _speaking(given: Verdict, spoken: dict[str, Finding]) -> Verdict:
    """A verdict with findings of exceptions, {words without the message: finding}, put into its own."""
    findings = []
    for finding in given.findings:
        for words, told in spoken.items():
            if words in finding.message:
                hint = told.hint if finding.id == "raised" else finding.hint
                message = finding.message.replace(words, told.message)
                finding = finding._replace(message=message, hint=hint)
                break
        findings.append(finding)
    return given._replace(findings=tuple(findings))
