"""`mstep`: three parts, each with the mistakes of its own."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import softmax

from autograder.authoring import NOTHING, STRUCTURE, TERM
from autograder.authoring.by_hand import Small, UpToAConstant, by_hand, in_parts
from autograder.authoring.inputs import exact_rows, public
from autograder.authoring.precision import double, f32, single
from autograder.authoring.readings import Reading, in_readings
from autograder.engine import scale
from autograder.engine.assignment import Arguments, Question, Questions
from autograder.engine.judge import (
    Finding,
    Pieces,
    Reply,
    Verdict,
    advice,
    convention,
    explain,
    kinds_of,
    known,
    near,
    no_answer,
    raised,
    unknown,
    verdict,
)
from autograder.engine.scale import Kind
from autograder.tasks.gmm_two_ways import oracle
from autograder.tasks.gmm_two_ways.inputs import WEIGHTS, draw, flat, mixture

# To a variance, to be safe; where a mistake makes it small, that must not hide the mistake.
ADDED = 2e-6


def variance(x: np.ndarray, r: np.ndarray, centre: ArrayLike, count: ArrayLike | None = None) -> np.ndarray:
    return (r * (x[:, None] - centre) ** 2).sum(0) / (r.sum(0) if count is None else count)


def half_log(variance: np.ndarray) -> np.ndarray:
    return 0.5 * np.log(variance)


def hard(r: np.ndarray) -> np.ndarray:
    """All of a point's responsibility to its likeliest component."""
    return np.eye(r.shape[1])[r.argmax(1)]


def around(x: np.ndarray, r: np.ndarray, means: np.ndarray, added: float = 0.0) -> np.ndarray:
    """log sigma around given means, with a number added to each variance, (K,)."""
    return half_log(variance(x, r, means) + added)


def added_to_sigma(x: np.ndarray, r: np.ndarray, means: np.ndarray, added: float) -> np.ndarray:
    """log sigma with a number added to each sigma, (K,)."""
    return np.log(np.sqrt(variance(x, r, means)) + added)


def floored(x: np.ndarray, r: np.ndarray, means: np.ndarray, floor: float) -> np.ndarray:
    """log sigma with each sigma kept above a floor, (K,)."""
    return np.maximum(around(x, r, means), np.log(floor))


