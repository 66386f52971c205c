"""`sample_data`: independent draws, judged by statistical tests."""

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy.special import ndtr

from autograder.authoring import STRUCTURE, TERM
from autograder.authoring.counting import likely
from autograder.authoring.precision import double, single
from autograder.authoring.readings import judged_in_readings, readings_of
from autograder.engine.assignment import Question, Questions, task
from autograder.engine.judge import (
    Answer,
    Answers,
    Finding,
    Outcome,
    Verdict,
    best,
    cut_short,
    explain,
    known,
    no_answer,
    unexplained,
    unknown,
    verdict,
)
from autograder.tasks.gflownet_em.inputs import FOUR_SUPERCLUSTERS, right_and_own, shape_fault
from autograder.tasks.gflownet_em.oracle import OFFSETS, PETALS, STD

# Superclusters are told apart by position, so they lie far from each other.
THREE = single([[-300, 40], [10, 500], [400, -200]])
FOUR = single([[-300, 40], [10, 500], [400, -200], [-700, -900]])
# At most four superclusters with 19 tests each, and two more, each with this false-alarm rate: below 1e-7 in
# all.
FALSE_ALARM = 1e-9
# Cells between the petals and through their middle, in each coordinate.
TINY = 1e-3  # numbers that differ less are the same
EDGES = np.array([-np.inf, -np.sqrt(0.5), 0, np.sqrt(0.5), np.inf])


def sample_data_questions(rng: np.random.Generator) -> Questions:
    asked = {}
    for label, n, means in (("few", 1_500, THREE), ("four", 4_000, FOUR), ("many", 20_000, THREE)):
        asked[label] = Question("sample_data", (n, means), group="many" if label == "many" else "few")
    return right_and_own(asked)


def looks_drawn(
    x: np.ndarray, means: np.ndarray, leaves: np.ndarray, sigma: float = STD, offsets: np.ndarray = OFFSETS
) -> bool:
    """Whether x (n, 2) are independent draws, where leaves (C, P) are the probabilities of the leaves.

    Exact binomial tests of the superclusters' counts and of the counts of cells around each, and a
    Kolmogorov-Smirnov test of each coordinate, which is a mixture over petals; also of its absolute value
    around all superclusters together, which shows the shape of the noise.
    """
    i = np.argmin(((x[:, None] - means) ** 2).sum(2), axis=1)

    def below(value, axis, weights):
        """P(coordinate around its supercluster <= value)."""
        return ndtr((np.asarray(value)[..., None] - offsets[:, axis]) / sigma) @ weights

    def within(value, axis):
        return below(value, axis, leaves.sum(0)) - below(-np.asarray(value), axis, leaves.sum(0))

    distance = np.abs(x - means[i])
    if any(scipy.stats.kstest(distance[:, d], within, args=(d,)).pvalue < FALSE_ALARM for d in (0, 1)):
        return False
    for c, mean in enumerate(means):
        around, share = x[i == c] - mean, leaves[c].sum()
        if not likely(len(around), len(x), share, FALSE_ALARM):
            return False
        if share > 0 and len(around):
            weights = leaves[c] / share
            steps = EDGES[:, None, None] - offsets
            along = np.diff(ndtr(steps / sigma), axis=0)  # (cells, P, 2)
            cells = np.einsum("ap,bp,p->ab", along[..., 0], along[..., 1], weights)
            counts = np.histogram2d(around[:, 0], around[:, 1], bins=[np.clip(EDGES, -1e9, 1e9)] * 2)[0]
            if not likely(counts, len(around), cells, FALSE_ALARM):
                return False
            for d in (0, 1):
                if scipy.stats.kstest(around[:, d], below, args=(d, weights)).pvalue < FALSE_ALARM:
                    return False
    return True


def uniform(c: int) -> np.ndarray:
    return np.full((c, PETALS), 1 / (c * PETALS))


def tied(c: int) -> np.ndarray:
    """Petal k for supercluster k only."""
    return np.eye(c, PETALS) / c


def rounded_uniform(count: int) -> np.ndarray:
    """Probabilities of a uniform number between 0 and count - 1 that is rounded."""
    ends = np.isin(np.arange(count), (0, count - 1))
    return np.where(ends, 0.5, 1.0) / (count - 1)


