"""The smallest input that shows what is wrong with an answer, as one line of numbers.

A task has `Ladder`s of small public inputs, the fewest points, the fewest components and the roundest
numbers first. They are asked only of an answer that lost marks, after everything was judged, and the
line never changes points: it only ends the words of a finding. What no rung shows is searched for from
a larger public input, which is made smaller as long as the answer stays wrong. Inputs never come from
the course secret, so that the same answer gets the same line in every course.
"""

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from autograder.engine.assignment import Arguments, Question, Questions
from autograder.engine.followups import Asking
from autograder.engine.judge import (
    UNEXPLAINED,
    Answer,
    Answers,
    BadReply,
    Came,
    Outcome,
    Verdict,
    agree,
    raised,
    without_words,
)
from autograder.engine.scale import Kind

Axes = str | Sequence[str]  # letters
Lines = dict[str, str]  # {part: line}
MARK = " Smallest case: "  # what stands before the line in a finding's message
UNKNOWN = "It is not one of the mistakes we know."
NOT_NUMBERS = UNEXPLAINED - {"not-a-known-mistake"}
PART = re.compile(r"([\w.]+(?: \d+)?): ")  # how the words of a finding about one part of an answer begin
NOT_FINITE = re.compile(r"\b(nan|inf)\b")
# Times that a larger input is made smaller.
ROUNDS = 10
# Numbers of an array, and characters, that a line shows.
LARGEST, LONGEST = 12, 600
FEW = 6  # rungs that are tried first: most mistakes show on one of them, but not those in the tails


class Ladder(NamedTuple):
    """Small questions of a task, the smallest first, and what is wrong with an answer to one.

    `ask` holds ways to put arguments as a question: the next is taken if no answer came to the one
    before. `faults` gives {part: words}, empty if the answer is right; part "" is the whole.
    """

    inputs: Mapping[str, Axes]  # of each argument, a "." where an axis has a fixed length
    rungs: tuple[Arguments, ...]
    ask: tuple[Callable[..., Question], ...]  # of the arguments
    faults: Callable[[Arguments, Answer], Lines]
    probe: Callable[[], Iterable[Any]] | None = None  # arguments to shrink where no rung shows a fault
    repair: Callable[[Arguments], Iterable[Any]] = tuple  # arguments that a student's function may get
    show: Callable[[Arguments], str] | None = None  # by default the names with their values
    few: int = FEW  # so many rungs are tried before all


class Examples(NamedTuple):
    """What can be said about a wrong answer: ladders, and a sentence from the answers that were judged."""

    ladders: tuple[Ladder, ...] = ()
    statistic: Callable[[Questions, Answers, Verdict], str] | None = None  # words, "" if there are none


def wanted(verdict: Verdict) -> bool:
    """Whether an answer was judged, and lost marks for what it returned."""
    judged = verdict.outcome in (Outcome.PARTIAL, Outcome.WRONG)
    return judged and verdict.share < 1 and bool(_targets(verdict))


def _targets(verdict):
    """The findings that a line can be about: those of the numbers, else the first."""
    findings = [finding for finding in verdict.findings if finding.id not in NOT_NUMBERS]
    return [finding for finding in findings if finding.kind.is_about_numbers] or findings[:1]


def search(examples: Examples, verdict: Verdict, questions: Questions, answers: Answers) -> Asking[Lines]:
    """A generator that looks for {part: line} about an answer that lost marks, and returns it.

    It is empty where nothing small shows why. The generator yields [Question] and is sent [Answer].
    """
    found = {}
    thorough = any(finding.kind.is_about_numbers for finding in _targets(verdict))
    if examples.ladders:
        found = yield from _climb(examples.ladders, _targets(verdict), thorough)
    if not found and examples.statistic and thorough:
        words = examples.statistic(questions, answers, verdict)
        found = {"": words} if words else {}
    return found


def attached(verdict: Verdict, lines: Lines) -> Verdict:
    """The verdict with the lines at the end of its findings' words; nothing else changes.

    Args:
        lines: {part: line}, from `search`.
    """
    left, targets, findings = dict(lines), _targets(verdict), []
    for finding in verdict.findings:
        if finding in targets:
            message, part = finding.message, PART.match(finding.message)
            if finding.id == "not-a-known-mistake":
                message = f"{message} {UNKNOWN}"
            # A finding about one part gets that part's line, or one about all; else the first will do.
            names = [part[1], ""] if part else list(left)
            line = next((left.pop(name) for name in names if name in left), "")
            finding = finding._replace(message=message + line)
        findings.append(finding)
    return verdict._replace(findings=tuple(findings))


def without_line(message: str) -> str:
    """A finding's message without the line about one student's numbers."""
    return message.split(MARK)[0]