GUARD = "A guard against log 0 must be far smaller than any sigma of the data."
MSTEP_MISTAKES = {
    "logits": [
        known("hard-assignment", STRUCTURE, "Each point counts for its likeliest component only.",
              "Weight each point by its responsibility.", f=lambda x, r: np.log(hard(r).sum(0))),
        known("weights-not-logged", STRUCTURE, "Mixing weights are returned, not logits.",
              "Logits are the logarithm of the weights.", f=lambda x, r: r.sum(0) / len(r)),
        known("counts-not-logged", STRUCTURE, "Counts are returned, not logits.",
              "Logits are the logarithm of the weights.", f=lambda x, r: r.sum(0)),
        known("mean-of-logs", STRUCTURE, "Logarithms of the posterior are averaged.",
              "Average the probabilities over the data, then take the logarithm.",
              f=lambda x, r: np.log(r).mean(0)),
        known("uniform-weights", NOTHING, "The new weights are all equal.",
              "The weight of a component is its share of the data.", f=lambda x, r: np.zeros(r.shape[1])),
        known("negative", TERM, "The logits have the wrong sign.",
              "The larger component has the larger logit.", f=lambda x, r: -np.log(r.sum(0))),
        known("log-odds", STRUCTURE, "The log odds of the weights are returned.",
              "Softmax of the logits must give the weights: their logarithm does.",
              f=lambda x, r: np.log(r.mean(0) / (1 - r.mean(0)))),
    ],
    "means": [
        known("divided-by-n", STRUCTURE, "The weighted sum is divided by N, not by N_k.",
              "Divide by the sum of the component's responsibilities.", f=lambda x, r: r.T @ x / len(x)),
        known("not-divided", STRUCTURE, "The weighted sum is not divided by N_k.",
              "Divide by the sum of the component's responsibilities.", f=lambda x, r: r.T @ x),
        known("posterior-ignored", NOTHING, "All components get the mean of all data.",
              "Weight each point by its responsibility.", f=lambda x, r: np.full(r.shape[1], x.mean())),
        known("hard-assignment", STRUCTURE, "Each point counts for its likeliest component only.",
              "Weight each point by its responsibility.", f=lambda x, r: oracle.new_means(x, hard(r))),
    ],
    # Each also with the student's own means as the centre m.
    "lsigmas": [
        known("variance-for-sigma", TERM, "The logarithm of the variance is returned.",
              "log sigma is half the logarithm of the variance.",
              f=lambda x, r, m: np.log(variance(x, r, m))),
        known("std-for-log", STRUCTURE, "Sigma is returned, not its logarithm.", "Return log sigma.",
              f=lambda x, r, m: np.sqrt(variance(x, r, m))),
        known("variance-for-log", STRUCTURE, "The variance is returned, not log sigma.",
              "Return the logarithm of the standard deviation.", f=lambda x, r, m: variance(x, r, m)),
        known("divided-by-n", STRUCTURE, "The weighted sum of squares is divided by N, not by N_k.",
              "Divide by the sum of the component's responsibilities.",
              f=lambda x, r, m: half_log(variance(x, r, m, len(x)))),
        known("not-divided", STRUCTURE, "The weighted sum of squares is not divided by N_k.",
              "Divide by the sum of the component's responsibilities.",
              f=lambda x, r, m: half_log(variance(x, r, m, 1))),
        known("unbiased-variance", TERM, "The variance is divided by N_k - 1.",
              "The maximum of the likelihood divides by N_k.",
              f=lambda x, r, m: half_log(variance(x, r, m, r.sum(0) - 1))),
        known("mean-not-subtracted", TERM, "The mean is not subtracted before squaring.",
              "The variance is the mean squared distance from the component's mean.",
              f=lambda x, r, m: half_log(variance(x, r, 0))),
        known("centred-at-the-data-mean", TERM, "Distances are taken from the mean of all data.",
              "The variance is the mean squared distance from the component's own mean.",
              f=lambda x, r, m: half_log(variance(x, r, x.mean()))),
        known("posterior-ignored", NOTHING, "All components get the spread of all data.",
              "Weight each point by its responsibility.",
              f=lambda x, r, m: np.full(r.shape[1], np.log(x.std()))),
        known("responsibilities-squared", TERM, "The responsibilities are squared.",
              "Weight the squared distance, not the distance, by the responsibility.",
              f=lambda x, r, m: half_log(variance(x, r**2, m, r.sum(0)))),
        known("hard-assignment", STRUCTURE, "Each point counts for its likeliest component only.",
              "Weight each point by its responsibility.", f=lambda x, r, m: oracle.new_lsigmas(x, hard(r))),
        known("absolute-deviation", TERM, "Absolute distances are averaged, not squared ones.",
              "The variance is the mean squared distance.",
              f=lambda x, r, m: np.log((r * np.abs(x[:, None] - m)).sum(0) / r.sum(0))),
        known("sign", TERM, "The logarithm has the wrong sign.", "Return log sigma, not log(1/sigma).",
              f=lambda x, r, m: -half_log(variance(x, r, m))),
        *(known("constant-added", TERM, f"{c:g} is added to sigma, or to the variance.", GUARD,
                {"f": partial(around, added=c)}, {"f": partial(added_to_sigma, added=c)})
          for c in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)),
        *(known("sigma-floored", TERM, f"Sigma is kept above {c:g}.", GUARD, f=partial(floored, floor=c))
          for c in (0.1, 0.5, 1.0)),
    ],
}  # fmt: skip
# Mistakes in the responsibilities spoil all three parts, and count as one.
RESPONSIBILITY_MISTAKES = [
    known("hard-assignment", STRUCTURE, "Each point counts for its likeliest component only.",
          "Weight each point by its responsibility.", r=hard),
    known("softmax-of-probabilities", STRUCTURE, "Softmax is applied to the posterior once more.",
          "The posterior comes as probabilities.", r=lambda r: softmax(r, axis=1)),
    known("logarithm-of-probabilities", STRUCTURE, "The logarithm of the posterior is the weight.",
          "The posterior comes as probabilities: weight by them.", r=np.log),
    known("exponential-of-probabilities", STRUCTURE, "The posterior is exponentiated.",
          "The posterior comes as probabilities, not logits.", r=np.exp),
    known("responsibilities-squared", STRUCTURE, "The responsibilities are squared.",
          "Weight each point by its responsibility.", r=np.square),
]  # fmt: skip