SAMPLE_DATA_MISTAKES = [
    known("petals-forgotten", STRUCTURE, "The offsets of the petals are left out.",
          "A point is supercluster, plus petal, plus noise.", offsets=np.zeros_like(OFFSETS)),
    known("offsets-scaled", TERM, "The offsets are multiplied by sigma.",
          "Only the noise is scaled by sigma.", offsets=STD * OFFSETS),
    known("one-petal", STRUCTURE, "All points have the first petal.", "Draw a petal for each point.",
          leaves=lambda c: np.eye(PETALS)[0] / c * np.ones((c, 1))),
    known("petal-tied-to-supercluster", STRUCTURE, "The petal is not drawn apart from the supercluster.",
          "Draw two numbers for each point, independently.", leaves=tied),
    known("last-petal-left-out", TERM, "The last petal is never drawn.",
          "Check whether the upper bound of the random integers is included.",
          leaves=lambda c: np.repeat([[1 / 3] * 3 + [0.0]], c, axis=0) / c),
    known("last-supercluster-left-out", TERM, "The last supercluster is never drawn.",
          "Check whether the upper bound of the random integers is included.",
          leaves=lambda c: np.arange(c)[:, None] < c - np.ones(PETALS)),
    known("ends-half-as-often", TERM,
          "The first and last supercluster, and petal, come half as often as the others.",
          "A uniform number that is rounded does that: draw integers, for example with np.random.randint.",
          leaves=lambda c: np.outer(rounded_uniform(c), rounded_uniform(PETALS))),
    known("variance-for-sigma", TERM, "The noise is multiplied by the variance, not by sigma.",
          "STD is the standard deviation.", sigma=STD**2),
    known("sigma-for-variance", TERM, "The noise is multiplied by the root of sigma.",
          "STD is the standard deviation: no root is needed.", sigma=STD**0.5),
    known("noise-too-narrow", TERM, "The noise has standard deviation STD / sqrt(2).",
          "STD is the standard deviation of each coordinate: do not divide it between the two.",
          sigma=STD / np.sqrt(2)),
    known("sigma-forgotten", TERM, "The noise has standard deviation 1.",
          "Multiply standard normal noise by STD.", sigma=1.0),
]  # fmt: skip
SAME_NOISE = Finding(
    "same-noise-in-both-coordinates",
    "Both coordinates of a point have the same noise.",
    "Draw noise of shape (n, 2).",
    kind=STRUCTURE,
)
NO_NOISE = Finding(
    "no-noise",
    "There is no noise around the leaves.",
    "Add normal noise with standard deviation STD in each coordinate.",
    kind=STRUCTURE,
)
NOISE_ONCE = Finding(
    "noise-drawn-once", "All points have the same noise.", "Draw noise anew for every point.", STRUCTURE
)
ONE_LEAF = Finding(
    "one-leaf",
    "All points come from one supercluster, or from one petal: it is drawn once.",
    "Draw a supercluster and a petal for every point.",
    kind=STRUCTURE,
)


UNEVEN_SUPERCLUSTERS = Finding(
    "superclusters-not-uniform",
    "The superclusters do not come equally often.",
    "Each supercluster has the same probability.",
    kind=TERM,
)
UNEVEN_PETALS = Finding(
    "petals-not-uniform",
    "The petals do not come equally often.",
    "Each petal has the same probability, in every supercluster.",
    kind=TERM,
)


UNIFORM_NOISE = Finding(
    "uniform-noise",
    "The noise has the right width, but it is uniform.",
    "Draw normal noise, for example with tf.random.normal.",
    kind=TERM,
)


EXACT_COUNTS = Finding(
    "exact-counts",
    "Each supercluster has exactly its share of the points.",
    "Draw the supercluster of each point independently, for example with np.random.randint.",
    kind=STRUCTURE,
)


def normalised(leaves: ArrayLike) -> np.ndarray:
    leaves = np.asarray(leaves, float)
    return leaves / leaves.sum()


WRONG_DRAWS = unknown(
    "Superclusters, petals or noise are not those of the model.",
    "Plot the points around one supercluster: four even clouds, each of width sigma.",
)


@task("sample_data", "sample_data", sample_data_questions)
def sample_data(questions: Questions, answers: Answers) -> Verdict:
    """The data are independent draws: uniform supercluster, uniform petal, normal noise."""

    def judged(reading):
        main = "many" if reading.answers["many"].arrived else "few"  # a slow loop is a right answer too
        result, four = (judge_draws(reading.asked[name], reading.answers[name]) for name in (main, "four"))
        if result.outcome == Outcome.CORRECT and not result.findings:
            if all(has_exact_counts(reading.asked[name], some) for name, some in reading.answers.items()):
                return verdict([EXACT_COUNTS])
        limited = verdict([FOUR_SUPERCLUSTERS])
        if result.share <= limited.share and four.outcome == Outcome.CORRECT:
            return result if cut_short(result) else limited
        return best([result, four]) if result.outcome == Outcome.ERROR else result

    return judged_in_readings(readings_of(questions, answers), judged)


