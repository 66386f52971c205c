"""Charge a mistake once: judge a task with what it got from elsewhere put right.

A task may be wrong only because it calls the function of another task, or a helper that it shares with a
larger one. That is proved by behaviour: the calls to such functions are recorded while the task is asked;
where one returned what a known mistake gives, on these inputs, and that mistake was charged to another task,
the task is asked again with what the call should have returned in its place, in the same form. What is wrong
then is the task's own fault. Names and spelling in the notebook prove nothing.
"""

import ast
import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograder.engine import outline, syntax
from autograder.engine.assignment import Assignment, Inputs, Questions, Task
from autograder.engine.followups import NO_ANSWER, Rounds, in_step
from autograder.engine.interview import Interview, is_explained, judged, same
from autograder.engine.judge import EITHER, Finding, Mistake, Outcome, Verdict, Verdicts, agree, fits
from autograder.engine.judge import verdict as verdict_of
from autograder.engine.remembering import remembered
from autograder.engine.submission import Submission

Form = Callable[[np.ndarray], np.ndarray]  # how a function lays an array out
Override = dict[str, Any]  # of a recorded call: the `value` that it should have returned, and its `slopes`
# Of the recorded calls, and of the parts and arguments of each, that are looked at.
CALLS_LIMIT, PARTS_LIMIT, ARGUMENTS_LIMIT = 40, 4, 12
SLOPES_LIMIT = 1 << 20  # numbers of the slopes of all calls that are put right in one task
STEP = 1e-4  # of finite differences


class Quantity(NamedTuple):
    """What functions of an assignment may compute on the way to their results.

    `compute` maps the inputs called `of`, float64, to an array; a mistake exchanges some of its pieces.
    """

    of: str
    compute: Callable[..., np.ndarray]
    mistakes: tuple[Mistake, ...]


class Suspect(NamedTuple):
    """A function that a task calls, and whose mistakes were charged to another task."""

    name: str
    charged: frozenset[str]  # ids of these mistakes
    helper_of: str  # the other task's function, if this is a helper that it calls, too; else ""


class Case(NamedTuple):
    """A task that may be wrong only by what it got from elsewhere."""

    task: Task
    own: Questions  # without stand-ins, whose quantities are known
    suspects: tuple[Suspect, ...]


def charge_once(
    cases: Mapping[str, Case],
    verdicts: Verdicts,
    assignment: Assignment,
    questions: Mapping[str, Questions],
    told: Interview,
) -> Rounds[Verdicts]:
    """Rounds that return {task id: Verdict}, better where a task is wrong only by what it got from elsewhere.

    Args:
        cases: from `cases_of`.
        questions: {task id: {name: Question}}.
    """
    generators = {
        key: _put_right(case, assignment, told, questions[case.task.id], verdicts[case.task.id])
        for key, case in cases.items()
    }
    found = yield from in_step(generators)
    result = dict(verdicts)
    for task in assignment.tasks:
        better = found.get(task.id, verdicts[task.id])
        by_helpers = {*better.findings} - {*verdicts[task.id].findings}
        larger = [key for key in found if key.endswith(f" for {task.id}")]
        if not by_helpers or any(found[key].share > verdicts[cases[key].task.id].share for key in larger):
            result[task.id] = better
    return result


def cases_of(
    verdicts: Verdicts, assignment: Assignment, submission: Submission, questions: Mapping[str, Questions]
) -> dict[str, Case]:
    """{key: Case} of the tasks that lost marks, and of the larger ones that may share a helper with them.

    The key of a task that lost marks is its id. The larger tasks are asked as well, because a helper counts
    as the cause only if correcting it improves the larger task, too.
    """
    cases, text = {}, Text(submission)
    for task in assignment.tasks:
        if not _judged_wrong(verdicts[task.id]):
            continue
        helpers = tuple(_shared_helpers(task, assignment, text, verdicts))
        suspects = (*_upstream(task, assignment, text, questions, verdicts), *helpers)
        cases[task.id] = Case(task, _own_questions(assignment, questions[task.id]), suspects)
        for larger in assignment.tasks:
            theirs = tuple(helper for helper in helpers if helper.helper_of == larger.name)
            own = _own_questions(assignment, questions[larger.id])
            cases[f"{larger.id} for {task.id}"] = Case(larger, own, theirs)
    return {key: case for key, case in cases.items() if case.own and case.suspects}


