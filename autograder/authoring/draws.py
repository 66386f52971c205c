"""Tasks whose functions draw at random: what they return is compared with draws of the right function.

The student's function is called many times with the same arguments, and so is the right one. Two samples of
a number are compared by the Kolmogorov-Smirnov test, which is also valid, if weaker, where few values occur.
All tests of a task together raise a false alarm with a probability below `FALSE_ALARM`.
"""

import functools
import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.authoring import inputs as given
from autograder.authoring import numeric
from autograder.authoring.declarations import (
    CLOSE,
    Declared,
    JudgeError,
    Right,
    SizesOfAll,
    declare,
    error,
    place_of,
    place_of_caller,
)
from autograder.authoring.readings import in_readings, judged_in_readings, readings_of
from autograder.engine.assignment import Arguments, Question, Questions
from autograder.engine.judge import (
    Answers,
    Finding,
    Mistake,
    Pieces,
    Verdict,
    convention,
    cut_short,
    found,
    made_together,
    no_answer,
    unexplained,
    verdict,
)
from autograder.engine.remembering import remembered
from autograder.engine.scale import Kind

FALSE_ALARM = 1e-7
TIMES = 500
QUESTIONS = 2  # each asks for many draws
# Draws of the right function: many, so that a test's power is that of the student's draws.
MORE = 10
# Numbers of float64 that are the same but for the order of a sum, and of float32, relative to their size.
EXACT, ROUNDING = 1e-12, 1e-6
FITS = 1e-3  # a mistake whose draws the student's are like, by all tests
NUMBERS = 1 << 14  # of one draw's statistics
# Draws of the right function are remembered for the next submission if they have at most this many numbers.
REMEMBERED = 1 << 19


def random_task(
    id: str = "",
    *,
    name: str = "",
    sizes: SizesOfAll | None = None,
    returns: tuple[str, ...] = (),
    calls: tuple[Any, ...] = (),
    times: int = TIMES,
    statistics: tuple[Callable[..., Any], ...] = (),
    entries: bool = True,
    forms: tuple[str, ...] = ("array",),
    patience: float = 1.0,
    inputs: dict[str, given.Input] | None = None,
    **arguments: given.Input,
) -> Callable[[Right], Right]:
    """Declare a task that draws: the decorated function is correct, and draws from its first argument, `rng`.

    Args:
        times: how often the student's function is called for each size.
        statistics: functions (draw, arguments) -> numbers whose distributions are compared, besides each
            entry of a draw; use them for properties of many entries, such as how many rows are equal.
            A draw is a tuple if there are several parts.
        entries: False compares only the statistics, for example if the order within a draw is free.
        id, name, sizes, returns, calls, forms, patience, inputs, arguments: as for `task`.
    """
    if not entries and not statistics:
        raise error(place_of_caller(), "entries=False leaves nothing to compare; name some `statistics`")
    return functools.partial(
        declare,
        id=id,
        name=name,
        sizes=sizes or {},
        returns=tuple(returns),
        calls=calls,
        forms=tuple(forms),
        close=CLOSE,
        inputs={**(inputs or {}), **arguments},
        times=times,
        statistics=tuple(statistics),
        entries=entries,
        patience=patience,
    )


def questions(declared: Declared, rng: np.random.Generator) -> Questions:
    """{name: Question}; the seed of the right draws is kept from the jail."""
    asked = {}
    for number, sizes in enumerate(declared.sizes[:QUESTIONS]):
        form = declared.forms[number % len(declared.forms)]
        one = numeric.question(declared, numeric.drawn(declared, sizes, rng), form)
        name = " ".join([*(f"{letter}={size}" for letter, size in sizes.items()), f"{number} {form}"])
        seed = int(rng.integers(1 << 62))
        asked[name] = one._replace(probe="repeated", arguments=(*one.arguments, declared.times), kept=(seed,))
    return in_readings(asked, declared.calls)


def judge(declared: Declared, asked: Questions, answers: Answers) -> Verdict:
    """With right helpers, or with the student's own where that is better."""
    readings = readings_of(asked, answers, declared)
    return judged_in_readings(readings, lambda reading: judged(declared, reading.asked, reading.answers))


