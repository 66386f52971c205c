"""Tasks whose functions map arrays to arrays: questions, judge and smallest case, from a declaration."""

import functools
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograder.authoring import inputs as given
from autograder.authoring.declarations import (
    CLOSE,
    Close,
    Compare,
    Declared,
    JudgeError,
    Right,
    SizesOfAll,
    declare,
    error,
)
from autograder.authoring.objects import Step, judged_parts
from autograder.authoring.readings import (
    Reading,
    in_readings,
    judged_in_readings,
    judged_once,
    readings_of,
)
from autograder.engine.assignment import Arguments, Question, Questions
from autograder.engine.counterexample import LARGEST, Examples, Ladder, compared, exact, nested
from autograder.engine.judge import (
    Answer,
    Answers,
    Came,
    Finding,
    Pieces,
    Verdict,
    convention,
    cut_short,
    kinds_of,
    no_answer,
    raised,
    unknown,
    verdict,
)
from autograder.engine.scale import Kind
from autograder.jail.conversation import answer_limits
from autograder.jail.inside import wire

WAYS = {given.NUMBER: "number", given.ARRAYS: "arrays"}
# Small inputs, and the sizes of their axes: the largest only where there are few letters.
RUNGS, SMALL_SIZES, FEW_LETTERS = 32, (1, 2, 3), 2
GIVEN = "given"  # how labels of questions that the judge gives itself begin


def task(
    id: str = "",
    *,
    name: str = "",
    sizes: SizesOfAll | None = None,
    returns: tuple[str, ...] = (),
    calls: tuple[Any, ...] = (),
    forms: tuple[str, ...] = ("array",),
    close: Compare = CLOSE,
    steps: tuple[Step, ...] = (),
    also: tuple[dict[str, Any], ...] = (),
    patience: float = 1.0,
    inputs: dict[str, given.Input] | None = None,
    **arguments: given.Input,
) -> Callable[[Right], Right]:
    """Declare a task: the decorated function is the correct one, and students read its docstring.

    Args:
        id, name: of the solution's cell, and of the student's function; by default the decorated function's.
        sizes: {letter of an axis: its sizes}, one for each question, such as {"N": (50, 7), "K": (3, 5)}.
        returns: names of the parts, if a tuple is returned; each earns an equal share. By default, several
            judged steps are named after their methods and attributes.
        calls: other tasks, or names of functions, that a student's function may call. They are replaced by
            correct ones, so that a mistake there costs nothing here.
        forms: in which arrays are passed: "array", "tensor", "list"; one that fails is a fault of convention.
        close: a `Close`, or {part: Close}.
        steps: what to do instead of a single call, if objects are involved, such as a model to train. The
            decorated function then gets all inputs and returns what the judged steps should give.
        also: more questions, each {argument: value}: extreme numbers, for example, or an empty cluster.
        patience: time limit of all questions of the task together, as a multiple of `--task-seconds`.
        arguments: the inputs, in the order of the function's arguments, such as `x=normal("N", 2)`; pass
            `inputs` if one of them has a name that is used above.
    Raises:
        JudgeError: parts of the declaration do not fit together.
    """
    judged = judged_parts(steps)
    returns = tuple(returns) or (judged if len(judged) > 1 else ())
    given_all = {**(inputs or {}), **arguments}
    return functools.partial(
        declare, id=id, name=name, sizes=sizes or {}, returns=returns, calls=calls, forms=tuple(forms),
        close=close, inputs=given_all, steps=tuple(steps), also=tuple(also), patience=patience,
    )  # fmt: skip


def questions(declared: Declared, rng: np.random.Generator) -> Questions:
    """{name: Question}: every size, in the forms in turn; again with the student's own helpers."""
    if declared.by_hand:
        return declared.by_hand.questions(rng)
    wanted = [
        (" ".join(f"{letter}={size}" for letter, size in sizes.items()), drawn(declared, sizes, rng))
        for sizes in declared.sizes
    ]
    wanted += [(GIVEN, arguments) for arguments in also_arguments(declared)]
    asked = {}
    for number, (label, arguments) in enumerate(wanted):
        for form in declared.forms if number == 0 else (declared.forms[number % len(declared.forms)],):
            name = f"{label} {number} {form}".strip()
            asked[name] = question(declared, arguments, form)
    return in_readings(asked, declared.calls)


