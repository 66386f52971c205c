"""`sample_posterior`: draws from the policy's own probabilities, judged by statistical tests."""

import itertools
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.special import softmax

from autograder.authoring import NOTHING, STRUCTURE, TERM
from autograder.authoring.counting import likely
from autograder.authoring.precision import double, single
from autograder.engine.assignment import Question, Questions, task
from autograder.engine.judge import (
    Answer,
    Answers,
    Finding,
    Outcome,
    Verdict,
    best,
    convention,
    cut_short,
    explain,
    known,
    no_answer,
    no_numbers_wrong,
    unexplained,
    unknown,
    verdict,
)
from autograder.tasks.gflownet_em.inputs import FOUR_SUPERCLUSTERS
from autograder.tasks.gflownet_em.oracle import PETALS

# A test for each leaf and each supercluster at each of these points and at all together, each with this
# false-alarm rate: below 5e-7 in all, also where four questions are looked at.
POINTS = 5
FALSE_ALARM = 1e-9
OWN_WIDTH = 5
TWICE = "five"  # the question that is asked twice
# A student's own policy that is so sure of one pair at every point leaves nothing to draw.
CERTAIN = 0.99


class Probabilities(NamedTuple):
    """What a policy says at POINTS points."""

    logits_i: np.ndarray  # (S, C)
    logits_j: np.ndarray  # (S, C, P) given i
    at_zeros: np.ndarray  # (S, P) of the petals where no supercluster is chosen


def sample_posterior_questions(rng: np.random.Generator) -> Questions:
    asked = {}
    for label, c, repeats, group, uneven, strength in (
        ("few", 3, 40, "few", 0.75, 4.0),
        ("five", 5, 40, "few", 0.75, 4.0),
        # So uneven that draws which explore a little show.
        ("many", 3, 3_000, "many", 2.0, 2.5),
        ("four", 4, 1_500, "many", 0.75, 1.2),
    ):
        while True:
            # Probabilities that differ between points, superclusters and petals.
            weights = (
                # The last supercluster is likely: a one-hot of width four has no room for the fifth.
                rng.normal(0, 0.6, (2, c)), uneven * np.linspace(-1.0, 1.0, c) + 0.25,
                rng.normal(0, 0.7, (2, PETALS)), rng.permutation(np.linspace(-1.2, 1.2, PETALS)),
                strength * rng.permuted(np.tile([-1.0, -0.3, 0.4, 1.0], (c, 1)), axis=1),
            )  # fmt: skip
            x = np.tile(rng.uniform(-1.5, 1.5, (POINTS, 2)), (repeats, 1))
            arguments = [single(value) for value in (x, *weights)]
            if label != "many" or mistakes_apart(of_table(*arguments), repeats):
                break
        probe = "sample_posterior_twice" if label == TWICE else "sample_posterior"
        asked[label] = Question(probe, tuple(arguments), group=group)
    x = single(np.tile(1.5 * rng.normal(size=(POINTS, 2)), (3_000, 1)))
    asked["own"] = Question("sample_own_posterior", (x, OWN_WIDTH), group="own", fallback=True)
    return asked


# Standard errors between two frequencies that a test at FALSE_ALARM, of draws that vary, tells apart.
CLEARLY = 10.0


def mistakes_apart(policy: Probabilities, n: int) -> bool:
    """Whether n draws at each point tell right draws and all known mistakes from each other."""
    tables = [("right", right(policy))]
    tables += [(mistake.id, way["q"](policy)) for mistake in SAMPLING_MISTAKES for way in mistake.variants]
    return all(
        first[0] == second[0]
        or np.max(np.abs(first[1] - second[1]) / np.sqrt((first[1] + second[1]) / 2 / n + 1e-12)) > CLEARLY
        for first, second in itertools.combinations(tables, 2)
    )


