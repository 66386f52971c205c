"""What follows the verdicts: a mistake is charged once, and words say more; both ask in the same forks."""

from collections.abc import Mapping
from typing import Any

from autograder.engine import counterexample, followups, upstream
from autograder.engine import interview as interviews
from autograder.engine.assignment import Assignment, Questions
from autograder.engine.followups import Asking, Rounds
from autograder.engine.judge import Came, Verdict, Verdicts, raised, without_words
from autograder.engine.submission import Submission

RAISED = "raised"  # ends the key of the questions whose exceptions are told


def followed_up(
    verdicts: Verdicts,
    assignment: Assignment,
    submission: Submission,
    questions: Mapping[str, Questions],
    told: interviews.Interview,
) -> Verdicts:
    """{task id: Verdict}, each as it is told.

    Args:
        questions: {task id: {name: Question}}.
    """
    cases = upstream.cases_of(verdicts, assignment, submission, questions)
    final = {task: verdict for task, verdict in verdicts.items() if task not in cases}
    functions = {task.id: task.name for task in assignment.tasks}
    try:
        spoken, charged = followups.FollowUps(told.ask, functions).hold(
            followups.together(
                [
                    with_words(final, assignment, questions, told),
                    _charged(cases, verdicts, assignment, questions, told),
                ]
            )
        )
    except Exception:
        if cases:
            raise
        return verdicts  # they are right without the words
    return verdicts | charged | spoken


def _charged(cases, verdicts, assignment, questions, told):
    """Rounds: {task id: Verdict} of the tasks that are cases, first charged once, then with words."""
    charged = yield from upstream.charge_once(cases, verdicts, assignment, questions, told)
    own = {task: verdict for task, verdict in charged.items() if task in cases}
    return (yield from with_words(own, assignment, questions, told))


def with_words(
    verdicts: Verdicts, assignment: Assignment, questions: Mapping[str, Questions], told: interviews.Interview
) -> Rounds[Verdicts]:
    """Rounds: verdicts whose words say more, from questions with public inputs; points stay as they are.

    Exceptions speak as they do for the inputs of a student's own check, since what they say may hold the
    inputs that raised them: the fork that is asked here never gets the inputs of the grading. What is wrong
    ends in the smallest input that shows it.
    """
    silent: dict[str, dict[str, str]] = {}  # {task: {words: name of a question}}
    for task, given in verdicts.items():
        for name, answer in told.answers[task].items():
            words = raised(without_words(answer).data).message if answer.kind == Came.ERROR else None
            if words and any(words in finding.message for finding in given.findings):
                silent.setdefault(task, {}).setdefault(words, name)
    public = interviews.questions_of(assignment, interviews.PUBLIC) if silent else {}
    generators: dict[str, Asking[Any]] = {
        f"{task} {RAISED}": followups.one_round([public[task][name] for name in names.values()])
        for task, names in silent.items()
    }
    for task, given in verdicts.items():
        if task in assignment.examples and counterexample.wanted(given):
            examples = assignment.examples[task]
            generators[task] = counterexample.search(examples, given, questions[task], told.answers[task])
    found, result = (yield from followups.in_step(generators)), dict(verdicts)
    for task, names in silent.items():
        answers = zip(names, found.get(f"{task} {RAISED}", ()), strict=False)
        spoken = {words: raised(answer.data) for words, answer in answers if answer.kind == Came.ERROR}
        result[task] = _speaking(result[task], spoken)
    for task in found.keys() & result.keys():
        result[task] = counterexample.attached(result[task], found[task])
    return result


def _speaking(given: Verdict, spoken: dict) -> Verdict:
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