class Text:
    """What a submission's text says of which functions call which: only a hint where to look."""

    def __init__(self, submission: Submission) -> None:
        self.known: dict[str, ast.AST] = {}
        self.loose: set[str] = set()
        for cell in submission.cells:
            self.known.update(outline.definitions(cell.source))
            if cell.id not in submission.given:
                self.loose |= _names_outside_functions(cell.source)

    def may_call(self, caller: str, name: str) -> bool:
        """Whether one function may call the other, if only by another name."""
        return (
            caller not in self.known
            or name in self.loose
            or name in reachable(self.known[caller], self.known)
        )


def _names_outside_functions(source):
    """Names that a cell uses where it runs at once."""
    statements = syntax.statements_or_none(source)
    loose = (node for node in statements if not isinstance(node, ast.FunctionDef | ast.ClassDef))
    return {part.id for node in loose for part in ast.walk(node) if isinstance(part, ast.Name)}


def _own_questions(assignment, questions):
    return {n: q for n, q in questions.items() if not q.stand_ins and assignment.inputs(q)}


def _calls(answer):
    """The recorded calls of an answer that have the form they must have."""
    calls = answer.data.get("calls")
    return [
        call
        for call in (calls if isinstance(calls, list) else [])[:CALLS_LIMIT]
        if isinstance(call, dict)
        and isinstance(call.get("name"), str)
        and all(isinstance(call.get(part), list) for part in ("parts", "arguments", "made"))
        and len(call["parts"]) <= PARTS_LIMIT
        and len(call["arguments"]) <= ARGUMENTS_LIMIT
        and all(v is None or isinstance(v, np.ndarray) for v in (*call["parts"], *call["arguments"]))
        and all(isinstance(name, str) for name in call["made"])
    ]


def _put_right(case, assignment, told, asked, verdict):
    """A generator: the verdict without what the suspects got wrong; the same if that changes nothing.

    Args:
        told: the `Interview` that the verdict comes from.
        asked: {question name: Question}, likewise.
    """
    known = told.answers[case.task.id]
    first = yield from _watched(case)
    if not _as_before(first, known) and judged(case.task, asked, known | first).share > verdict.share:
        return verdict  # it answers otherwise where its calls are recorded
    found, helpers = verdict, []
    mistaken = _mistaken_calls(first, case, assignment)
    by_function = [[suspect] for suspect in dict.fromkeys(suspect for suspect, *_ in mistaken)]
    # First all suspects together, then each alone: a task may rely on the mistake of one of them.
    for together in [sum(by_function, []), *by_function] if len(by_function) > 1 else by_function:
        answers = yield from _watched(case, [entry for entry in mistaken if entry[0] in together])
        better = judged(case.task, asked, known | answers)
        if better.share > found.share:
            found, helpers = better, [suspect for suspect in together if suspect.helper_of]
        if found.share == 1:
            break
    if makers := _makers(found, case, first):
        helpers += makers.values()
        found = verdict_of([finding for finding in found.findings if finding not in makers])
    if found.share <= verdict.share:
        return verdict
    return found._replace(findings=(*found.findings, *map(_note, dict.fromkeys(helpers))))


def _as_before(answers, known):
    """Whether answers equal those that were given without recording."""
    bare = {
        name: answer._replace(data={part: value for part, value in answer.data.items() if part != "calls"})
        for name, answer in answers.items()
    }
    return same(bare, {name: known.get(name) for name in bare})


def _watched(case, mistaken=()):
    """A generator: {question name: Answer}, with calls of the suspects recorded.

    Args:
        mistaken: calls to put right. Then only the questions in which they were made are asked.
    """
    watch = tuple(dict.fromkeys(suspect.name for suspect in case.suspects))
    replace: dict[str, list[Override]] = {}
    for _, name, entry in mistaken:
        replace.setdefault(name, []).append(entry)
    asked = {name: question for name, question in case.own.items() if name in replace or not mistaken}
    answers = yield [
        question._replace(watch=watch, replace=tuple(replace.get(name, ())))
        for name, question in asked.items()
    ]
    return {name: answer for name, answer in zip(asked, answers, strict=True) if answer is not NO_ANSWER}