def of_table(
    x: np.ndarray,
    to_i: np.ndarray,
    bias_i: np.ndarray,
    to_j: np.ndarray,
    bias_j: np.ndarray,
    given_i: np.ndarray,
) -> Probabilities:
    """Probabilities of the policy that the question brings."""
    x = double(x[:POINTS])
    at_zeros = x @ to_j + bias_j
    return Probabilities(x @ to_i + bias_i, at_zeros[:, None] + given_i[None], at_zeros)


def right(p: Probabilities) -> np.ndarray:
    """Probability of each pair, (S, C, P)."""
    return softmax(p.logits_i, 1)[..., None] * softmax(p.logits_j, 2)


def pairs(i: np.ndarray, j: np.ndarray) -> np.ndarray:
    return i[..., None] * j


def even(p: np.ndarray) -> np.ndarray:
    return np.full(p.shape, 1 / p.shape[-1])


def one_hot_of_largest(p: np.ndarray) -> np.ndarray:
    return np.eye(p.shape[-1])[p.argmax(-1)]


def explored(logits: np.ndarray, rate: float = 0.1) -> np.ndarray:
    return (1 - rate) * softmax(logits, -1) + rate * even(logits)


def redrawn(p: Probabilities) -> np.ndarray:
    """The petal is drawn after another supercluster than the one that is returned."""
    petals = (softmax(p.logits_i, 1)[..., None] * softmax(p.logits_j, 2)).sum(1, keepdims=True)
    return pairs(softmax(p.logits_i, 1), petals)


def after_likeliest(p: Probabilities) -> np.ndarray:
    chosen = p.logits_i.argmax(1)
    return pairs(softmax(p.logits_i, 1), softmax(p.logits_j[np.arange(len(chosen)), chosen], 1)[:, None])


def after_probabilities(p: Probabilities) -> np.ndarray:
    """The petal's logits where the chosen supercluster is a row of probabilities; they are linear in it."""
    petals = (softmax(p.logits_i, 1)[..., None] * p.logits_j).sum(1, keepdims=True)
    return pairs(softmax(p.logits_i, 1), softmax(petals, 2))


def averaged(p: Probabilities) -> np.ndarray:
    """All points draw from probabilities that are averaged over the points."""
    i = np.broadcast_to(softmax(p.logits_i, 1).mean(0), p.logits_i.shape)
    return pairs(i, np.broadcast_to(softmax(p.logits_j, 2).mean(0), p.logits_j.shape))


def of_first_point(p: Probabilities) -> np.ndarray:
    """All points draw from the first point's probabilities."""
    i, j = softmax(p.logits_i[:1], 1), softmax(p.logits_j[:1], 2)
    return np.repeat(pairs(i, j), len(p.logits_i), axis=0)


def scaled(p: Probabilities, factor: float) -> np.ndarray:
    """The logits are multiplied by a factor."""
    return pairs(softmax(factor * p.logits_i, 1), softmax(factor * p.logits_j, 2))


def by_one_number(p: Probabilities) -> np.ndarray:
    """One uniform number chooses supercluster and petal: the lengths on which both choices agree."""
    i, j = np.cumsum(softmax(p.logits_i, 1), 1), np.cumsum(softmax(p.logits_j, 2), 2)
    below_i, below_j = i - softmax(p.logits_i, 1), j - softmax(p.logits_j, 2)
    return np.maximum(np.minimum(i[..., None], j) - np.maximum(below_i[..., None], below_j), 0)