def _climb(ladders, targets, thorough):
    first = ladders[0]
    if first.few < len(first.rungs) and all(finding.kind is not Kind.TAILS for finding in targets):
        few = first._replace(rungs=first.rungs[: first.few])
        _, replies = yield from _replies([few])
        lines, _ = _shown(few, replies[0])
        if _enough(lines, targets):
            return lines
    ways, replies = yield from _replies(ladders)
    for n, ladder in enumerate(ladders):
        lines, broken = _shown(ladder, replies[n])
        if lines or broken:
            return lines | {part: line for part, line in broken.items() if part not in lines}
    if not thorough:
        return {}
    if first.probe and 0 in ways and (lines := (yield from _shrunk(first, first.ask[ways[0]]))):
        return lines
    for rung, answer in zip(first.rungs, replies[0], strict=True):
        if answer.kind == Came.ERROR:
            if first.ask[ways.get(0, 0)](*rung).stand_ins:  # whose text the words could hold
                answer = without_words(answer)
            words = raised(answer.data).message
            return {"": _line(first, rung, words[0].lower() + words[1:])}
    return {}


def _enough(lines, targets):
    """Whether each of the findings gets a line, the one about its part if it names one."""
    parts = [part[1] for finding in targets if (part := PART.match(finding.message))]
    return "" in lines or len(lines) >= len(targets) and lines.keys() >= {*parts}


def _replies(ladders):
    """Answers to all rungs: {ladder: the way of asking that got any}, {ladder: [Answer]}."""
    ways: dict[int, int] = {n: 0 for n, ladder in enumerate(ladders) if not ladder.rungs}
    replies: dict[int, list[Answer]] = {n: [] for n in ways}
    for attempt in range(max(len(ladder.ask) for ladder in ladders)):
        open_ones = [n for n, ladder in enumerate(ladders) if n not in ways and attempt < len(ladder.ask)]
        asked = [ladders[n].ask[attempt](*rung) for n in open_ones for rung in ladders[n].rungs]
        if not asked:
            break
        answers = iter((yield asked))
        for n in open_ones:
            given = list(itertools.islice(answers, len(ladders[n].rungs)))
            replies.setdefault(n, given)
            if any(answer.arrived for answer in given):
                ways[n], replies[n] = attempt, given
    return ways, replies


def _shown(ladder, replies):
    """{part: line} of the first rungs that show a fault: a wrong number, and one that is not finite."""
    lines: Lines = {}
    broken: Lines = {}
    for rung, answer in zip(ladder.rungs, replies, strict=True):
        for part, words in _faults(ladder, rung, answer).items():
            # A wrong number says more than one that is not finite.
            where = broken if NOT_FINITE.search(words) else lines
            where.setdefault(part, _line(ladder, rung, words))
    return lines, broken


def _faults(ladder, arguments, answer):
    if not answer.arrived:
        return {}
    try:
        with np.errstate(all="ignore"):
            return ladder.faults(arguments, answer)
    except BadReply:
        return {}


def _line(ladder, arguments, words):
    if ladder.show:
        inputs = ladder.show(arguments)
    else:
        inputs = ", ".join(
            f"{name} = {nested(value, exact)}" for name, value in zip(ladder.inputs, arguments, strict=True)
        )
    return f"{MARK}{inputs}: {words.rstrip('.')}."


def _shrunk(ladder, to_question):
    """A generator that shrinks the ladder's probe while the answer stays wrong, and returns lines."""

    def first_wrong(candidates):
        answers = (yield [to_question(*arguments) for arguments in candidates]) if candidates else []
        for arguments, answer in zip(candidates, answers, strict=True):
            if faults := _faults(ladder, arguments, answer):
                return arguments, faults
        return None

    found = yield from first_wrong([tuple(ladder.probe())])
    if found is None:
        return {}
    labels = dict.fromkeys(c for axes in ladder.inputs.values() for c in axes if c != ".")
    steps: list[Callable[[Arguments], Iterator[Arguments]]] = [
        *(functools.partial(fewer, inputs=ladder.inputs, label=label) for label in labels),
        rounder,
    ]
    still = 0
    for step in itertools.islice(itertools.cycle(steps), ROUNDS):
        current = found[0]
        candidates = [tuple(ladder.repair(candidate)) for candidate in step(current)]
        better = yield from first_wrong([c for c in candidates if not same(c, current)])
        found, still = better or found, 0 if better else still + 1
        if still == len(steps):
            break
    arguments, faults = found
    lines = {part: _line(ladder, arguments, words) for part, words in faults.items()}
    return {part: line for part, line in lines.items() if len(line) <= LONGEST and is_round(arguments)}


