"""Compare answers with the oracle, name the mistake, give points."""

import builtins
import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from autograder.engine import scale
from autograder.engine.scale import Kind
from autograder.engine.words import printable, quoted
from autograder.jail.inside import wire

Reply = dict[str, Any]  # what the jail sent for a question
Pieces = dict[Any, Any]  # {piece of the right computation: what stands in its place}
Magnitude = np.ndarray | float | None  # of the numbers that were subtracted on the way


class BadReply(ValueError):
    """The jail sent something that no right or wrong answer looks like."""


class Mistake(NamedTuple):
    """A known mistake: what it is, and the ways to make it."""

    id: str
    kind: Kind
    message: str
    hint: str
    variants: tuple[Pieces, ...]


def known(id: str, kind: Kind, message: str, hint: str, *variants: Pieces, **pieces: Any) -> Mistake:
    """A Mistake that is made in one way, by these pieces, or in several."""
    return Mistake(id, kind, message, hint, (*variants, *([pieces] if pieces else [])))


class Finding(NamedTuple):
    """Why marks were lost: an id, a sentence, a hint, and of which kind it is.

    `made_by` names the attributes of a model that are at fault, so that a helper that makes them can be
    charged. `flag` is what a person should look at.
    """

    id: str
    message: str
    hint: str = ""
    kind: Kind = Kind.ADVICE
    made_by: tuple[str, ...] = ()
    flag: str = ""


class Outcome(StrEnum):
    """How a task ended, as `grades.json` says it."""

    CORRECT = "correct"
    PARTIAL = "partial"
    WRONG = "wrong"
    MISSING = "missing"  # the cell is empty or untouched
    ERROR = "error"  # the student's code raised
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    UNGRADED = "ungraded"  # our fault: goes to a person, never scored 0


class Verdict(NamedTuple):
    """The judgement of one task; `share` of its points is earned.

    `final` says that no fallback question could change it.
    """

    outcome: Outcome
    share: float
    findings: tuple[Finding, ...] = ()
    final: bool = False


Verdicts = dict[str, Verdict]  # {task id: Verdict}


class Came(StrEnum):
    """What came back for a question: an answer, an exception, or nothing, and why."""

    ANSWER = "answer"
    ERROR = "error"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    MALFORMED = "malformed"


class Answer(NamedTuple):
    """What came back for one question."""

    kind: Came
    data: Reply

    @property
    def arrived(self) -> bool:
        return self.kind == Came.ANSWER

    def array(self, name: str) -> np.ndarray:
        """The array `name` of the reply, float64.

        Raises:
            BadReply: there is no such array.
        """
        value = self.data.get(name)
        if not isinstance(value, np.ndarray):
            raise BadReply(f"Expected an array {name!r} in the reply, got {type(value).__name__}.")
        return value.astype(float)

    def number(self, name: str) -> float:
        """The number `name` of the reply; 0 where there is none.

        Raises:
            BadReply: it is something else.
        """
        value = np.asarray(self.data.get(name, 0))
        if value.size != 1 or value.dtype.kind not in "biuf":
            raise BadReply(f"Expected a number {name!r} in the reply, got something else.")
        return value.item()

    def arrays(self, name: str, count: int | None = 3) -> list[np.ndarray]:
        """The `count` arrays `name` of the reply, or all; float64; those that are missing are empty.

        Raises:
            BadReply: it is not a list of arrays.
        """
        value = self.data.get(name)
        if not isinstance(value, list) or not all(isinstance(part, np.ndarray) for part in value):
            raise BadReply(f"Expected a list of arrays {name!r} in the reply.")
        if count is not None:
            value = value[:count] + [np.zeros(0)] * (count - len(value))
        return [part.astype(float) for part in value]


Answers = dict[str, Answer]  # {question name: Answer}


def packed(answers: Answers) -> bytes | None:
    """Answers as bytes, which are equal where all numbers are, to the last bit.

    None for answers that could be read, but cannot be written again.
    """
    try:
        return wire.pack({name: list(answers[name]) for name in sorted(answers)})
    except (wire.WireError, RecursionError, TypeError):
        return None


# Findings that say what happened, not which mistake it was.
UNEXPLAINED = set(
    "not-a-known-mistake raised timeout crashed malformed name-missing not-judged grader-failed".split()
)


def convention(id: str, message: str, hint: str = "", kind: Kind = Kind.CONVENTION) -> Finding:
    return Finding(id, message, hint, kind)


