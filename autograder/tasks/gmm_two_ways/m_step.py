"""`mstep`: three parts, each with the mistakes of its own."""

import numpy as np
from scipy.special import softmax

from autograder.engine import scale
from autograder.engine.assignment import Question, task
from autograder.engine.judge import (
    Finding,
    Mistake,
    advice,
    agree,
    convention,
    explain,
    fits,
    kinds_of,
    no_answer,
    unknown,
    verdict,
)
from autograder.engine.scale import Kind
from autograder.tasks.gmm_two_ways import oracle
from autograder.tasks.gmm_two_ways.inputs import WEIGHTS, draw, flat, mixture

# To a variance, to be safe; where a mistake makes it small, that must not hide the mistake.
ADDED = 2e-6


def variance(x, r, centre, count=None):
    return (r * (x[:, None] - centre) ** 2).sum(0) / (r.sum(0) if count is None else count)


def half_log(variance):
    return 0.5 * np.log(variance)


def hard(r):
    """All of a point's responsibility to its likeliest component."""
    return np.eye(r.shape[1])[r.argmax(1)]


MSTEP_MISTAKES = {
    "logits": [
        Mistake("hard-assignment", Kind.STRUCTURE, "Each point counts for its likeliest component only.",
                "Weight each point by its responsibility.",
                {"f": lambda x, r: np.log(hard(r).sum(0))}),
        Mistake("weights-not-logged", Kind.STRUCTURE, "Mixing weights are returned, not logits.",
                "Logits are the logarithm of the weights.",
                {"f": lambda x, r: r.sum(0) / len(r)}),
        Mistake("counts-not-logged", Kind.STRUCTURE, "Counts are returned, not logits.",
                "Logits are the logarithm of the weights.",
                {"f": lambda x, r: r.sum(0)}),
        Mistake("mean-of-logs", Kind.STRUCTURE, "Logarithms of the posterior are averaged.",
                "Average the probabilities over the data, then take the logarithm.",
                {"f": lambda x, r: np.log(r).mean(0)}),
        Mistake("uniform-weights", Kind.NOTHING, "The new weights are all equal.",
                "The weight of a component is its share of the data.",
                {"f": lambda x, r: np.zeros(r.shape[1])}),
        Mistake("negative", Kind.TERM, "The logits have the wrong sign.",
                "The larger component has the larger logit.",
                {"f": lambda x, r: -np.log(r.sum(0))}),
        Mistake("log-odds", Kind.STRUCTURE, "The log odds of the weights are returned.",
                "Softmax of the logits must give the weights: their logarithm does.",
                {"f": lambda x, r: np.log(r.mean(0) / (1 - r.mean(0)))}),
    ],
    "means": [
        Mistake("divided-by-n", Kind.STRUCTURE, "The weighted sum is divided by N, not by N_k.",
                "Divide by the sum of the component's responsibilities.",
                {"f": lambda x, r: r.T @ x / len(x)}),
        Mistake("not-divided", Kind.STRUCTURE, "The weighted sum is not divided by N_k.",
                "Divide by the sum of the component's responsibilities.",
                {"f": lambda x, r: r.T @ x}),
        Mistake("posterior-ignored", Kind.NOTHING, "All components get the mean of all data.",
                "Weight each point by its responsibility.",
                {"f": lambda x, r: np.full(r.shape[1], x.mean())}),
        Mistake("hard-assignment", Kind.STRUCTURE, "Each point counts for its likeliest component only.",
                "Weight each point by its responsibility.",
                {"f": lambda x, r: oracle.new_means(x, hard(r))}),
    ],
    # Each also with the student's own means as the centre m.
    "lsigmas": [
        Mistake("variance-for-sigma", Kind.TERM, "The logarithm of the variance is returned.",
                "log sigma is half the logarithm of the variance.",
                {"f": lambda x, r, m: np.log(variance(x, r, m))}),
        Mistake("std-for-log", Kind.STRUCTURE, "Sigma is returned, not its logarithm.",
                "Return log sigma.",
                {"f": lambda x, r, m: np.sqrt(variance(x, r, m))}),
        Mistake("variance-for-log", Kind.STRUCTURE, "The variance is returned, not log sigma.",
                "Return the logarithm of the standard deviation.",
                {"f": lambda x, r, m: variance(x, r, m)}),
        Mistake("divided-by-n", Kind.STRUCTURE, "The weighted sum of squares is divided by N, not by N_k.",
                "Divide by the sum of the component's responsibilities.",
                {"f": lambda x, r, m: half_log(variance(x, r, m, len(x)))}),
        Mistake("not-divided", Kind.STRUCTURE, "The weighted sum of squares is not divided by N_k.",
                "Divide by the sum of the component's responsibilities.",
                {"f": lambda x, r, m: half_log(variance(x, r, m, 1))}),
        Mistake("unbiased-variance", Kind.TERM, "The variance is divided by N_k - 1.",
                "The maximum of the likelihood divides by N_k.",
                {"f": lambda x, r, m: half_log(variance(x, r, m, r.sum(0) - 1))}),
        Mistake("mean-not-subtracted", Kind.TERM, "The mean is not subtracted before squaring.",
                "The variance is the mean squared distance from the component's mean.",
                {"f": lambda x, r, m: half_log(variance(x, r, 0))}),
        Mistake("centred-at-the-data-mean", Kind.TERM, "Distances are taken from the mean of all data.",
                "The variance is the mean squared distance from the component's own mean.",
                {"f": lambda x, r, m: half_log(variance(x, r, x.mean()))}),
        Mistake("posterior-ignored", Kind.NOTHING, "All components get the spread of all data.",
                "Weight each point by its responsibility.",
                {"f": lambda x, r, m: np.full(r.shape[1], np.log(x.std()))}),
        Mistake("responsibilities-squared", Kind.TERM, "The responsibilities are squared.",
                "Weight the squared distance, not the distance, by the responsibility.",
                {"f": lambda x, r, m: half_log(variance(x, r**2, m, r.sum(0)))}),
        Mistake("hard-assignment", Kind.STRUCTURE, "Each point counts for its likeliest component only.",
                "Weight each point by its responsibility.",
                {"f": lambda x, r, m: oracle.new_lsigmas(x, hard(r))}),
        Mistake("absolute-deviation", Kind.TERM, "Absolute distances are averaged, not squared ones.",
                "The variance is the mean squared distance.",
                {"f": lambda x, r, m: np.log((r * np.abs(x[:, None] - m)).sum(0) / r.sum(0))}),
        Mistake("sign", Kind.TERM, "The logarithm has the wrong sign.",
                "Return log sigma, not log(1/sigma).",
                {"f": lambda x, r, m: -half_log(variance(x, r, m))}),
        *(Mistake("constant-added", Kind.TERM, f"{c:g} is added to sigma, or to the variance.",
                  "A guard against log 0 must be far smaller than any sigma of the data.",
                  {"f": f})
          for c in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
          for f in (lambda x, r, m, c=c: half_log(variance(x, r, m) + c),
                    lambda x, r, m, c=c: np.log(np.sqrt(variance(x, r, m)) + c))),
        *(Mistake("sigma-floored", Kind.TERM, f"Sigma is kept above {c:g}.",
                  "A guard against log 0 must be far smaller than any sigma of the data.",
                  {"f": lambda x, r, m, c=c: np.maximum(half_log(variance(x, r, m)), np.log(c))})
          for c in (0.1, 0.5, 1.0)),
    ],
}  # fmt: skip
# Mistakes in the responsibilities spoil all three parts, and count as one.
RESPONSIBILITY_MISTAKES = [
    Mistake("hard-assignment", Kind.STRUCTURE, "Each point counts for its likeliest component only.",
            "Weight each point by its responsibility.", {"r": hard}),
    Mistake("softmax-of-probabilities", Kind.STRUCTURE, "Softmax is applied to the posterior once more.",
            "The posterior comes as probabilities.", {"r": lambda r: softmax(r, axis=1)}),
    Mistake("logarithm-of-probabilities", Kind.STRUCTURE, "The logarithm of the posterior is the weight.",
            "The posterior comes as probabilities: weight by them.", {"r": np.log}),
    Mistake("exponential-of-probabilities", Kind.STRUCTURE, "The posterior is exponentiated.",
            "The posterior comes as probabilities, not logits.", {"r": np.exp}),
    Mistake("responsibilities-squared", Kind.STRUCTURE, "The responsibilities are squared.",
            "Weight each point by its responsibility.", {"r": np.square}),
]  # fmt: skip
RIGHT_PARTS = {
    "logits": oracle.new_weights,
    "means": oracle.new_means,
    "lsigmas": oracle.new_lsigmas,
}