SAMPLING_MISTAKES = [
    known("averaged-over-points", STRUCTURE, "All points draw from the average of their probabilities.",
          "Each row of x has probabilities of its own: draw once from each row.", q=averaged),
    known("first-row-only", STRUCTURE, "All points draw from the first row's probabilities.",
          "Each row of x has probabilities of its own: one draw from each row, not N from one.",
          q=of_first_point),
    known("same-random-number", STRUCTURE, "One random number chooses both i and j.",
          "Given i, the petal is a new draw: use a new random number.", q=by_one_number),
    known("petal-after-probabilities", STRUCTURE,
          "The petal is drawn given the probabilities of i, not given the drawn i.",
          "Feed the one-hot of the drawn i into the policy.", q=after_probabilities),
    known("exploration-kept", TERM, "The draws explore: a tenth of them is uniform.",
          "Explore while training only; here draw from the policy's own probabilities.",
          q=lambda p: pairs(explored(p.logits_i), explored(p.logits_j))),
    known("exploration-kept", TERM, "The draws of one level explore: a tenth of them is uniform.",
          "Explore while training only; here draw from the policy's own probabilities.",
          {"q": lambda p: pairs(explored(p.logits_i), softmax(p.logits_j, 2))},
          {"q": lambda p: pairs(softmax(p.logits_i, 1), explored(p.logits_j))}),
    known("likeliest-for-draw", STRUCTURE, "The likeliest choices are taken: nothing is drawn.",
          "Draw from the probabilities, for example with tf.random.categorical.",
          q=lambda p: pairs(one_hot_of_largest(p.logits_i), one_hot_of_largest(p.logits_j))),
    known("likeliest-supercluster", STRUCTURE, "The likeliest supercluster is taken, not drawn.",
          "Draw from the probabilities, for example with tf.random.categorical.",
          q=lambda p: pairs(one_hot_of_largest(p.logits_i), softmax(p.logits_j, 2))),
    known("likeliest-petal", STRUCTURE, "The likeliest petal is taken, not drawn.",
          "Draw from the probabilities, for example with tf.random.categorical.",
          q=lambda p: pairs(softmax(p.logits_i, 1), one_hot_of_largest(p.logits_j))),
    known("petal-ignores-the-supercluster", STRUCTURE, "The petal is drawn without regard to supercluster i.",
          "Call the policy again with the one-hot of i, and draw j from that.",
          q=lambda p: pairs(softmax(p.logits_i, 1), softmax(p.at_zeros, 1)[:, None])),
    known("petal-after-the-likeliest", STRUCTURE,
          "The petal is drawn given the likeliest supercluster, not given the drawn one.",
          "Feed the one-hot of the drawn i into the policy.", q=after_likeliest),
    known("supercluster-drawn-twice", STRUCTURE,
          "The petal is drawn for a different supercluster from the one that is returned.",
          "Draw i once, and use that draw in both places.", q=redrawn),
    known("uniform", NOTHING, "The draws are uniform: the policy is not used.",
          "Draw from the softmax of the policy's logits.",
          q=lambda p: pairs(even(p.logits_i), even(p.logits_j))),
    known("softmaxed-twice", STRUCTURE, "The probabilities went through softmax twice.",
          "tf.random.categorical wants logits, not probabilities.",
          q=lambda p: pairs(softmax(softmax(p.logits_i, 1), 1), softmax(softmax(p.logits_j, 2), 2))),
    *(known("logits-scaled", TERM, f"The logits are multiplied by {factor}.",
              "Draw from the policy's own probabilities: the softmax of its logits.",
              {"q": partial(scaled, factor=factor)})
      for factor in (0.5, 2)),
    known("negative", TERM, "The logits have the wrong sign.",
          "The larger the logit, the likelier the choice.", q=partial(scaled, factor=-1)),
]  # fmt: skip
SAME_FOR_ALL = Finding(
    "same-for-all-points",
    "All points draw from the same probabilities.",
    "Each row of x has probabilities of its own: draw once from each row.",
    kind=STRUCTURE,
)
SAME_AGAIN = Finding(
    "same-draws-again",
    "Every call returns the same draws.",
    "Do not set a seed in this function: EM needs new draws in each iteration.",
    kind=TERM,
)
WRONG_ORDER = Finding("wrong-order", "i and j are in the wrong order.", "Return i, then j.", STRUCTURE)


