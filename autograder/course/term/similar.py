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
from typing import NamedTuple

from autograder.course.directory import CourseError

LENGTH = 25  # characters of the shortest passage, copydetect's own default
WINDOW = 5  # at least one of so many neighbouring passages is kept
MOST_SHARED = 10  # students; what more of them have is common knowledge, as in MOSS (-m 10)
FEWEST = 3  # in small classes


class Passage(NamedTuple):
    """A cell of a student's notebook, and where its passages stand."""

    cell: str  # its id
    fingerprint: object  # copydetect.CodeFingerprint


class Pair(NamedTuple):
    """Two students, and what they share."""

    students: tuple
    passages: float = 0.0  # score
    answers: float = 0.0  # score
    same: dict = {}  # task -> known mistake that explains the same answer, or ""


def most_shared(count):
    """How many of so many students may have something in common without its being common knowledge."""
    return max(FEWEST, min(MOST_SHARED, count // 10))


def passages_of(cells):
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
            "pip install 'gmm-tf[grading,similar]'."
        ) from error
    return [
        Passage(name, CodeFingerprint("cell.py", LENGTH, WINDOW, filter=code, fp=io.StringIO(text)))
        for name, (text, code) in cells.items()
        if len(text) >= LENGTH
    ]


def told_apart(students, common):
    """Take out of all passages what is common knowledge -> {student: {what is left: its cell}}.

    Args:
        students: {student: [Passage]}; they are changed.
        common: [Passage] of the release and the reference.
    """
    known = set().union(*(passage.fingerprint.hashes for passage in common))
    count = collections.Counter()
    for passages in students.values():
        count.update(set().union(*(passage.fingerprint.hashes for passage in passages)) - known)
    rare = {one for one, students_with in count.items() if 1 < students_with <= most_shared(len(students))}
    for passage in itertools.chain.from_iterable(students.values()):
        passage.fingerprint.hashes &= rare
    return {
        student: {one: passage.cell for passage in passages for one in passage.fingerprint.hashes}
        for student, passages in students.items()
    }


def scores(features):
    """{(student, student): score} of all who share anything.

    Args:
        features: {student: {feature: cell}}.
    """
    owners = collections.defaultdict(list)
    for student, found in sorted(features.items()):
        for one in found:
            owners[one].append(student)
    information = collections.Counter()
    for one, having in owners.items():
        for pair in itertools.combinations(having, 2):
            information[pair, features[pair[0]][one]] += math.log(len(features) / len(having))
    total = collections.Counter()
    for (pair, _), amount in information.items():
        total[pair] += math.sqrt(amount)
    return {pair: score for pair, score in total.items() if score > 0}


def same_answers(students):
    """Pairs with the same rare wrong answer -> {(student, student): {task: (score, known mistake)}}.

    Args:
        students: {student: {task: (digests of wrong answers, known mistake or "")}}; for each task only
            answers that no student with full points gave.
    """
    holders, mistakes = collections.defaultdict(set), collections.Counter()
    for student, tasks in students.items():
        for task, (digests, mistake) in tasks.items():
            mistakes[task, mistake] += bool(mistake)
            for digest in digests:
                holders[task, digest].add(student)
    found = collections.defaultdict(dict)
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


def ranked(passages, answers, most):
    """The first Pairs in the order of either score.

    Args:
        passages: {pair: score}.
        answers: {pair: {task: (score, known mistake)}}.
        most: how many.
    """
    sums = {pair: sum(score for score, _ in tasks.values()) for pair, tasks in answers.items()}
    place = {}
    for found in (passages, sums):
        for rank, pair in enumerate(sorted(found, key=lambda pair: (-found[pair], pair))):
            place[pair] = min(rank, place.get(pair, rank))
    chosen = sorted(place, key=lambda pair: (place[pair], -passages.get(pair, 0.0), pair))[:most]
    return [
        Pair(
            pair,
            passages.get(pair, 0.0),
            sums.get(pair, 0.0),
            {task: mistake for task, (_, mistake) in answers.get(pair, {}).items()},
        )
        for pair in chosen
    ]


def marked(mine, others):
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


def united(places):
    """Intervals (start, end) without overlaps, in order."""
    done = []
    for start, end in sorted(places):
        if done and start <= done[-1][1]:
            done[-1] = done[-1][0], max(end, done[-1][1])
        else:
            done.append((start, end))
    return done