def soft_posterior(
    rng: np.random.Generator, k: int, n: int = 120, scale: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """(x, r): softer than the mixture's own posterior, and no component is empty under `hard`."""
    while True:
        logits, means, _ = mixture(rng, k)
        lsigmas = single(np.log(rng.permutation(np.geomspace(0.5, 2.5, k))))
        x = draw(rng, (logits, means, lsigmas), n)
        r = softmax(0.4 * oracle.log_joint(*flat((x, logits, means, lsigmas))), axis=1)
        if hard(r).sum(0).min() > 2:
            return single(scale * x), r


def questions(rng: np.random.Generator) -> Questions:
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
            x, x_kind = double(x), "numpy"
        asked[name] = Question("mstep", (x, x_kind, single(r), r_kind))
    x, r = soft_posterior(rng, 3)
    r[:, 1] = 0.0
    r /= r.sum(1, keepdims=True)
    asked[EMPTY] = Question("mstep", (x, "tensor", single(r), "tensor"))
    return in_readings(asked)


EMPTY = "empty"  # a component without any point
EMPTY_COMPONENT = advice(
    "empty-component",
    "Advice: where no point belongs to a component, the result is not finite.",
    "Keep the sum of its responsibilities above a tiny number, such as 1e-8, before dividing or taking "
    "logarithms.",
)


def eighths(arguments: Arguments) -> tuple[np.ndarray, np.ndarray]:
    """The posterior in eighths."""
    x, r = arguments
    return x, single(exact_rows(r))


def mstep_question(x_kind: str, r_kind: str, x: np.ndarray, r: np.ndarray) -> Question:
    return Question("mstep", (x, x_kind, r, r_kind))


def mstep_probe() -> tuple[np.ndarray, np.ndarray]:
    rng = public()
    x = draw(rng, mixture(rng, 3), 30)
    return eighths((x, single(rng.dirichlet([1.0] * 3, 30))))


SMALL = Small(
    (
        f32([[0], [2]], [[1], [1]]),
        f32([[0], [4]], [[1], [1]]),
        f32([[1], [3]], [[1], [1]]),
        f32([[0], [2]], [[0.5, 0.5], [0.5, 0.5]]),
        f32([[0], [2]], [[0.75, 0.25], [0.25, 0.75]]),
        f32([[0], [4]], [[0.75, 0.25], [0.5, 0.5]]),
        f32([[1], [3]], [[0.75, 0.25], [0.5, 0.5]]),
        f32([[0], [0.1]], [[1], [1]]),
        f32([[0], [1], [3]], [[0.75, 0.25], [0.5, 0.5], [0.5, 0.5]]),
        f32([[0], [1], [3]], [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.5, 0.25, 0.25]]),
    ),
    tuple(
        partial(mstep_question, *kinds)
        for kinds in (("tensor", "tensor"), ("numpy", "numpy"), ("numpy", "tensor"))
    ),
    mstep_probe,
    eighths,
)


def arguments(question: Question) -> Arguments:
    x, _, r, _ = question.arguments
    r = double(r)
    return double(x).ravel(), r / r.sum(1, keepdims=True)


def part(arguments: Arguments, pieces: Pieces, place: int, own: list[np.ndarray] | None) -> np.ndarray:
    """A part with pieces exchanged; lsigmas are around right means, or the student's own."""
    x, r = arguments
    r = pieces.get("r", np.asarray)(r)
    if WEIGHTS[place] != "lsigmas":
        return pieces.get("f", (oracle.new_weights, oracle.new_means)[place])(x, r)
    means = oracle.new_means(x, r)
    if own is not None:
        means = own[1] if own[1].size == means.size else np.full(means.size, np.nan)
    return pieces.get("f", around)(x, r, means)