def judged(declared: Declared, asked: Questions, answers: Answers) -> Verdict:
    """Draws like the right ones, or like those of a known mistake."""
    failed = [answer for answer in answers.values() if not answer.arrived]
    if failed:
        return no_answer(next((answer for answer in failed if cut_short(no_answer(answer))), failed[0]))
    drawn = {name: answer.arrays("parts", None) for name, answer in answers.items()}
    faults: list[Finding] = []
    for name, draws in drawn.items():
        want = [list(part.shape[1:]) for part in right_draws(declared, asked[name], {}, 1)]
        got = [list(part.shape[1:]) for part in draws]
        if got != want:
            words = f"Expected {shapes_in_words(want)}, got {shapes_in_words(got)}."
            if list(map(longer_axes, got)) != list(map(longer_axes, want)):
                return unexplained(words, declared.sentence)
            faults = [convention("wrong-shape", words, "Keep or remove the axes of length 1.", Kind.FLAT)]
            drawn[name] = [part.reshape(len(part), *shape) for part, shape in zip(draws, want, strict=True)]
        if not all(np.all(np.isfinite(part)) for part in draws):
            return unexplained("Some of the draws are not finite.", declared.sentence)
    right, words = least(declared, asked, drawn, {})
    if right >= FALSE_ALARM:
        return verdict(faults)
    if closest := closest_to(declared, asked, drawn):
        first, *others = map(found, closest)
        return verdict([first._replace(message=f"{first.message} {words}".rstrip()), *others, *faults])
    if all(np.all(part == part[0]) for draws in drawn.values() for part in draws):
        return unexplained("Every call returned the same draw.", "Draw anew in each call, and fix no seed.")
    return unexplained(f"The draws have another distribution. {words}".rstrip(), declared.sentence)


def longer_axes(shape: list[int]) -> list[int]:
    return [length for length in shape if length > 1]


def closest_to(
    declared: Declared, asked: Questions, drawn: dict[str, list[np.ndarray]]
) -> tuple[Mistake, ...]:
    """The known mistake whose draws the student's are most like, or pair of them; () if they fit none."""
    single = [((mistake,), mistake.variants) for mistake in declared.mistakes]
    pairs = [(pair, made_together(*pair)) for pair in itertools.combinations(declared.mistakes, 2)]
    for candidates in (single, pairs):
        likeness = [
            (least(declared, asked, drawn, pieces)[0], mistakes)
            for mistakes, ways in candidates
            for pieces in ways
        ]
        value, closest = max(likeness, key=operator.itemgetter(0), default=(0.0, ()))
        if value >= FITS:
            return closest
    return ()


def shapes_in_words(shapes: list[list[int]]) -> str:
    words = " and ".join(map(str, shapes))
    return f"an array of shape {words}" if len(shapes) == 1 else f"{len(shapes)} arrays of shapes {words}"


def least(
    declared: Declared, asked: Questions, drawn: dict[str, list[np.ndarray]], pieces: Pieces
) -> tuple[float, str]:
    """The smallest p-value times the number of tests (Bonferroni), and words on what it compares."""
    from scipy.stats import ks_2samp

    found = []
    for name, draws in drawn.items():
        few = MORE * sum(part.size for part in draws) <= REMEMBERED
        right = remembered_numbers if few else right_numbers
        try:
            theirs = right(declared, asked[name], pieces)
        except Exception:
            if not pieces:
                raise
            return 0.0, ""  # such as two mistakes that cannot be made together
        try:
            mine = numbers_of(declared, draws, asked[name].arguments[1])
        except JudgeError:
            return 0.0, ""  # a statistic need not be defined for wrong draws
        if mine.keys() != theirs.keys():
            return 0.0, ""
        sizes = " ".join(name.split(" ")[:-2])
        for label, a in mine.items():
            b = theirs[label]
            words = (
                f"{sizes and f'With {sizes}, '}{label} is {a.mean():.3g} on average, "
                f"with a standard deviation of {a.std():.3g}; expected {b.mean():.3g} and {b.std():.3g}."
            )
            found.append((ks_2samp(*without_rounding(a, b), method="asymp").pvalue, words))
    value, words = min(found)
    return value * len(found), words[0].upper() + words[1:]