def also_arguments(declared: Declared) -> list[Arguments]:
    """The arguments of the further questions, `also`."""
    try:
        found = [
            tuple(_as_declared(values[name], one) for name, one in declared.inputs.items())
            for values in declared.also
        ]
    except (TypeError, ValueError) as fault:
        raise error(declared.place, f"also: {fault}") from fault
    for arguments in found:
        check_dtypes(declared, arguments)
    return found


def _as_declared(value, one):
    """A value that an author gives, in the dtype of its input."""
    return np.asarray(value, one.dtype) if np.ndim(value) else value


def check_dtypes(declared: Declared, arguments: Arguments) -> None:
    """
    Raises:
        JudgeError: an argument is a function, or has a dtype that no question may send.
    """
    for name, value in zip(declared.inputs, arguments, strict=True):
        if callable(value):
            words = f"{name} is a function, which no question can send; use steps"
            raise error(declared.place, words)
        for array in value if isinstance(value, list) else [value]:
            if np.ndim(array) and array.dtype.newbyteorder("<").str not in wire.DTYPES:
                words = f"{name} has the dtype {array.dtype}; expected float32, float64, int32, int64 or bool"
                raise error(declared.place, words)


def drawn(declared: Declared, sizes: given.Sizes, rng: np.random.Generator, small: bool = False) -> Arguments:
    """The arguments of one call.

    Raises:
        JudgeError: one has too many numbers, or a dtype that no question may send.
    """
    try:
        arguments = given.drawn(declared.inputs, sizes, rng, small)
    except given.TooLarge as large:
        raise error(
            declared.place, f"{large} Take smaller sizes: at most {given.MOST_NUMBERS} numbers"
        ) from large
    check_dtypes(declared, arguments)
    return arguments


def question(declared: Declared, arguments: Arguments, form: str) -> Question:
    ways = [
        WAYS.get(one.kind, form if isinstance(value, list) or np.ndim(value) else "number")
        for one, value in zip(declared.inputs.values(), arguments, strict=True)
    ]
    if form == "tensor":
        arguments = tuple(map(_single, arguments))
    if declared.steps:
        places = {name: place for place, name in enumerate(declared.inputs)}
        steps = [
            [s.kind, s.where, [places.get(name, name) for name in s.arguments], s.parts, s.name]
            for s in declared.steps
        ]
        return Question("follow", (declared.name, arguments, ways, steps))
    return Question("call", (declared.name, arguments, ways, declared.parts))


def _single(value):
    """As TensorFlow's users have it: float32."""
    return np.float32(value) if isinstance(value, np.ndarray) and value.dtype == float else value


def judge(declared: Declared, asked: Questions, answers: Answers) -> Verdict:
    """With right helpers, or with the student's own where that is better."""
    by_hand = declared.by_hand
    readings = readings_of(asked, answers, declared)
    return judged_in_readings(readings, functools.partial(judged_once, by_hand.judge if by_hand else judged))


def judged(reading: Reading) -> Verdict:
    """The verdict on the answers of one reading."""
    told, answers = reading.arrived(), reading.answers
    failed = [label for label in answers if label not in told.answers]
    if not told.answers or any(cut_short(no_answer(answers[label])) for label in failed):
        return no_answer(answers[failed[0]])
    findings, parts = numbers(told)
    worth = [place for place, kinds in enumerate(parts) if Kind.NOTHING not in kinds]
    for place, convention_found in shapes(told, worth).items():
        findings.append(convention_found)
        parts[place] = [*parts[place], convention_found.kind]
    if not failed:
        return verdict(findings, parts)
    if {*map(form_of, failed)} & {*map(form_of, told.answers)}:
        fault = not_for_every_input(failed, answers)
        return verdict([*findings, fault], [[*kinds, fault.kind] for kinds in parts])
    fault = not_for_every_form(failed, answers)
    return verdict([*findings, fault], parts, [fault.kind])


def form_of(label: str) -> str:
    return label.split(" ")[-1]


