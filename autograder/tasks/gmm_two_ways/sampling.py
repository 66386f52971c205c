"""`make_data`: independent draws, judged by statistical tests."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np
import scipy
from scipy.special import chdtr, chdtrc, ndtr, softmax

from autograder.authoring import NOTHING, STRUCTURE, TERM
from autograder.authoring.counting import likely
from autograder.authoring.precision import double, single
from autograder.engine.assignment import Question, Questions, task
from autograder.engine.judge import (
    Answer,
    Answers,
    Came,
    Finding,
    Outcome,
    Pieces,
    Verdict,
    convention,
    cut_short,
    explain,
    known,
    no_answer,
    unexplained,
    unknown,
    verdict,
)
from autograder.engine.scale import Kind
from autograder.tasks.gmm_two_ways.inputs import FIVE_COMPONENTS, wrong_shape

FAR = (
    single(np.log([0.55, 0.25, 0.15, 0.05]) + 1.3),
    single([-400, -100, 150, 450]),
    single(np.log([0.2, 2.0, 0.8, 3.0])),
)
# Sixteen tests, each with this false-alarm rate: below 1e-6 in all.
FALSE_ALARM = 1e-8
FIRST_LOOK = 101  # points that rule out most distribution functions


def make_data_questions(rng: np.random.Generator) -> Questions:
    five = (
        single([0.5, 1.5, 0.2, 1.0, 1.9]),
        single([-600, -300, 0, 300, 600]),
        single(np.log([0.3, 1.5, 0.6, 2.5, 0.8])),
    )
    return {
        "few": Question("sample", (2_000, *FAR), group="few"),
        "many": Question("sample", (20_000, *FAR), group="many"),
        "five": Question("sample", (4_000, *five), group="few"),
        "one": Question("sample", (1, *FAR), group="few"),
    }


Law = Callable[[np.ndarray], np.ndarray]  # a distribution function
Noise = Callable[[np.ndarray], Iterable[float]]  # standardised draws -> p-values


def distance_pvalue(x: np.ndarray, law: Law) -> float:
    """The p-value of the Kolmogorov-Smirnov test, or where it is below `FALSE_ALARM`, a bound that is, too.

    The distance at some of the points bounds that at all of them, and it bounds the p-value (Massart 1990).
    """
    ordered, n = np.sort(x), len(x)
    places = np.linspace(0, n - 1, FIRST_LOOK).astype(int)
    values = law(ordered[places])
    distance = max(((places + 1) / n - values).max(), (values - places / n).max())
    bound = 2 * np.exp(-2 * n * distance**2)
    return bound if bound < FALSE_ALARM else scipy.stats.kstest(ordered, law).pvalue


def normal_noise(e: np.ndarray) -> Iterator[float]:
    """p-values of standard normal noise: normal, chi-square and Kolmogorov-Smirnov test.

    By SciPy's special functions: to make a distribution of `scipy.stats` takes longer than most tests.
    """
    yield 2 * ndtr(-abs(e.mean()) * np.sqrt(len(e)))
    square, freedom = ((e - e.mean()) ** 2).sum(), len(e) - 1
    yield 2 * min(chdtr(freedom, square), chdtrc(freedom, square))
    yield distance_pvalue(e, ndtr)


def uniform_noise(low: float, high: float) -> Noise:
    return lambda e: [distance_pvalue(e, lambda x: np.clip((x - low) / (high - low), 0, 1))]


def truncated_noise(e: np.ndarray) -> list[float]:
    """p-values of normal noise without what lies more than two sigma away."""
    if np.abs(e).max() > 2.01:
        return [0.0]
    return [distance_pvalue(e, scipy.stats.truncnorm(-2, 2).cdf)]


def no_noise(e: np.ndarray) -> list[float]:
    return [float(np.abs(e).max() < 1e-3)]


def one_draw(e: np.ndarray) -> list[float]:
    """Noise that all points of a component share."""
    return [float(np.ptp(e) < 1e-3 < np.abs(e).max() < 7)]


def looks_drawn(
    x: np.ndarray, weights: np.ndarray, means: np.ndarray, sigmas: np.ndarray, noise: Noise = normal_noise
) -> bool:
    """Whether counts, means, variances and shapes per component are those of independent draws.

    Components are told apart by position: exact binomial test of their counts, and tests of the noise.
    """
    z = np.argmin(np.abs(x[:, None] - means), axis=1)
    counts = np.bincount(z, minlength=len(means))
    if not likely(counts, len(x), weights, FALSE_ALARM):
        return False
    for k, (mean, sigma) in enumerate(zip(means, sigmas, strict=True)):
        if counts[k] > 1 and any(value < FALSE_ALARM for value in noise((x[z == k] - mean) / sigma)):
            return False
    return True


def normal(mean: float, sigma: float) -> Law:
    return lambda x: ndtr((x - mean) / sigma)


def normals(weights: np.ndarray, means: np.ndarray, sigmas: np.ndarray) -> Law:
    """The distribution function of a mixture of normals."""
    return lambda x: ndtr((x[:, None] - means) / sigmas) @ weights


def crossed(weights: np.ndarray, means: np.ndarray, sigmas: np.ndarray) -> Law:
    """The mean is that of one drawn component, the noise that of another."""
    both = np.outer(weights, weights).ravel()
    return normals(both, np.repeat(means, len(means)), np.tile(sigmas, len(sigmas)))


def even(weights: np.ndarray) -> np.ndarray:
    return np.full(len(weights), 1 / len(weights))


def only(logits: np.ndarray, k: int) -> np.ndarray:
    """Weights with which only component k is drawn."""
    return np.eye(len(logits))[k]


MAKE_DATA_MISTAKES = [
    known("weights-forgotten", STRUCTURE, "All components are drawn equally often.",
          "The mixing weights are the softmax of the logits.",
          weights=even),
    known("weights-softmaxed-twice", STRUCTURE, "The mixing weights went through softmax twice.",
          "`tf.random.categorical` wants logits, not probabilities.",
          weights=lambda logits: softmax(softmax(logits))),
    known("sigma-not-exponentiated", STRUCTURE, "log sigma is used where sigma belongs.",
          "The standard deviation is exp(lsigmas).", sigmas=np.abs),
    known("variance-for-sigma", TERM, "The noise is multiplied by the variance, not by sigma.",
          "A standard normal draw is scaled by the standard deviation.",
          sigmas=lambda lsigmas: np.exp(2 * lsigmas)),
    known("sigma-for-variance", TERM, "exp(lsigmas) is used as the variance.",
          "exp(lsigmas) is the standard deviation: no square root is needed.",
          sigmas=lambda lsigmas: np.exp(0.5 * lsigmas)),
    known("sigma-forgotten", STRUCTURE, "The noise has standard deviation 1 in every component.",
          "Scale the standard normal draw of each point by its component's sigma.", sigmas=np.ones_like),
    known("noise-too-narrow", TERM, "The noise has standard deviation sigma / sqrt(2).",
          "Standard normal noise has variance 1: does yours? In Box and Muller's formula, look at the "
          "radius.", sigmas=lambda lsigmas: np.exp(lsigmas) / np.sqrt(2)),
    known("one-component", STRUCTURE, "All points come from one component.",
          "Draw a component for each of the N points.",
          *({"weights": partial(only, k=k)} for k in range(4))),
    known("uniform-noise", STRUCTURE, "The noise is uniform, not normal.",
          "A component is a normal distribution.",
          *({"noise": uniform_noise(*ends)}
            for ends in ((-1, 1), (0, 1), (-0.5, 0.5), (-np.sqrt(3), np.sqrt(3))))),
    known("truncated-noise", TERM, "The noise has no tails: nothing is more than two sigma from the mean.",
          "tf.random.truncated_normal draws again beyond two sigma; use tf.random.normal.",
          noise=truncated_noise),
    known("no-noise", STRUCTURE, "There is no noise: each point is its component's mean.",
          "A draw from a normal distribution is its mean plus sigma times noise.", noise=no_noise),
    known("noise-drawn-once", STRUCTURE, "All points of a component share one draw of noise.",
          "Draw noise anew for every point.", noise=one_draw),
    *(known("average-of-components", STRUCTURE, "Each point is an average over the components.",
              "First draw which component a point comes from, then draw from that component alone.",
              {"law": law})
      for law in (
          lambda w, m, s: normal(w @ m, np.sqrt(w**2 @ s**2)),
          lambda w, m, s: normal(w @ m, w @ s),  # with one draw of noise for all components
          lambda w, m, s: normal(m.mean(), np.sqrt(even(w) ** 2 @ s**2)),
          lambda w, m, s: normal(m.mean(), s.mean()))),
    known("component-drawn-twice", STRUCTURE, "Mean and sigma of a point come from two draws.",
          "Draw the component once, and take both its mean and its sigma.", law=crossed),
    known("means-forgotten", STRUCTURE, "The means are left out.",
          "A draw from a normal distribution is its mean plus sigma times noise.",
          law=lambda w, m, s: normals(w, 0 * m, s)),
]  # fmt: skip


# These keep their share only where all the rest is right: with wrong weights too, the means are handed back.
NO_FRESH_NOISE = {"no-noise", "noise-drawn-once"}
IGNORES_PARAMETERS = Finding(
    "parameters-ignored",
    "The points are the same, whatever logits, means and lsigmas are.",
    "Draw a component with the weights of the logits, then take its mean and its sigma.",
    kind=NOTHING,
)


def same_law(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether the samples of two questions look drawn from one distribution; the right ones are far apart."""
    if not (first.size and second.size and np.all(np.isfinite(first)) and np.all(np.isfinite(second))):
        return False
    return scipy.stats.ks_2samp(first, second, method="asymp").pvalue >= FALSE_ALARM