def soft_posterior(rng, k, n=120, scale=1.0):
    """(x, r): softer than the mixture's own posterior, and no component is empty under `hard`."""
    while True:
        logits, means, _ = mixture(rng, k)
        lsigmas = np.float32(np.log(rng.permutation(np.geomspace(0.5, 2.5, k))))
        x = draw(rng, (logits, means, lsigmas), n)
        r = softmax(0.4 * oracle.log_joint(*flat((x, logits, means, lsigmas))), axis=1)
        if hard(r).sum(0).min() > 2:
            return np.float32(scale * x), r


def mstep_questions(rng):
    asked = {}
    for name, k, x_kind, r_kind in (
        ("three", 3, "tensor", "tensor"),
        ("six", 6, "tensor", "tensor"),
        ("arrays", 4, "numpy", "numpy"),
        ("x-array", 5, "numpy", "tensor"),
        ("x-float64", 3, "numpy64", "tensor"),
        ("posterior-array", 2, "tensor", "numpy"),
    ):
        # Data as narrow as the course's show what is added to a sigma, or what it is kept above.
        x, r = soft_posterior(rng, k, scale=0.1 if name == "six" else 1.0)
        if x_kind == "numpy64":
            x, x_kind = np.float64(x), "numpy"
        asked[name] = Question("mstep", (x, x_kind, np.float32(r), r_kind))
    x, r = soft_posterior(rng, 3)
    r[:, 1] = 0.0
    r /= r.sum(1, keepdims=True)
    asked[EMPTY] = Question("mstep", (x, "tensor", np.float32(r), "tensor"))
    return asked