def not_for_every_form(failed: list[str], answers: Answers) -> Finding:
    """The finding about forms of arrays for which all questions raised, where those in others did not."""
    forms = ", ".join(dict.fromkeys(map(form_of, failed)))
    words = f"It fails for some inputs (passed as {forms}): {raised(answers[failed[0]].data).message}"
    hint = "Convert the arguments first, such as with np.asarray or tf.convert_to_tensor."
    return convention("not-for-every-form", words, hint, Kind.INPUT_TYPE)


def not_for_every_input(failed: list[str], answers: Answers) -> Finding:
    """The finding about questions that raised where others in the same form did not."""
    inputs = "; ".join(map(inputs_in_words, failed))
    words = f"It fails for some inputs ({inputs}): {raised(answers[failed[0]].data).message}"
    if all(label.startswith(GIVEN) for label in failed):
        return unknown(words, "Think of extreme inputs.")._replace(id="not-for-every-input", kind=Kind.TAILS)
    hint = "Take sizes from the arguments, and think of inputs that are different."
    return unknown(words, hint)._replace(id="not-for-every-input", kind=Kind.STRUCTURE)


def numbers(told: Reading) -> tuple[list[Finding], list[list[Kind]]]:
    """Findings about the numbers, and their kinds in each part."""
    names = told.declared.parts
    counts = {len(told.parts(label)) for label in told.answers}
    if counts != {len(names)}:
        words = f"Expected {results_in_words(told.declared)}; got {min(counts - {len(names)})}."
        return [unknown(words, told.declared.sentence)], [[Kind.NOTHING]]
    wrong = [place for place in range(len(names)) if not told.agrees(place=place)]
    found = {place: known_in(told, place) for place in wrong}
    kinds = [kinds_of(found.get(place, ())) for place in range(len(names))]
    places: dict[Finding, list[int]] = {}
    for place, findings in found.items():
        for finding in findings:
            places.setdefault(finding, []).append(place)
    return [
        finding._replace(message=f"{names[some[0]]}: {finding.message}")
        if len(some) == 1 and names[some[0]]
        else finding
        for finding, some in places.items()
    ], kinds


def results_in_words(declared: Declared) -> str:
    names = declared.returns
    return f"{len(names)} results, {', '.join(names)}" if names else "one result"


def known_in(told: Reading, place: int) -> list[Finding]:
    """What is wrong with a part's numbers: a mistake that explains the whole answer, else this part alone."""
    mistakes, places = told.declared.mistakes, range(len(told.declared.parts))
    whole = [
        mistake._replace(variants=ways)
        for mistake in mistakes
        if (ways := tuple(way for way in mistake.variants if all(told.agrees(way, n) for n in places)))
    ]
    return (
        told.explained(whole, place)
        or told.explained(mistakes, place)
        or ([] if turned(told, place) else [unknown(*words_about(told, place))])
    )


def turned(told: Reading, place: int) -> bool:
    """Whether a part is right except that its axes are in the opposite order."""
    if getattr(told.declared.closeness(told.declared.parts[place]), "any_shape", False):
        return False
    shapes = [(told.got(label, place).shape, told.want(label, place=place).shape) for label in told.answers]
    return (
        all(got == want[::-1] for got, want in shapes)
        and any(got != want for got, want in shapes)
        and told.seen(np.transpose).agrees(place=place)
    )


def words_about(told: Reading, place: int) -> tuple[str, str]:
    """What is said of numbers that fit no known mistake, and a hint."""
    for label in told.answers:
        got, want = told.got(label, place), told.want(label, place=place)
        if got.size != want.size:
            words = f"Expected shape {list(want.shape)}, got {list(got.shape)}."
            return words, told.declared.sentence
        broken = ~np.isfinite(got.ravel()) & np.isfinite(np.asarray(want, float).ravel())
        if broken.any():
            values = ", ".join(map(str, np.unique(got.ravel()[broken])))
            return f"Some of the numbers are not finite ({values}).", told.declared.sentence
    return "The numbers are wrong.", told.declared.sentence


