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
    """{task id: Verdict}, with mistakes charged once, and with the messages and smallest cases added.

    The two steps use separate forks: a text that students see must never come from a fork that got the inputs
    used in grading.

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
    """Rounds: the verdicts with more text, from questions with public inputs; points do not change.

    An exception's message may contain anything that its fork has seen. So the question is asked again with
    the inputs of a student's own check and the student's own functions, before the fork gets any right one.
    If that raises another exception, no message is shown. A wrong answer gets its smallest case.
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
    """Whether two exceptions come from one line, or have the same name, one of Python's or a library's.

    An exception from a right function counts for the line that called it. The student's own function raises
    on a line inside it: then only the name can be the same.
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