REPEATED = Finding(
    "repeated-draws",
    "Most of the points are copies of each other.",
    "Draw noise anew for every point.",
    kind=STRUCTURE,
)
WRONG_DRAWS = unknown(
    "Counts, means or spreads of the components are not those of the mixture.",
    "Compare a histogram of each component with its mean and sigma.",
)


EXACT_COUNTS = Finding(
    "exact-counts",
    "Each component has exactly its share of the points.",
    "Draw the component of each point independently, for example with tf.random.categorical.",
    kind=STRUCTURE,
)
NOT_FOR_ONE_POINT = convention(
    "not-for-one-point",
    "Fails for N = 1.",
    "The result has shape (1, 1) then; tf.squeeze without an axis also removes the axis of the points.",
    Kind.INPUT_TYPE,
)


@task("make_data", "make_data", make_data_questions)
def make_data(questions: Questions, answers: Answers) -> Verdict:
    """The data are independent draws from the mixture, in any order."""
    drawn = [answers[name].array("value").ravel() for name in ("few", "five") if answers[name].arrived]
    if len(drawn) == 2 and same_law(*drawn):
        return verdict([IGNORES_PARAMETERS])
    name = "many" if answers["many"].arrived else "few"  # a slow loop over the points is a right answer too
    main = judge_draws(questions[name], answers[name])
    if main.outcome == Outcome.CORRECT and not main.findings:
        arrived = [label for label in ("few", "five", "many") if answers[label].arrived]
        if len(arrived) > 1 and all(has_exact_counts(questions[n], answers[n]) for n in arrived):
            return verdict([EXACT_COUNTS])
        one = answers["one"]
        if one.kind == Came.ERROR or one.arrived and one.array("value").shape != (1, 1):
            return verdict([NOT_FOR_ONE_POINT])
    if main.share < verdict([FIVE_COMPONENTS]).share and answers["five"].arrived:
        if judge_draws(questions["five"], answers["five"]).outcome == Outcome.CORRECT:
            return main if cut_short(main) else verdict([FIVE_COMPONENTS])
    return main