def shapes(told: Reading, places: Iterable[int]) -> dict[int, Finding]:
    """{part: finding} about right numbers in another shape, among the parts in these places."""
    found: dict[int, Finding] = {}
    for label, place in itertools.product(told.answers, places):
        part = told.declared.parts[place]
        got, right = told.got(label, place), told.want(label, place=place)
        any_shape = getattr(told.declared.closeness(part), "any_shape", False)
        if not right.size or got.size != right.size or got.shape == right.shape or any_shape:
            continue
        if any(
            _gives(told, label, place, way) for mistake in told.declared.mistakes for way in mistake.variants
        ):
            continue  # a known mistake, which is charged already
        flat = [n for n in got.shape if n > 1] == [n for n in right.shape if n > 1]
        words = f"xpected shape {list(right.shape)}, got {list(got.shape)}."
        found.setdefault(
            place,
            convention(
                "wrong-shape",
                f"{part}: e{words}" if part else f"E{words}",
                "Keep or remove the axes of length 1." if flat else "Look at the order of the axes.",
                Kind.FLAT if flat else Kind.CONVENTION,
            ),
        )
    return found


def _gives(told, label, place, way):
    """Whether a mistake gives a part in the very shape in which it was returned."""
    return np.shape(told.want(label, way, place)) == told.got(label, place).shape and told.agrees(way, place)


def made(declared: Declared, asked: Questions) -> dict[str, Answers]:
    """{mistake: answers that make it}; several ways to make one mistake have a number behind its id.

    Raises:
        JudgeError: the right function fails on inputs that were drawn for it, or gives no number, or too
            many; or a mistake fails on all of them.
    """
    for name, question in asked.items() if not declared.by_hand else ():
        try:
            parts = [declared.predicted(declared.arguments(question), {}, n) for n in places_of(declared)]
            numbers = [np.asarray(part, float) for part in parts]
        except Exception as fault:
            words = f"the right {declared.name} fails on its own inputs ({inputs_in_words(name)})"
            raise error(declared.place, f"{words}: {type(fault).__name__}: {fault}") from fault
        if any(np.isnan(part).any() for part in numbers):
            words = f"the right {declared.name} returns NaN on its own inputs ({inputs_in_words(name)})"
            raise error(declared.place, f"{words}; correct it or them")
        check_room(declared, question, sum(part.size for part in numbers))
    told = {label: answers_with(declared, asked, pieces) for label, pieces in ways(declared)}
    for label, pieces in ways(declared) if not declared.by_hand else ():
        if not any(answer.arrived for answer in told[label].values()):
            check_runs(declared, asked, label, pieces)
    return told


def check_runs(declared: Declared, asked: Questions, label: str, pieces: Pieces) -> None:
    """
    Raises:
        JudgeError: a mistake fails on the inputs of the first question.
    """
    try:
        declared.answer(declared.arguments(next(iter(asked.values()))), pieces)
    except Exception as fault:
        raise fails(declared, label, fault) from fault


def fails(declared: Declared, label: str, fault: Exception) -> JudgeError:
    """The error of a judge with a mistake that fails itself."""
    words = f"the mistake {label} of {declared.name} fails: {type(fault).__name__}: {fault}"
    return error(declared.place, words)


def check_room(declared: Declared, question: Question, numbers: int) -> None:
    """
    Raises:
        JudgeError: the right answer to a question has more numbers than an answer may have.
    """
    _, most = answer_limits(question._asdict())
    if numbers > most:
        words = f"the right answer has {numbers} numbers, and an answer to this question may have {most}"
        raise error(declared.place, f"{words}; take smaller sizes, or fewer `times`")


def inputs_in_words(name: str) -> str:
    """A question's name as an author reads it: "N=50 K=3 0 tensor" as "N=50 K=3, passed as tensor"."""
    *sizes, _, form = name.split(" ")
    return ", ".join(filter(None, (" ".join(sizes), f"passed as {form}")))


def ways(declared: Declared) -> Iterator[tuple[str, Pieces]]:
    """(label, pieces) of each way to make each mistake; the label begins with the mistake's id."""
    counts: Counter[str] = Counter()
    for mistake in declared.mistakes:
        for pieces in mistake.variants:
            counts[mistake.id] += 1
            number = counts[mistake.id]
            yield mistake.id if number == 1 else f"{mistake.id} {number}", pieces


def answers_with(declared: Declared, asked: Questions, pieces: Pieces) -> Answers:
    """{question name: Answer} as the jail would bring it."""
    told = {}
    for name, question in asked.items():
        arguments = declared.arguments(question)
        parts = [declared.predicted(arguments, pieces, place) for place in places_of(declared)]
        told[name] = answer_of(declared, question, parts)
    return told