def without_rounding(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two samples, where numbers that differ from a repeated number of `b` by rounding alone are that number.

    The test compares distribution functions, so it would see a step that float32 moves a little.
    """
    in_order = np.sort(b)
    first = np.flatnonzero(np.diff(in_order, prepend=-np.inf) > EXACT * np.abs(in_order))
    repeated = in_order[first[np.diff(first, append=len(b)) > 1]]
    if not repeated.size:
        return a, b
    between, scale = (repeated[1:] + repeated[:-1]) / 2, np.median(np.abs(b))

    def snapped(sample):
        nearest = repeated[np.searchsorted(between, sample)]
        return np.where(np.abs(nearest - sample) <= ROUNDING * (np.abs(nearest) + scale), nearest, sample)

    return snapped(a), snapped(b)


def right_numbers(declared: Declared, question: Question, pieces: Pieces) -> dict[str, np.ndarray]:
    """As `numbers_of`, of draws of the right function or of a mistake.

    Raises:
        JudgeError: a statistic fails.
    """
    right = right_draws(declared, question, pieces, MORE * declared.times)
    return numbers_of(declared, right, question.arguments[1])


remembered_numbers = remembered(right_numbers, most=64)


def numbers_of(declared: Declared, parts: list[np.ndarray], arguments: Arguments) -> dict[str, np.ndarray]:
    """{what is compared: its value in each draw}

    Raises:
        JudgeError: a statistic fails.
    """
    found: dict[str, np.ndarray] = {}
    for name, part in zip(declared.parts, parts if declared.entries else (), strict=False):
        columns = part.reshape(len(part), -1)[:, :NUMBERS].astype(float).T
        of = name or "a draw"
        places = itertools.islice(np.ndindex(part.shape[1:]), len(columns))
        labels = [f"entry {list(place)} of {of}" if place else of for place in places]
        found |= dict(zip(labels, columns, strict=True))
    draws = list(zip(*parts, strict=True)) if declared.returns else parts[0]
    named = [getattr(statistic, "__name__", "").replace("<lambda>", "") for statistic in declared.statistics]
    for place, statistic in enumerate(declared.statistics):
        name = named[place] if named[place] and named.count(named[place]) == 1 else f"statistic {place}"
        try:
            columns = np.stack([np.ravel(statistic(draw, arguments)) for draw in draws]).astype(float).T
        except Exception as fault:
            words = f"the statistic {name} fails: {type(fault).__name__}: {fault}"
            raise error(place_of(statistic), words) from fault
        found |= {f"{name}, number {n}" if len(columns) > 1 else name: c for n, c in enumerate(columns)}
    return found


def right_draws(declared: Declared, question: Question, pieces: Pieces, times: int) -> list[np.ndarray]:
    """Draws of the right function, or of a mistake, for each part; the same for every submission."""
    rng, arguments = np.random.default_rng(question.kept[0]), question.arguments[1]
    draws = [declared.answer((rng, *arguments), pieces) for _ in range(times)]
    return [np.stack(part).astype(float) for part in zip(*draws, strict=True)]


def made(declared: Declared, asked: Questions) -> dict[str, Answers]:
    """{mistake: answers that make it}; see `numeric.made`.

    Raises:
        JudgeError: a statistic or a mistake fails, or the right draws have too many numbers.
    """
    for question in asked.values():
        one = right_draws(declared, question, {}, 1)
        numbers_of(declared, one, question.arguments[1])
        numeric.check_room(declared, question, declared.times * sum(part.size for part in one))

    def answer(label, question, pieces):
        other = question._replace(kept=(question.kept[0] + 1,))
        try:
            draws = right_draws(declared, other, pieces, question.arguments[-1])
            numbers_of(declared, draws, question.arguments[1])
        except Exception as fault:
            raise numeric.fails(declared, label, fault) from fault
        return numeric.answer_of(declared, question, draws)

    return {
        label: {name: answer(label, question, pieces) for name, question in asked.items()}
        for label, pieces in numeric.ways(declared)
    }