def close_lsigmas(got: np.ndarray, want: np.ndarray, known: bool = False) -> bool:
    """Near, whatever tiny number was added to a variance to be safe."""
    if known:
        got = np.where(np.abs(np.exp(2 * got) - np.exp(2 * want)) <= ADDED, want, got)
    return near(got, want, known)


def judge(reading: Reading) -> Verdict:
    told, empty = reading.but(EMPTY).arrived(), reading.answers[EMPTY]
    if not told.answers:
        return no_answer(reading.answers["three"])
    findings, kinds = part_by_part(told)
    shared = explain(partial(in_all_parts, told), RESPONSIBILITY_MISTAKES) if len(findings) > 1 else []
    if shared:
        findings, kinds = shared, max([kinds, [kinds_of(shared)]], key=scale.SCALE.share)
    elif verdict(findings, kinds).share <= verdict([WRONG_ORDER]).share and any(
        in_all_parts(told, {}, order) for order in OTHER_ORDERS
    ):
        findings, kinds = [WRONG_ORDER], [[WRONG_ORDER.kind]]
    broken = [answer.data for answer in reading.but(EMPTY).answers.values() if not answer.arrived]
    if broken:
        findings.append(fails_for_some(broken[0]))
    if not findings:
        finite = not empty.arrived or all(np.all(np.isfinite(part)) for part in empty.arrays("parts"))
        return verdict([] if finite else [EMPTY_COMPONENT])
    return verdict(findings, kinds, [Kind.INPUT_TYPE] if broken else [])


def part_by_part(told: Reading) -> tuple[list[Finding], list[list[Kind]]]:
    """Findings, and the kinds of what is wrong in each part."""
    findings, kinds = [], []
    for place, name in enumerate(WEIGHTS):
        centres = (False, True) if name == "lsigmas" else (False,)  # right means, then the student's own
        right = [own for own in centres if told.agrees(place=place, own=own)]
        if right:
            kinds.append([TERM] if all(right) else [])  # right around wrong means: only the centre is wrong
            continue
        named, own = next(
            ((some, own) for own in centres if (some := told.explained(MSTEP_MISTAKES[name], place, own))),
            ([NOT_WEIGHTED], False),
        )
        # Wrong means under a mistake of its own make two.
        kinds.append(kinds_of(named) + ([TERM] if own and kinds[WEIGHTS.index("means")] else []))
        findings += [finding._replace(message=f"{name}: {finding.message}") for finding in named]
    return findings, kinds


def in_all_parts(told: Reading, pieces: Pieces, order: Sequence[int] = (0, 1, 2)) -> bool:
    """Whether all parts are right, or what a mistake gives, in the places where they were returned."""
    return all(told.agrees(pieces, place, at=at) for place, at in enumerate(order))


def fails_for_some(error: Reply) -> Finding:
    return convention(
        "only-arrays-or-only-tensors",
        f"Fails for some of the kinds of input (array, tensor, float64). {raised(error).message}",
        "Convert the arguments first, with tf.convert_to_tensor or np.asarray.", Kind.INPUT_TYPE,
    )  # fmt: skip


NOT_WEIGHTED = unknown(
    "expected K numbers that are weighted by the posterior.",
    "Shares, means, and logarithms of standard deviations.",
)
WRONG_ORDER = Finding(
    "wrong-order", "The three results are in the wrong order.", "Return logits, means, lsigmas.", STRUCTURE
)
OTHER_ORDERS = ((0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))


@by_hand(
    "mstep", questions, judge, [*RESPONSIBILITY_MISTAKES, *in_parts(MSTEP_MISTAKES)], small=(SMALL,),
    arguments=arguments, returns=WEIGHTS, follows=part,
    close={"logits": UpToAConstant(), "means": near, "lsigmas": close_lsigmas},
    axes={"x": "N.", "posterior": "NK"},
)  # fmt: skip
def mstep(x: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The new parameters are weights, means and log sigmas of the data, weighted by the posterior."""
    return oracle.mstep(x, r)