def judge_draws(question: Question, answer: Answer) -> Verdict:
    """The verdict on the points of one call."""
    if not answer.arrived:
        return no_answer(answer)
    n, value = question.arguments[0], answer.array("value")
    x, findings = value.ravel(), []
    if not n / 10 < x.size < 10 * n:
        return unexplained(f"Expected {n} points, got {x.size}.")
    if x.size != n:
        words, hint = f"Expected {n} points, got {x.size}.", "Draw a component for each of the N points."
        findings.append(Finding("wrong-number-of-points", words, hint, STRUCTURE))
    elif value.shape != (n, 1):
        findings.append(wrong_shape(value, [f"N = {n}", "1"]))
    finite = np.all(np.isfinite(x))
    right = finite and drawn_with(x, question, {})
    named = []
    if finite and not right:
        named = explain(partial(drawn_with, x, question), MAKE_DATA_MISTAKES, [x])
    if len(named) > 1:
        named = [f._replace(kind=NOTHING) if f.id in NO_FRESH_NOISE else f for f in named]
    if len(np.unique(x)) < n / 2 and not NO_FRESH_NOISE & {finding.id for finding in named}:
        findings.append(REPEATED)
    return verdict(findings if right else findings + (named or [WRONG_DRAWS]))


def has_exact_counts(question: Question, answer: Answer) -> bool:
    """Whether all counts are as expected but for rounding; chance does so once in 1e8 pairs of questions."""
    n, logits, means, _ = question.arguments
    z = np.argmin(np.abs(answer.array("value").reshape(-1, 1) - double(means)), axis=1)
    counts = np.bincount(z, minlength=len(means))
    return bool(np.all(np.abs(counts - n * softmax(double(logits))) < 2))


def drawn_with(x: np.ndarray, question: Question, pieces: Pieces) -> bool:
    """Whether points look drawn from the mixture of a question with these pieces exchanged."""
    _, logits, means, lsigmas = question.arguments
    weights = pieces.get("weights", softmax)(double(logits))
    sigmas, means = pieces.get("sigmas", np.exp)(double(lsigmas)), double(means)
    if "law" in pieces:
        return distance_pvalue(x, pieces["law"](weights, means, sigmas)) >= FALSE_ALARM
    return looks_drawn(x, weights, means, sigmas, pieces.get("noise", normal_noise))