def answer_of(declared: Declared, question: Question, parts: Sequence[Any]) -> Answer:
    """What the jail brings where these parts are returned; a part that is None was not to be computed."""
    if any(part is None for part in parts):
        return Answer(Came.ERROR, {"type": "ValueError", "message": ""})
    arrays = [np.asarray(part, float) for part in parts]
    hand = declared.by_hand
    return Answer(Came.ANSWER, hand.reply(question, arrays) if hand else {"parts": arrays})


def places_of(declared: Declared) -> range:
    return range(len(declared.parts))


def examples(declared: Declared) -> Examples:
    """The smallest inputs, from the fewest and roundest to a drawn one that is made smaller."""
    inputs = declared.inputs
    shrinks = all(one.kind == given.ARRAY and not one.made and not one.size for one in inputs.values())
    ladder = Ladder(
        {name: [axis if isinstance(axis, str) else "." for axis in one.axes] for name, one in inputs.items()},
        (*itertools.islice(small_inputs(declared), RUNGS), *small_also_arguments(declared)),
        tuple(functools.partial(_asked, declared, form) for form in declared.forms),
        functools.partial(faults, declared),
        functools.partial(_larger, declared) if shrinks else None,
        functools.partial(_repaired, declared),
        functools.partial(_shown, declared),
    )
    return Examples((ladder,))


def _asked(declared, form, *arguments):
    return question(declared, arguments, form)._replace(stand_ins=declared.calls)


def _larger(declared):
    return drawn(declared, declared.sizes[-1], given.public())


def _repaired(declared, arguments):
    inputs = declared.inputs.values()
    return [
        one.repair(np.asarray(value)).astype(one.dtype) for one, value in zip(inputs, arguments, strict=True)
    ]


def _shown(declared, arguments):
    return ", ".join(
        f"{name} = {shown(value)}" for name, value in zip(declared.inputs, arguments, strict=True)
    )


def shown(value: Any) -> str:
    """An argument as Python would write it."""
    if isinstance(value, list):
        return "[" + ", ".join(shown(part) for part in value) + "]"
    return repr(value) if value is None or isinstance(value, str | bool | dict) else nested(value, exact)


def small_inputs(declared: Declared) -> Iterator[Arguments]:
    """Arguments of few numbers for which the right answer is defined, the fewest first."""
    letters, rng = [*declared.sizes[0]], given.public()
    small = SMALL_SIZES if len(letters) <= FEW_LETTERS else SMALL_SIZES[:2]
    sizes = sorted(itertools.product(small, repeat=len(letters)), key=lambda some: (np.prod(some), some))
    for some in sizes:
        for _ in range(2):
            try:
                rung = drawn(declared, dict(zip(letters, some, strict=True)), rng, small=True)
            except Exception:  # noqa: BLE001 - such as three rows of two
                break
            if defined(declared, rung):
                yield rung


def small_also_arguments(declared: Declared) -> list[Arguments]:
    """Those of `also` that have few numbers."""
    few = [some for some in also_arguments(declared) if sum(np.size(value) for value in some) <= LARGEST]
    return [some for some in few if defined(declared, some)]


def defined(declared: Declared, arguments: Arguments) -> list[np.ndarray]:
    """The parts of the right answer to small arguments; none where it is not finite, or has no numbers."""
    try:
        parts = [declared.predicted(arguments, {}, n) for n in places_of(declared)]
        finite = all(part.size and np.all(np.isfinite(part.astype(float))) for part in parts)
    except Exception:  # noqa: BLE001 - the right function may not support such small inputs
        return []
    return parts if finite else []


def faults(declared: Declared, arguments: Arguments, answer: Answer) -> dict[str, str]:
    """{part: words} of what is wrong with the answer to small arguments; nothing where none is right."""
    found, right = {}, defined(declared, arguments)
    for name, got, want in zip(declared.parts, declared.returned(answer), right, strict=False):
        close = declared.closeness(name)
        if got.size != want.size or not close(got.reshape(want.shape), want):
            free = getattr(close, "free", "")
            note = {"rows": "up to a constant in each row", "all": "up to a constant"}.get(free, "")
            note = note if isinstance(close, Close) else "or what is as good"
            found[name] = compared(got, want, name, note)
    return found