def _makers(verdict, case, answers):
    """{finding: the shared helper that makes what it is about}, where the same was charged elsewhere."""
    calls = [call for answer in answers.values() for call in _calls(answer)]
    return {
        finding: suspect
        for finding in verdict.findings
        for suspect in reversed(case.suspects)
        if finding.made_by
        and suspect.helper_of
        and finding.id in suspect.charged
        and any(call["name"] == suspect.name and {*finding.made_by} <= {*call["made"]} for call in calls)
    }


def _judged_wrong(verdict: Verdict) -> bool:
    return verdict.outcome in (Outcome.PARTIAL, Outcome.WRONG) and verdict.share < 1


def _named(verdict: Verdict) -> frozenset[str]:
    """Ids of the mistakes that a verdict names."""
    return frozenset(id for finding in verdict.findings for id in finding.id.split(EITHER))


def _upstream(task, assignment, text, questions, verdicts) -> Iterator[Suspect]:
    """Other tasks' functions that this one may call and whose mistakes are known."""
    names = {name for question in questions[task.id].values() for name in question.stand_ins}
    for other in assignment.tasks:
        verdict = verdicts[other.id]
        known = _judged_wrong(verdict) and is_explained(verdict, {})
        if other.name in names and known and text.may_call(task.name, other.name):
            yield Suspect(other.name, _named(verdict), "")


def _shared_helpers(task, assignment, text, verdicts) -> Iterator[Suspect]:
    """Helpers that this task and a larger one, which lost points, may call."""
    functions = {task.name for task in assignment.tasks}
    helpers = {name: node for name, node in text.known.items() if name not in functions}
    mine = reachable(text.known.get(task.name), helpers)
    by_size = sorted(assignment.tasks, key=lambda task: -task.points)
    for larger in by_size[: by_size.index(task)]:
        if _judged_wrong(verdicts[larger.id]):
            for name in sorted(mine & reachable(text.known.get(larger.name), helpers)):
                yield Suspect(name, _named(verdicts[larger.id]), larger.name)


def reachable(node: ast.AST | None, helpers: Mapping[str, ast.AST]) -> set[str]:
    """Names of the helpers that a definition mentions, directly or through others."""
    found: set[str] = set()
    todo = [node] if node is not None else []
    while todo:
        for part in ast.walk(todo.pop()):
            if isinstance(part, ast.Name) and part.id in helpers and part.id not in found:
                found.add(part.id)
                todo.append(helpers[part.id])
    return found


def _mistaken_calls(answers, case, assignment):
    """[suspect, question name, what to return instead] of the calls that made a mistake charged elsewhere."""
    found: list[tuple[Suspect, str, Override]] = []
    predicted, left = remembered(_predicted), SLOPES_LIMIT
    for name, answer in answers.items():
        inputs = assignment.inputs(case.own[name])
        for number, call in enumerate(_calls(answer)):
            for suspect in case.suspects:
                if suspect.name != call["name"]:
                    continue
                parts = [
                    what_it_should_be(
                        part, call["arguments"], inputs, assignment.quantities, suspect.charged, predicted
                    )
                    for part in call["parts"]
                ]
                if any(parts):
                    left -= sum(slope.size for part in parts if part for _, slope in part["slopes"])
                    if left < 0:
                        return found
                    found.append((suspect, name, {"call": number, "parts": parts}))
                    break
    return found


def _note(helper: Suspect) -> Finding:
    return Finding(
        "charged-once",
        f"The mistake in `{helper.name}`, which {helper.helper_of} uses too, was charged there only.",
    )


def _predicted(inputs, quantity, pieces):
    return np.asarray(quantity.compute(*inputs[quantity.of], **pieces))


