"""Pairs of submissions that are worth reading side by side: what they share and few others have.

Passages are found by winnowing (Schleimer, Wilkerson and Aiken 2003, as in MOSS), by the package copydetect,
which leaves out comments and the names of variables. What the release or the reference says counts for
nothing. What two of n students share in a cell carries the information sum of log(n / students who have it)
over its passages. The score of a pair is the sum of the square roots of these: a little in many cells says
more than a lot in one.
"""

import collections
import io
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from autograder.course.directory import CourseError
from autograder.report.side_by_side import Interval, Pair, Students

Cells = Mapping[Any, tuple[str, bool]]  # {id: (text, whether it is code)}
Features = dict[int, str]  # {feature: the cell that has it}
Same = dict[str, tuple[float, str]]  # {task: (score, known mistake that explains the same answer, or "")}
# Of each student's wrong answers to each task: digests, and the known mistake or "".
Wrong = Mapping[str, Mapping[str, tuple[set[bytes], str]]]
LENGTH = 25  # characters of the shortest passage, copydetect's own default
WINDOW = 5  # at least one of so many neighbouring passages is kept
MOST_SHARED = 10  # students; what more of them have is common knowledge, as in MOSS (-m 10)
FEWEST = 3  # in small classes


class Passage(NamedTuple):
    """A cell of a student's notebook, and where its passages stand."""

    cell: str  # its id
    fingerprint: Any  # copydetect.CodeFingerprint


def most_shared(count: int) -> int:
    """How many of so many students may have something in common without its being common knowledge."""
    return max(FEWEST, min(MOST_SHARED, count // 10))


def passages_of(cells: Cells) -> list[Passage]:
    """[Passage] of a notebook's answers.

    Args:
        cells: {id: (text, whether it is code)}.
    Raises:
        CourseError: copydetect is not installed.
    """
    try:
        from copydetect import CodeFingerprint
    except ModuleNotFoundError as error:
        raise CourseError(
            "`autograder similar` needs the package copydetect; install it by "
            "pip install 'gmm-tf-autograder[similar]'."
        ) from error
    return [
        Passage(name, CodeFingerprint("cell.py", LENGTH, WINDOW, filter=code, fp=io.StringIO(text)))
        for name, (text, code) in cells.items()
        if len(text) >= LENGTH
    ]


def told_apart(students: Mapping[str, Sequence[Passage]], common: Iterable[Passage]) -> dict[str, Features]:
    """Take out of all passages what is common knowledge -> {student: {what is left: its cell}}.

    Args:
        students: {student: [Passage]}; they are changed.
        common: [Passage] of the release and the reference.
    """
    known = set().union(*(passage.fingerprint.hashes for passage in common))
    count: collections.Counter[int] = collections.Counter()
    for passages in students.values():
        count.update(set().union(*(passage.fingerprint.hashes for passage in passages)) - known)
    rare = {one for one, students_with in count.items() if 1 < students_with <= most_shared(len(students))}
    for passage in itertools.chain.from_iterable(students.values()):
        passage.fingerprint.hashes &= rare
    return {
        student: {one: passage.cell for passage in passages for one in passage.fingerprint.hashes}
        for student, passages in students.items()
    }


def scores(features: Mapping[str, Features]) -> dict[Students, float]:
    """{(student, student): score} of all who share anything.

    Args:
        features: {student: {feature: cell}}.
    """
    owners = collections.defaultdict(list)
    for student, found in sorted(features.items()):
        for one in found:
            owners[one].append(student)
    information: dict[tuple[Students, str], float] = collections.defaultdict(float)
    for one, having in owners.items():
        for pair in itertools.combinations(having, 2):
            information[pair, features[pair[0]][one]] += math.log(len(features) / len(having))
    total: dict[Students, float] = collections.defaultdict(float)
    for (pair, _), amount in information.items():
        total[pair] += math.sqrt(amount)
    return {pair: score for pair, score in total.items() if score > 0}


def same_answers(students: Wrong) -> dict[Students, Same]:
    """Pairs with the same rare wrong answer -> {(student, student): {task: (score, known mistake)}}.

    Args:
        students: {student: {task: (digests of wrong answers, known mistake or "")}}; for each task only
            answers that no student with full points gave.
    """
    holders: dict[tuple[str, bytes], set[str]] = collections.defaultdict(set)
    mistakes: collections.Counter[tuple[str, str]] = collections.Counter()
    for student, tasks in students.items():
        for task, (digests, mistake) in tasks.items():
            mistakes[task, mistake] += bool(mistake)
            for digest in digests:
                holders[task, digest].add(student)
    found: dict[Students, Same] = collections.defaultdict(dict)
    for (task, _), having in holders.items():
        for pair in itertools.combinations(sorted(having), 2):
            (mistake, other) = (students[student][task][1] for student in pair)
            mistake = mistake if mistake == other else ""
            # A known mistake explains equal numbers: then its own frequency is what counts.
            sharing = max(len(having), mistakes[task, mistake]) if mistake else len(having)
            if sharing <= most_shared(len(students)):
                score = math.log(len(students) / sharing)
                found[pair][task] = max(found[pair].get(task, (0.0, "")), (score, mistake))
    return found


def ranked(passages: Mapping[Students, float], answers: Mapping[Students, Same], most: int) -> list[Pair]:
    """The first Pairs in the order of either score.

    Args:
        passages: {pair: score}.
        answers: {pair: {task: (score, known mistake)}}.
        most: how many.
    """
    sums = {pair: sum(score for score, _ in tasks.values()) for pair, tasks in answers.items()}
    place: dict[Students, int] = {}
    for found in (passages, sums):
        for rank, pair in enumerate(sorted(found, key=lambda pair: (-found[pair], pair))):
            place[pair] = min(rank, place.get(pair, rank))
    chosen = sorted(place, key=lambda pair: (place[pair], -passages.get(pair, 0.0), pair))[:most]
    return [
        Pair(pair, {task: mistake for task, (_, mistake) in answers.get(pair, {}).items()}) for pair in chosen
    ]


def marked(mine: Iterable[Passage], others: Sequence[Passage]) -> dict[str, list[Interval]]:
    """{cell: [(start, end)]} of the places in `mine` that `others` have, too, as [Passage] both."""
    from copydetect import compare_files

    found = {}
    for passage in mine:
        places = []
        for other in others:
            overlap, _, (here, _) = compare_files(passage.fingerprint, other.fingerprint)
            if overlap:
                places += [(int(start), int(end)) for start, end in zip(*here, strict=True)]
        if places:
            found[passage.cell] = united(places)
    return found


def united(places: Iterable[Interval]) -> list[Interval]:
    """Intervals (start, end) without overlaps, in order."""
    done: list[Interval] = []
    for start, end in sorted(places):
        if done and start <= done[-1][1]:
            done[-1] = done[-1][0], max(end, done[-1][1])
        else:
            done.append((start, end))
    return done
