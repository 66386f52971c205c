"""`make_data`: independent draws, judged by statistical tests."""

import numpy as np
from scipy import stats
from scipy.special import softmax

from autograder.judge import Finding, Mistake, explain, no_answer, unknown, verdict
from autograder.tasks import Question, task
from autograder.tasks.gmm_two_ways.inputs import FIVE_COMPONENTS, wrong_shape

FAR = (
    np.float32(np.log([0.55, 0.25, 0.15, 0.05]) + 1.3),
    np.float32([-400, -100, 150, 450]),
    np.float32(np.log([0.2, 2.0, 0.8, 3.0])),
)
# Sixteen tests, each with this false-alarm rate: below 1e-6 in all.
FALSE_ALARM = 1e-8


def make_data_questions(rng):
    five = (np.float32([0.5, 1.5, 0.2, 1.0, 1.9]), np.float32([-600, -300, 0, 300, 600]),
            np.float32(np.log([0.3, 1.5, 0.6, 2.5, 0.8])))  # fmt: skip
    return {
        "few": Question("sample", (2_000, *FAR), group="few"),
        "many": Question("sample", (20_000, *FAR), group="many"),
        "five": Question("sample", (4_000, *five), group="few"),
    }


def looks_drawn(x, weights, means, sigmas):
    """Whether counts, means, variances and shapes per component are those of independent draws.

    Components are told apart by position: exact binomial, normal, chi-square and
    Kolmogorov-Smirnov test of each.
    """
    z = np.argmin(np.abs(x[:, None] - means), axis=1)
    for k, (weight, mean, sigma) in enumerate(zip(weights, means, sigmas, strict=True)):
        e = (x[z == k] - mean) / sigma
        n = len(e)
        p = [stats.binomtest(n, len(x), weight).pvalue]
        if n > 1:
            chi = stats.chi2(n - 1)
            square = ((e - e.mean()) ** 2).sum()
            p += [
                2 * stats.norm.sf(abs(e.mean()) * np.sqrt(n)),
                2 * min(chi.cdf(square), chi.sf(square)),
                stats.kstest(e, "norm").pvalue,
            ]
        if min(p) < FALSE_ALARM:
            return False
    return True


MAKE_DATA_MISTAKES = [
    Mistake("weights-forgotten", "structure", "All components are drawn equally often.",
            "The mixing weights are the softmax of the logits.",
            {"weights": lambda logits: np.full(len(logits), 1 / len(logits))}, "logits"),
    Mistake("weights-softmaxed-twice", "structure", "The mixing weights went through softmax twice.",
            "`tf.random.categorical` wants logits, not probabilities.",
            {"weights": lambda logits: softmax(softmax(logits))}, "logits"),
    Mistake("sigma-not-exponentiated", "structure", "log sigma is used where sigma belongs.",
            "The standard deviation is exp(lsigmas).",
            {"sigmas": np.abs}, "lsigmas"),
    Mistake("variance-for-sigma", "term", "The noise is multiplied by the variance, not by sigma.",
            "A standard normal draw is scaled by the standard deviation.",
            {"sigmas": lambda lsigmas: np.exp(2 * lsigmas)}, "lsigmas"),
    Mistake("sigma-for-variance", "term", "exp(lsigmas) is taken for the variance.",
            "exp(lsigmas) is the standard deviation: no square root is needed.",
            {"sigmas": lambda lsigmas: np.exp(0.5 * lsigmas)}, "lsigmas"),
    Mistake("sigma-forgotten", "structure", "The noise has standard deviation 1 in every component.",
            "Scale the standard normal draw of each point by its component's sigma.",
            {"sigmas": np.ones_like}, "lsigmas"),
]  # fmt: skip


@task("make_data", 5, "make_data", make_data_questions)
def make_data(questions, answers):
    """The data are independent draws from the mixture, in any order."""

    def judged(name):
        n, logits, means, lsigmas = questions[name].arguments
        answer = answers[name]
        if not answer.arrived:
            return no_answer(answer)
        value = answer.array("value")
        x, findings = value.ravel(), []
        if not n / 10 < x.size < 10 * n:
            return verdict([unknown(f"Expected {n} points, got {x.size}.")])
        if x.size != n:
            findings.append(
                Finding("wrong-number-of-points", f"Expected {n} points, got {x.size}.",
                        "Draw a component for each of the N points.", keep=0.4)
            )  # fmt: skip
        elif value.shape != (n, 1):
            findings.append(wrong_shape(value, [f"N = {n}", "1"]))
        if len(np.unique(x)) < n / 2:
            findings.append(
                Finding("repeated-draws", "Most of the points are copies of each other.",
                        "Draw noise anew for every point.", keep=0.4)
            )  # fmt: skip
        means = np.float64(means)

        def agrees(pieces):
            weights = pieces.get("weights", softmax)(np.float64(logits))
            sigmas = pieces.get("sigmas", np.exp)(np.float64(lsigmas))
            return looks_drawn(x, weights, means, sigmas)

        if np.all(np.isfinite(x)) and agrees({}):
            return verdict(findings)
        named = explain(agrees, MAKE_DATA_MISTAKES) if np.all(np.isfinite(x)) else []
        unnamed = unknown(
            "Counts, means or spreads of the components are not those of the mixture.",
            "Compare a histogram of each component with its mean and sigma.",
        )
        return verdict(findings + (named or [unnamed]))

    if answers["many"].arrived:
        main = judged("many")
    else:
        main = judged("few")  # a slow loop over the points is a right answer too
    if main.share < 0.4 and answers["five"].arrived:
        five = judged("five")
        if five.share == 1.0:
            return verdict([FIVE_COMPONENTS])
    return main