def what_it_should_be(
    value: np.ndarray | None,
    arguments: Sequence[np.ndarray | None],
    inputs: Inputs,
    quantities: Iterable[Quantity],
    charged: Collection[str],
    predicted: Callable[..., np.ndarray] = _predicted,
) -> Override | None:
    """What a recorded call should have returned, and its slopes; None if it made no such mistake.

    Args:
        value: what it returned, an array or None.
        arguments: of the call, each an array or None.
        inputs: {name: arguments} of the quantities.
        charged: ids of the mistakes to look for.
        predicted: (inputs, quantity, pieces) -> the quantity; many calls share one that remembers.
    """
    if not isinstance(value, np.ndarray) or not value.size:
        return None
    value = value.astype(float)
    with np.errstate(all="ignore"):
        for shifted in (False, True):
            for quantity, form, right in _forms_of(value, inputs, quantities, predicted):
                if fits(value, right + _shift(value, right, shifted)):
                    continue
                wrong, shift = _mistake_in(value, quantity, form, inputs, charged, shifted, predicted)
                if wrong is not None and not agree(wrong, right):
                    slopes = _slopes(quantity, form, inputs[quantity.of], arguments)
                    return {"value": np.float32(right + shift), "slopes": slopes}
    return None


def _mistake_in(value, quantity, form, inputs, charged, shifted, predicted):
    """What a known mistake gives, if that is the value, and the constant between them; else None."""
    variants = (v for mistake in quantity.mistakes if mistake.id in charged for v in mistake.variants)
    for pieces in variants:
        wrong = predicted(inputs, quantity, pieces)
        if wrong.shape == predicted(inputs, quantity, {}).shape:
            shift = _shift(value, form(wrong), shifted)
            if fits(value, form(wrong) + shift):
                return form(wrong), shift
    return None, 0.0


def _shift(value, predicted, shifted):
    """The constant between two arrays, if there may be one."""
    difference = (value.ravel() - predicted.ravel())[np.isfinite(predicted.ravel())]
    return float(np.median(difference)) if shifted and difference.size else 0.0


def _forms_of(value, inputs, quantities, predicted):
    """(quantity, form, right array in this form) of each quantity that may have the shape of a value."""
    for quantity in quantities:
        if quantity.of not in inputs:
            continue
        right = predicted(inputs, quantity, {})
        for form in _forms(right.shape):
            if np.squeeze(form(right)).shape == np.squeeze(value).shape:
                yield quantity, form, form(right)


def _forms(shape: tuple[int, ...]) -> Iterator[Form]:
    """How functions may lay out an array: as it is, its axes exchanged, or one entry of the last axes."""
    yield np.asarray
    if len(shape) >= 2:
        yield functools.partial(np.swapaxes, axis1=-1, axis2=-2)
        yield functools.partial(np.swapaxes, axis1=0, axis2=1)
    for k in range(shape[-1] if len(shape) >= 2 else 0):
        yield functools.partial(np.take, indices=k, axis=-1)
    for i in range(shape[1] if len(shape) == 3 else 0):
        yield functools.partial(np.take, indices=i, axis=1)


def _slopes(quantity, form, inputs, arguments):
    """[position, derivative] for each argument of the call that is one of the parameters."""
    found, derivative = [], functools.cache(functools.partial(_derivative, quantity, form, inputs))
    for position, argument in enumerate(arguments):
        for place, parameter in enumerate(inputs[1:], 1):
            if argument is None or argument.size != parameter.size:
                continue
            if np.allclose(argument.ravel(), parameter.ravel(), 1e-5, 1e-6):
                found.append([position, derivative(place)])
                break
    return found


def _derivative(quantity, form, inputs, place):
    """Of each number by each number of the argument in this place, by central differences."""
    columns = []
    for step in STEP * np.eye(inputs[place].size):
        ends = []
        for sign in (1, -1):
            moved = list(inputs)
            moved[place] = inputs[place] + sign * step.reshape(inputs[place].shape)
            ends.append(form(quantity.compute(*moved)).ravel())
        columns.append((ends[0] - ends[1]) / (2 * STEP))
    return np.float32(np.stack(columns, axis=1))