def advice(id: str, message: str, hint: str = "") -> Finding:
    """A finding that costs nothing: about what the task does not ask for, and a careful author would do."""
    return Finding(id, message, hint)


def found(mistake: Mistake) -> Finding:
    return Finding(mistake.id, mistake.message, mistake.hint, mistake.kind)


def unknown(message: str, hint: str = "") -> Finding:
    return Finding("not-a-known-mistake", message, hint, kind=Kind.NOTHING)


def verdict(
    findings: Iterable[Finding], parts: Sequence[Sequence[Kind]] = (), whole: Sequence[Kind] = ()
) -> Verdict:
    """Points from findings, by the scale.

    Args:
        parts: the kinds of the findings in each part, where an answer has several.
        whole: the kinds of those that are about all parts.
    """
    share = scale.SCALE.share(parts or [kinds_of(findings)], whole)
    outcome = Outcome.CORRECT if share == 1.0 else Outcome.PARTIAL if share > 0 else Outcome.WRONG
    return Verdict(outcome, share, tuple(findings))


def unexplained(message: str, hint: str = "") -> Verdict:
    """The verdict on an answer that is wrong, and makes no mistake that is known."""
    return verdict([unknown(message, hint)])


def kinds_of(findings: Iterable[Finding]) -> list[Kind]:
    return [finding.kind for finding in findings]


def no_numbers_wrong(verdict: Verdict) -> bool:
    """Whether no finding is about the numbers."""
    return not any(finding.kind.is_about_numbers for finding in verdict.findings)


ENDED = {
    Came.TIMEOUT: Finding(
        "timeout",
        "The code did not finish in the time allowed.",
        "Look for a loop that does not end, or that one operation on arrays can replace.",
        kind=Kind.NOTHING,
    ),
    Came.CRASHED: Finding(
        "crashed",
        "The Python process ended while this code ran.",
        "exit, os._exit, signals and too much memory end the process.",
        kind=Kind.NOTHING,
    ),
    Came.MALFORMED: Finding(
        "malformed",
        "What came back was not an answer, or was far too large, and the grader ended the process.",
        "Return what the task asks for, and leave alone files that your code did not open.",
        Kind.NOTHING,
    ),
}


def no_answer(answer: Answer) -> Verdict:
    """The verdict when a question brought no numbers: raised, hung, crashed or sent something else."""
    if answer.kind in ENDED:
        outcome = Outcome.TIMEOUT if answer.kind == Came.TIMEOUT else Outcome.CRASHED
        return Verdict(outcome, 0.0, (too_slow(answer.data) if answer.data else ENDED[answer.kind],))
    return Verdict(Outcome.ERROR, 0.0, (raised(answer.data),))


def cut_short(verdict: Verdict) -> bool:
    """Whether a verdict is about code that hung or crashed, which says nothing about its numbers."""
    return verdict.outcome in (Outcome.TIMEOUT, Outcome.CRASHED)


def too_slow(data: Reply) -> Finding:
    """The finding where what a task needs of the notebook took too long, before it was asked anything."""
    cell, line, text = (printable(data.get(part, "")) for part in ("cell", "line", "text"))
    words = f"The statements that it needs took too long, up to line {line} of cell {cell}: `{text}`."
    return ENDED[Came.TIMEOUT]._replace(message=words, hint="Make them faster, or do without them.")


# What Keras, TensorFlow and Python wrap around the words that matter.
NOISE = (
    r"^Exception encountered when calling [\w.]+\(\)\.\s*",
    r"\s*Arguments received by .*$",
    r"\{\{function_node [^}]*\}\}\s*",
    r"\s*\[Op:\w+\].*$",
    r" \(<cell [^)]*\)",
)


# Exceptions of the probes and of the grader itself, in the grader's words.
OURS = {
    ("TypeError", "returned None"): "The function returned None",
    "WireError": "The function returned too much, or something that is not numbers",
    "BadReply": "What came back is not an answer to this task",
}
NO_ARRAY = re.compile(r"returned \w{1,40}, which is not an array of numbers")
NO_ATTRIBUTE = re.compile(r"\w{1,40} has no \w{1,40}, which the grader uses")
# What exceptions are called in Python and in the libraries that submissions use.
KNOWN_EXCEPTIONS = {
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
} | set(
    """AxisError FailedPreconditionError InaccessibleTensorError InvalidArgumentError LinAlgError
    OperatorNotAllowedInGraphError OutOfRangeError ResourceExhaustedError UFuncTypeError UnimplementedError
    WireError BadReply""".split()
)
LONG_WORD = re.compile(r"(\S{20})\S{30,}")  # encoded data, which tells a reader nothing
LEFT_OUT = " (its message is not shown, because it could contain inputs or functions used in grading)"