def looks_drawn(counts: np.ndarray, q: np.ndarray) -> bool:
    """Whether counts (S, C, P) are those of independent draws with probabilities q at each point.

    Exact binomial tests. That of all points together is conservative, since their sum varies less than
    a binomial with the mean probability (Hoeffding 1956, Ann. Math. Stat. 27, 713-721).
    """
    tables = [*zip(counts, q, strict=True), (counts.sum(0), q.mean(0))]
    tables += [(observed.sum(1), want.sum(1)) for observed, want in tables]
    return all(likely(observed, int(observed.sum()), want, FALSE_ALARM) for observed, want in tables)


def looks_right(counts: np.ndarray, policy: Probabilities) -> bool:
    return looks_drawn(counts, right(policy))


SUBTLE = ("exploration-kept",)  # it takes more draws than some questions have


def clearly_right(counts: np.ndarray, policy: Probabilities, subtle: bool) -> bool:
    """Whether counts are the policy's, and not also those of a known mistake.

    Args:
        subtle: whether mistakes count that few draws cannot tell from right ones.
    """
    return looks_right(counts, policy) and not any(
        looks_drawn(counts, way["q"](policy))
        for mistake in SAMPLING_MISTAKES
        for way in mistake.variants
        if subtle or mistake.id not in SUBTLE
    )


ONE_HOT = convention(
    "one-hot-returned",
    "One-hot vectors are returned, not indices.",
    "Return the index of the supercluster, and that of the petal.",
)
COUNTED_FROM_ONE = Finding(
    "counted-from-one", "The indices count from 1.", "Count superclusters and petals from 0.", kind=TERM
)
WRONG_DRAWS = unknown(
    "The frequencies of (i, j) are not the policy's probabilities.",
    "i from softmax of logits_i at zeros, then j from softmax of logits_j at the one-hot of i.",
)


@task("sample_posterior", "sample_posterior", sample_posterior_questions)
def sample_posterior(questions: Questions, answers: Answers) -> Verdict:
    """One draw of (i, j) for each row of x, from the policy's own probabilities, j given i."""

    def given_policy(label):
        is_right = partial(clearly_right, subtle=False) if label == "four" else looks_right
        return judge_draws(questions[label], answers[label], of_table(*questions[label].arguments), is_right)

    main = given_policy("many" if answers["many"].arrived else "few")  # a loop over rows is right, too
    five = given_policy("five")
    if main.outcome == Outcome.CORRECT and five.outcome != Outcome.CORRECT:
        both = answers["many"].arrived and answers["five"].arrived
        main = verdict([FOUR_SUPERCLUSTERS]) if both else five
    elif main.share <= verdict([FOUR_SUPERCLUSTERS]).share and not cut_short(main):
        four = given_policy("four")
        if four.outcome == Outcome.CORRECT:
            main = verdict([FOUR_SUPERCLUSTERS])
        elif main.outcome == Outcome.ERROR:
            main = best([main, four])
    if main.outcome == Outcome.CORRECT and same_again(questions[TWICE], answers[TWICE]):
        return verdict([*main.findings, SAME_AGAIN])
    if "own" not in answers or not answers["own"].arrived:
        return main
    return with_own_policy(main, questions["own"], answers["own"])


def same_again(question: Question, answer: Answer) -> bool:
    """Whether two calls drew the same, where chance does so less than once in 1e9."""
    q = right(of_table(*question.arguments))
    by_chance = len(question.arguments[0]) / POINTS * np.log((q**2).sum((1, 2))).sum()
    if not answer.arrived or by_chance > np.log(1e-9):
        return False
    both = zip(answer.arrays("parts", 2), answer.arrays("again", 2), strict=True)
    return all(np.array_equal(first, second) for first, second in both)