def judge_draws(question: Question, answer: Answer) -> Verdict:
    """The verdict on the points of one call."""
    if not answer.arrived:
        return no_answer(answer)
    n, means = question.arguments
    x, findings = answer.array("value"), []
    if x.shape == (2, n):
        findings.append(shape_fault(x.shape, f"[n = {n}, 2]", "One row for each point."))
        x = x.T
    elif x.shape != (n, 2):
        if x.ndim != 2 or x.shape[1] != 2 or not n / 20 < len(x) < 20 * n:
            return unexplained(f"Expected shape [n = {n}, 2], got {list(x.shape)}.")
        words = f"Expected {n} points, got {len(x)}."
        hint = "Draw supercluster and petal for each of the n points."
        findings.append(Finding("wrong-number-of-points", words, hint, STRUCTURE))
    if not np.all(np.isfinite(x)):
        return unexplained("Some of the points are not finite.")
    if not np.ptp(x, axis=0).any():
        return unexplained("All points are the same.")
    means = double(means)

    def agrees(pieces):
        leaves = normalised(pieces.get("leaves", uniform)(len(means)))
        return looks_drawn(x, means, leaves, **{k: v for k, v in pieces.items() if k != "leaves"})

    if agrees({}):
        return verdict(findings)
    named = degenerate(x, means) or explain(agrees, SAMPLE_DATA_MISTAKES)
    return verdict(findings + (named or uneven(x, means) or uniform_noise(x, means) or [WRONG_DRAWS]))


def has_exact_counts(question: Question, answer: Answer) -> bool:
    """Whether all superclusters have the same count but for rounding; chance does so once in 1e8 readings."""
    n, means = question.arguments
    x = answer.array("value") if answer.arrived else np.zeros(0)
    if x.shape != (n, 2):
        return False
    counts = np.bincount(np.argmin(((x[:, None] - means) ** 2).sum(2), axis=1), minlength=len(means))
    return bool(np.all(np.abs(counts - n / len(means)) < 3))


def uneven(x: np.ndarray, means: np.ndarray) -> list[Finding]:
    """Findings about draws that are right but for the probabilities of superclusters, or of petals."""
    i = np.argmin(((x[:, None] - means) ** 2).sum(2), axis=1)
    j = np.argmin(((x - means[i])[:, None] - OFFSETS) ** 2 @ np.ones(2), axis=1)
    of_i, of_j = np.bincount(i, minlength=len(means)) / len(x), np.bincount(j, minlength=PETALS) / len(x)
    for leaves, finding in (
        (of_i[:, None] * np.full(PETALS, 1 / PETALS), UNEVEN_SUPERCLUSTERS),
        (of_j * np.full((len(means), 1), 1 / len(means)), UNEVEN_PETALS),
    ):
        if looks_drawn(x, means, leaves):
            return [finding]
    return []


def uniform_noise(x: np.ndarray, means: np.ndarray) -> list[Finding]:
    """Findings about noise that is uniform around the nearest leaf, with the right standard deviation."""
    leaves = (means[:, None] + OFFSETS).reshape(-1, 2)
    noise = x - leaves[np.argmin(((x[:, None] - leaves) ** 2).sum(2), axis=1)]
    even = scipy.stats.uniform(-np.sqrt(3) * STD, 2 * np.sqrt(3) * STD)
    fits = all(scipy.stats.kstest(noise[:, d], even.cdf).pvalue >= FALSE_ALARM for d in (0, 1))
    return [UNIFORM_NOISE] if fits else []


def degenerate(x: np.ndarray, means: np.ndarray) -> list[Finding]:
    """Findings about draws that were made once for many points, where all the rest is that of the model."""
    i = np.argmin(((x[:, None] - means) ** 2).sum(2), axis=1)
    around = x - means[i]
    j = np.argmin(((around[:, None] - OFFSETS) ** 2).sum(2), axis=1)
    noise = around - OFFSETS[j]
    even = [drawn_evenly(i, len(means)), drawn_evenly(j, PETALS)]
    if even[0] and even[1]:
        if np.abs(noise).max() < TINY:
            return [NO_NOISE]
        if np.ptp(noise, axis=0).max() < TINY:
            return [NOISE_ONCE]
        if np.mean(np.abs(noise[:, 0] - noise[:, 1]) < TINY) > 0.9 and looks_normal(noise[:, :1]):
            return [SAME_NOISE]
    # But for the noise's tails; the first petal alone is a mistake of its own.
    petals = np.bincount(j, minlength=PETALS)
    once = [len(np.unique(i)) == 1, petals[1:].max() > 0.95 * len(x)]
    if any(once) and all(map(any, zip(even, once, strict=True))) and looks_normal(noise):
        return [ONE_LEAF]
    return []


def drawn_evenly(drawn: np.ndarray, count: int) -> bool:
    """Whether numbers below `count` come equally often: an exact test of each."""
    counts = np.bincount(drawn, minlength=count)
    return likely(counts, len(drawn), np.full(count, 1 / count), FALSE_ALARM)


def looks_normal(noise: np.ndarray) -> bool:
    """Whether each coordinate of the noise (n, d) is normal with the model's sigma, but for its far tails.

    Points so far from their petal that another is nearer count for that one.
    """
    right = scipy.stats.norm(0, STD).cdf
    return all(scipy.stats.kstest(column, right).pvalue >= FALSE_ALARM for column in noise.T)