def fewer(arguments: Arguments, inputs: Mapping[str, Axes], label: str) -> Iterator[Arguments]:
    """Arguments with fewer entries along the axes of one letter: each alone, then the first few."""
    along = zip(arguments, inputs.values(), strict=True)
    size = next(np.shape(value)[axes.index(label)] for value, axes in along if label in axes)
    for chosen in [[i] for i in range(size)] + [list(range(n)) for n in range(2, size)]:
        yield tuple(
            _taken(value, chosen, [place for place, letter in enumerate(axes) if letter == label])
            for value, axes in zip(arguments, inputs.values(), strict=True)
        )


def _taken(value, chosen, places):
    """The chosen entries along each of these axes, so that a square array stays square."""
    for place in places:
        value = np.take(value, chosen, place)
    return value


def rounder(arguments: Arguments) -> Iterator[Arguments]:
    """Arguments with rounder numbers: as many zeros as possible, and whole numbers before tenths."""
    places = range(len(arguments))
    for digits in (0, 1):
        for count in places:
            for kept in itertools.combinations(places, count):
                yield tuple(
                    np.round(value, digits) if place in kept else np.zeros_like(value)
                    for place, value in enumerate(arguments)
                )
        yield tuple(np.round(value, digits) for value in arguments)


def same(first: Arguments, second: Arguments) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def is_round(arguments: Arguments) -> bool:
    return all(np.allclose(value, np.round(value, 3), atol=1e-6) for value in arguments)


def fault(
    got: ArrayLike,
    want: ArrayLike,
    name: str = "",
    note: str = "",
    scale: ArrayLike | None = None,
    right: Callable[..., bool] = agree,
) -> dict[str, str]:
    """{name: words} if `got` is not `want`; nothing where what is right is not finite.

    Args:
        note: words on the freedom that an answer has, such as "up to a constant".
        right: the judge's comparison.
    """
    got, want = np.asarray(got, float), np.asarray(want, float)
    if not np.all(np.isfinite(want)) or right(got, want, scale):
        return {}
    return {name: compared(got, want, name, note)}


def mean_or_sum(got: np.ndarray, each: np.ndarray) -> Lines:
    """What is wrong with a number that may be the mean of others, or their sum."""
    if got.size == 1 and any(agree(got, want) for want in (each.mean(), each.sum())):
        return {}
    words = f"expected {rounded(each.mean(), 4)}"
    if len(each) > 1:
        words += f" (the mean) or {rounded(each.sum(), 4)} (the sum)"
    return {"": f"{words}, you returned {in_digits(got.item() if got.size == 1 else got)}"}


def compared(got: ArrayLike, want: ArrayLike, name: str = "", note: str = "") -> str:
    """Words for what is expected and what was returned, with as many digits as tell them apart."""
    got, want = np.asarray(got, float), np.asarray(want, float)
    label, note = f"{name} = " if name else "", f" {note}" if note else ""
    if max(got.size, want.size) > LARGEST:
        return _largest_difference(got, want, name, note)
    for digits in (4, 6, 9):
        right, mine = (in_digits(value, digits) for value in (want, got))
        if right != mine:
            break
    return f"expected {label}{right}{note}, you returned {label}{mine}"


def _largest_difference(got, want, name, note):
    axes = [[size for size in value.shape if size > 1] for value in (got, want)]
    if axes[0] != axes[1]:
        name = f"{name} of shape" if name else "shape"
        return f"expected {name} {list(want.shape)}, you returned {name} {list(got.shape)}"
    got = got.reshape(want.shape)
    place = np.unravel_index(np.nan_to_num(np.abs(got - want), nan=np.inf).argmax(), want.shape)
    entry = f"{name or 'the entry'} [{', '.join(map(str, place))}] = "
    return f"expected {entry}{rounded(want[place], 5)}{note}, you returned {rounded(got[place], 5)}"


def nested(array: ArrayLike, number: Callable[[float], str]) -> str:
    """An array as Python would write its list; rows that repeat are written once, with their count."""
    array = np.asarray(array)
    if array.ndim == 0:
        return number(array.item())
    rows = [nested(row, number) for row in array]
    runs = [(row, len(list(equal))) for row, equal in itertools.groupby(rows)]
    if max((count for _, count in runs), default=0) > 4:
        return " + ".join(f"[{row}]*{count}" if count > 1 else f"[{row}]" for row, count in runs)
    return f"[{', '.join(rows)}]"


def exact(value: float) -> str:
    """A number of an input, as short as float32 allows."""
    return np.format_float_positional(np.float32(value) + np.float32(0), trim="-")


def in_digits(values: ArrayLike, digits: int = 4) -> str:
    """Numbers with so many digits."""
    return nested(values, functools.partial(rounded, digits=digits))


def rounded(value: float, digits: int) -> str:
    """A number with so many digits; what is next to nothing is 0."""
    return "0" if abs(value) < 10.0 ** -(digits + 2) else f"{value:.{digits}g}"