def raised(data: Reply) -> Finding:
    """The finding for an exception of the student's code, with its line.

    Args:
        data: as the conversation keeps it; a `message` that is None is not to be shown.
    """
    kind, message = printable(data.get("type", ""), 80), data.get("message", "")
    cell, line, text = (printable(data.get(part, "")) for part in ("cell", "line", "text"))
    place = f" in cell {cell}, line {line}" if cell else ""
    text = f": `{text.replace('`', '')[:200]}`" if text else ""
    hints = {
        "NotImplementedError": "The task is still to do: replace the line that raises.",
        "NameError": "A name is used that no earlier cell defines; restart the kernel and run all.",
        "SyntaxError": "The cell is not valid Python; run it to see where.",
        "FileNotFoundError": "Grading has no file but your notebook; do not read others in your functions.",
    }
    hint = hints.get(kind, "Run the cell and the check below it to see the same error.")
    if ours := OURS.get(kind) or OURS.get((kind, message)) or said_by_probes(message):
        if message == "returned None":
            hint = "The function ends without `return`; printing a value does not return it."
        elif ours.startswith("The function returned"):
            hint = "Return numbers: an array, a tensor, or several of them."
        elif NO_ATTRIBUTE.fullmatch(ours):
            hint = "Keep the names that the task asks for."
        return Finding("raised", f"{ours}{place}{text}.", hint, kind=Kind.NOTHING)
    kind = kind if kind.isidentifier() else "an exception"
    return Finding("raised", f"Your code raised {kind}{said(message)}{place}{text}", hint, kind=Kind.NOTHING)


def said_by_probes(message: str | None) -> str:
    """A sentence on what came back, where a probe raised and not the student's code; else "".

    The student's code may raise the same. So only names may differ: nothing else can be said without quotes.
    """
    if NO_ARRAY.fullmatch(message or ""):
        return f"The function {message}"
    return message if message and NO_ATTRIBUTE.fullmatch(message) else ""


def said(message: str | None) -> str:
    """What an exception says, as a quotation."""
    if message is None:
        return LEFT_OUT
    message = printable(message, 2000)
    for noise in NOISE:
        message = re.sub(noise, "", message)
    message = LONG_WORD.sub(r"\1…", message)
    return f": {quoted(message)}" if message.strip() else ""


def without_words(answer: Answer) -> Answer:
    """The answer without what an exception's author can say in it: its message, and its name unless known.

    Where the exception was raised is kept, as a place that was sent to the jail.
    """
    if answer.kind != Came.ERROR or (answer.data.get("type"), answer.data.get("message")) in OURS:
        return answer
    kind = known_exception(answer.data.get("type"))
    return answer._replace(data=answer.data | {"message": None, "type": kind})


def known_exception(name: object) -> str:
    """The name of an exception, if it is one that anybody may know; else nothing."""
    return name if isinstance(name, str) and name in KNOWN_EXCEPTIONS else ""


ABSOLUTE, RELATIVE = 3e-4, 3e-5  # what float32 arithmetic leaves of a difference


def agree(got: ArrayLike, want: ArrayLike, scale: Magnitude = None) -> bool:
    """Whether numbers are equal within what float32 arithmetic leaves.

    Args:
        got, want: arrays of the same size.
        scale: magnitude of the numbers that were subtracted on the way; the result's own by default.
    """
    got, want = np.asarray(got, float), np.asarray(want, float)
    if got.size != want.size:
        return False
    got = got.reshape(want.shape)
    scale = np.abs(want) if scale is None else scale
    with np.errstate(invalid="ignore"):
        return bool(np.all((np.abs(got - want) <= ABSOLUTE + RELATIVE * scale) | (got == want)))


def fits(got: ArrayLike, predicted: ArrayLike, scale: Magnitude = None) -> bool:
    """Whether numbers are what a mistake predicts, wherever it predicts a finite number.

    Where it predicts few of them, the others must not be finite.
    """
    got, predicted = np.asarray(got, float), np.asarray(predicted, float)
    if got.size != predicted.size or _begins_otherwise(got, predicted, scale):
        return False
    got, known = got.reshape(predicted.shape), np.isfinite(predicted)
    if 2 * np.count_nonzero(known) < known.size and np.any(np.isfinite(got[~known])):
        return False
    scale = None if scale is None else np.broadcast_to(scale, predicted.shape)[known]
    return agree(got[known], predicted[known], scale)