def judge_draws(
    question: Question,
    answer: Answer,
    policy: Probabilities,
    is_right: Callable[[np.ndarray, Probabilities], bool],
) -> Verdict:
    """The verdict on draws from a policy.

    Args:
        is_right: (counts, policy) -> whether they are the policy's.
    """
    if not answer.arrived:
        return no_answer(answer)
    n, c = len(question.arguments[0]), policy.logits_i.shape[1]
    i, j = answer.arrays("parts", 2)
    findings = []
    if (i.size, j.size) == (n * c, n * PETALS):
        findings.append(ONE_HOT)
        i, j = i.reshape(n, c).argmax(1), j.reshape(n, PETALS).argmax(1)
    elif i.size != n or j.size != n:
        words = f"Expected two arrays of shape [{n}], got {list(i.shape)} and {list(j.shape)}."
        return unexplained(words, "One draw for each row of x.")
    elif i.shape != (n,) or j.shape != (n,):
        words = f"Expected shapes [N], got {list(i.shape)} and {list(j.shape)}."
        findings.append(convention("wrong-shape", words, "Take column 0 of tf.random.categorical."))
    i, j = i.ravel(), j.ravel()
    if not all(np.all(v == np.round(v)) for v in (i, j)):
        return unexplained("i and j are not indices.", "Return integers from 0.")
    if i.min() == 1 and i.max() == c and j.min() == 1 and j.max() == PETALS:
        return verdict([COUNTED_FROM_ONE])
    counts, exchanged = table(i, j, c), table(j, i, c) if c != PETALS else None
    if exchanged is not None and looks_drawn(exchanged, right(policy)):
        return verdict([*findings, WRONG_ORDER])
    if counts is None:
        words = f"Here i is in 0..{c - 1} and j in 0..{PETALS - 1}."
        return unexplained("An index is outside of its range.", words)
    if is_right(counts, policy):
        return verdict(findings)
    named = explain(lambda pieces: looks_drawn(counts, pieces["q"](policy)), SAMPLING_MISTAKES)
    return verdict(findings + (named or same_for_all(counts, policy) or [WRONG_DRAWS]))


def with_own_policy(main: Verdict, question: Question, answer: Answer) -> Verdict:
    """The verdict, or a better one on draws from the student's own policy."""
    own = [answer.array(name) for name in ("logits_i", "logits_j", "at_zeros")]
    c = own[0].size // POINTS
    sizes = [POINTS * c, POINTS * c * PETALS, POINTS * PETALS]
    if [part.size for part in own] != sizes or not all(np.all(np.isfinite(part)) for part in own):
        return main
    shapes = ((POINTS, c), (POINTS, c, PETALS), (POINTS, PETALS))
    policy = Probabilities(*(part.reshape(shape) for part, shape in zip(own, shapes, strict=True)))
    drawn = answer.arrays("parts", 2)
    if right(policy).max((1, 2)).min() > CERTAIN or all(v.size and np.ptp(v) == 0 for v in drawn):
        return main  # what never varies fits by chance
    subtle = main.outcome != Outcome.ERROR  # numbers that were judged wrong weigh more than these
    found = judge_draws(question, answer, policy, partial(clearly_right, subtle=subtle))
    # A policy of one's own may be made for one's draws, so that only right draws from it count.
    return best([main, found]) if no_numbers_wrong(found) else main


def same_for_all(counts: np.ndarray, policy: Probabilities) -> list[Finding]:
    """Findings about draws that do not depend on the point, with i from the first point or from all."""
    pooled, of_i = counts.sum(0) / counts.sum(), counts.sum(2, keepdims=True)
    starts = softmax(policy.logits_i, 1)
    alike = looks_drawn(counts, np.broadcast_to(pooled, counts.shape)) and any(
        looks_drawn(of_i, np.broadcast_to(p[:, None], of_i.shape)) for p in (starts[0], starts.mean(0))
    )
    return [SAME_FOR_ALL] if alike else []


def table(i: np.ndarray, j: np.ndarray, c: int) -> np.ndarray | None:
    """Counts of pairs at each point, (S, C, P); None if an index is out of range."""
    if i.min() < 0 or j.min() < 0 or i.max() >= c or j.max() >= PETALS:
        return None
    counts = np.zeros((POINTS, c, PETALS))
    np.add.at(counts, (np.arange(len(i)) % POINTS, i.astype(int), j.astype(int)), 1)
    return counts