EMPTY = "empty"  # a component without any point
EMPTY_COMPONENT = advice(
    "empty-component", "Advice: where no point belongs to a component, the result is not finite.",
    "Keep the sum of its responsibilities above a tiny number, such as 1e-8, before dividing or taking "
    "logarithms.",
)  # fmt: skip


WRONG_ORDER = Finding(
    "wrong-order", "The three results come in another order.", "Return logits, means, lsigmas.",
    Kind.STRUCTURE,
)  # fmt: skip


@task("mstep", "mstep", mstep_questions)
def mstep(questions, answers):
    """The new parameters are weights, means and log sigmas of the data, weighted by the posterior."""
    answers = dict(answers)
    empty = answers.pop(EMPTY)
    arrived = {name: answer.arrays("parts") for name, answer in answers.items() if answer.arrived}
    if not arrived:
        return no_answer(answers["three"])
    inputs = {}
    for name in arrived:
        x, _, r, _ = questions[name].arguments
        r = np.float64(r)
        inputs[name] = np.float64(x).ravel(), r / r.sum(1, keepdims=True)

    def agrees(part, place, f, compare=fits):
        for name, values in arrived.items():
            x, r = inputs[name]
            got, want = values[place], f(x, r, name)
            if got.size != want.size:
                return False
            if part == "logits":
                got, want = got - got[0], want - want[0]
            elif part == "lsigmas" and compare is fits:
                got = np.where(np.abs(np.exp(2 * got) - np.exp(2 * want)) <= ADDED, want, got)
            if not compare(got, want):
                return False
        return True

    def own_means(x, r, name):
        means = arrived[name][1]
        return means if means.size == r.shape[1] else np.full(r.shape[1], np.nan)

    def right_means(x, r, name):
        return oracle.new_means(x, r)

    def named(part, place):
        """The mistakes in a part, and their kinds."""
        if part != "lsigmas":
            mistakes = explain(
                lambda p: agrees(part, place, lambda x, r, name: p["f"](x, r)),
                MSTEP_MISTAKES[part],
                [parts[place] for parts in arrived.values()],
            )
            return mistakes, kinds_of(mistakes)
        for centre in (right_means, own_means):
            mistakes = explain(
                lambda p, c=centre: agrees(part, place, lambda x, r, n: p["f"](x, r, c(x, r, n))),
                MSTEP_MISTAKES[part],
                [parts[place] for parts in arrived.values()],
            )
            if mistakes:
                # Wrong means under a mistake of its own make two.
                twice = centre is own_means and kinds["means"]
                return mistakes, kinds_of(mistakes) + ([Kind.TERM] if twice else [])
        return [], []

    def from_responsibilities(pieces):
        return all(
            agrees(part, place, lambda x, r, name, f=RIGHT_PARTS[part]: f(x, pieces["r"](r)))
            for place, part in enumerate(WEIGHTS)
        )

    def follows(x, r, name):
        return half_log(variance(x, r, own_means(x, r, name)))

    findings, kinds = [], {}
    with np.errstate(all="ignore"):
        for place, part in enumerate(WEIGHTS):
            right = RIGHT_PARTS[part]
            if agrees(part, place, lambda x, r, name, right=right: right(x, r), agree):
                kinds[part] = []
                continue
            if part == "lsigmas" and agrees(part, place, follows, agree):
                # Right around the student's own means: only its centre is wrong.
                kinds[part] = [Kind.TERM]
                continue
            mistakes, kinds[part] = named(part, place)
            if not mistakes:
                kinds[part] = [Kind.NOTHING]
                mistakes = [unknown("expected K numbers that are weighted by the posterior.",
                                    "Shares, means, and logarithms of standard deviations.")]  # fmt: skip
            findings += [f._replace(message=f"{part}: {f.message}") for f in mistakes]
        parts = [*kinds.values()]
        if len(findings) > 1 and (shared := explain(from_responsibilities, RESPONSIBILITY_MISTAKES)):
            findings, parts = shared, max([parts, [kinds_of(shared)]], key=scale.SCALE.share)
        elif verdict(findings, parts).share <= verdict([WRONG_ORDER]).share and reordered(agrees):
            findings, parts = [WRONG_ORDER], [[WRONG_ORDER.kind]]
    broken = [name for name in answers if name not in arrived]
    if broken:
        error = answers[broken[0]].data
        findings.append(convention(
            "only-arrays-or-only-tensors",
            "Fails for some of the kinds of input (array, tensor, float64): "
            f"{error.get('type')}: {str(error.get('message'))[:160]}",
            "Convert the arguments first, with tf.convert_to_tensor or np.asarray.",
            Kind.INPUT_TYPE))  # fmt: skip
    if not findings:
        finite = not empty.arrived or all(np.all(np.isfinite(part)) for part in empty.arrays("parts"))
        return verdict([] if finite else [EMPTY_COMPONENT])
    return verdict(findings, parts, [Kind.INPUT_TYPE] if broken else [])


def reordered(agrees):
    """Whether the three results are right, but in another order."""
    return any(
        all(
            agrees(part, place, lambda x, r, name, right=RIGHT_PARTS[part]: right(x, r), agree)
            for part, place in zip(WEIGHTS, order, strict=True)
        )
        for order in ((0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
    )