def _begins_otherwise(got, predicted, scale):
    """Whether the first numbers do not fit: most mistakes that are tried are ruled out by one number."""
    if not predicted.size or scale is not None and np.shape(scale) not in ((), predicted.shape):
        return False
    want = predicted.item(0)
    magnitude = abs(want) if scale is None else np.asarray(scale).item(0)
    return math.isfinite(want) and abs(got.item(0) - want) > ABSOLUTE + RELATIVE * magnitude


def near(got: ArrayLike, want: ArrayLike, known: bool = False, scale: Magnitude = None) -> bool:
    """Whether numbers are right, or where they are those of a known mistake, whether they fit it."""
    return (fits if known else agree)(got, want, scale)


SAME = 1e-4  # numbers that differ less than this, relative to the largest, are one number


def explain(
    agrees: Callable[[Pieces], bool], mistakes: Iterable[Mistake], values: Iterable[np.ndarray] = ()
) -> list[Finding]:
    """Which known mistake, or pair of them, an answer fits.

    Args:
        agrees: pieces -> whether the right computation with these pieces exchanged gives the answer.
        mistakes: the `Mistake`s to try, each in all its variants.
        values: the answer's arrays. One number for whatever was asked fits nothing but by chance, and
            nothing can be said of an answer without any finite number.
    Returns:
        Findings: one, or two for a pair; one that says so if several fit; empty if nothing fits.
    """
    if values := list(values):
        numbers = np.concatenate([np.ravel(value) for value in values])
        if not np.any(np.isfinite(numbers)):
            return []
        one_number = np.all(np.isfinite(numbers)) and np.ptp(numbers) < SAME * (1 + np.abs(numbers).max())
        if numbers.size > 1 and one_number:
            mistakes = [mistake for mistake in mistakes if mistake.kind is Kind.NOTHING]
    with np.errstate(all="ignore"):
        single = [(mistake,) for mistake in mistakes if any(map(agrees, mistake.variants))]
        return one_of(single) or one_of(
            [pair for pair in itertools.combinations(mistakes, 2) if any(map(agrees, made_together(*pair)))]
        )


def made_together(first: Mistake, second: Mistake) -> Iterator[dict]:
    """The pieces of both mistakes, for all their variants that exchange different pieces."""
    for one, other in itertools.product(first.variants, second.variants):
        if not one.keys() & other.keys():
            yield {**one, **other}


EITHER = "|"  # between the ids of mistakes that an answer cannot tell apart


def one_of(fitting: Iterable[Sequence[Mistake]]) -> list[Finding]:
    """Findings for what fits: a mistake or a pair of them; or words that it may be one or another."""
    by_id: dict[frozenset[str], Sequence[Mistake]] = {}
    for mistakes in sorted(fitting, key=lambda some: -min(scale.SCALE.keeps[m.kind] for m in some)):
        by_id.setdefault(frozenset(mistake.id for mistake in mistakes), mistakes)
    if len(by_id) < 2:
        return [found(mistake) for mistakes in by_id.values() for mistake in mistakes]
    each = list({mistake.id: mistake for mistakes in by_id.values() for mistake in mistakes}.values())
    words = [" ".join(mistake.message for mistake in mistakes) for mistakes in by_id.values()]
    kinds = [mistake.kind for mistake in next(iter(by_id.values()))]  # the mildest
    kinds += [Kind.TWO] if len(kinds) > 1 else []
    return [
        Finding(
            EITHER.join(mistake.id for mistake in each),
            "Several mistakes would give these numbers. "
            + " Or: ".join(words[:3])
            + (" Or others." if len(words) > 3 else ""),
            " ".join(dict.fromkeys(mistake.hint for mistake in each[:3])),
            min(kinds, key=scale.SCALE.keeps.__getitem__),
        )
    ]


def best(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, key=lambda v: (v.outcome == Outcome.CORRECT, v.share))


def first_or_right(first: Verdict, others: Iterable[Verdict]) -> Verdict:
    """The better of the verdict with right helpers (`first`) and the others.

    If the first earns anything, others count only if they earn something and none of their numbers is wrong.
    """
    right = [v for v in others if v.share and no_numbers_wrong(v)]
    return best([first, *(right if first.share else others)])


def all_must_hold(verdicts: Sequence[Verdict]) -> Verdict:
    """Correct only if all are; otherwise the failure that earns most."""
    failed = [v for v in verdicts if v.outcome != Outcome.CORRECT]
    return best(failed) if failed else verdicts[0]
