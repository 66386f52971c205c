"""`mixture_posterior_logits`: the log joint, up to a constant for each point."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.special import log_softmax, softmax

from autograder.authoring import NOTHING, STRUCTURE, TAILS, TERM
from autograder.authoring.by_hand import Small, by_hand
from autograder.authoring.logspace import logsumexp
from autograder.authoring.readings import Reading
from autograder.engine.assignment import OWN, Arguments, Questions
from autograder.engine.counterexample import Lines, fault
from autograder.engine.judge import (
    EITHER,
    Answer,
    Finding,
    Outcome,
    Pieces,
    Verdict,
    agree,
    explain,
    known,
    near,
    unexplained,
    unknown,
    verdict,
)
from autograder.engine.remembering import remembered
from autograder.tasks.gmm_two_ways import oracle
from autograder.tasks.gmm_two_ways.density import (
    DENSITY_MISTAKES,
    TAIL_DENSITY,
    advice_about_logits,
    arguments,
    density_questions,
    density_ways,
    judge_density,
)
from autograder.tasks.gmm_two_ways.inputs import DENSITY, DENSITY_RUNGS, density_probe, flat, wrong_shape

# Below this log-probability a component's entry counts as a tail.
TAIL_POSTERIOR = -6.0


def rowless(values: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Logits without their constant per row: relative to the entry in `row`."""
    return values - values[np.arange(len(values)), row][:, None]


@remembered
def expected(arguments: Arguments, pieces: Pieces) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What the computation with these pieces exchanged gives for a question.

    Returns:
        Logits relative to the likeliest component of each row, their magnitude, which component that is,
        and where neither the posterior nor the density is in its tails.
    """
    with np.errstate(all="ignore"):
        right = oracle.log_joint(*flat(arguments[2:]))
        near = log_softmax(right, axis=1) > TAIL_POSTERIOR
        near &= logsumexp(right, axis=1, keepdims=True) > TAIL_DENSITY
        exchanged = {name: piece for name, piece in pieces.items() if name != "reduce"}
        joint = oracle.log_joint(*flat(arguments[2:]), **exchanged)
        row, size = right.argmax(1), np.abs(joint)
        want = rowless(pieces.get("reduce", np.asarray)(joint), row)
    return want, np.fmax.reduce(size, axis=1, keepdims=True) + size, row, near


def floored(joint: np.ndarray, floor: float, above: Callable[..., np.ndarray]) -> np.ndarray:
    """Log-probabilities kept above the logarithm of a floor, (N, K)."""
    return above(log_softmax(joint, axis=1), np.log(floor))


# The constant 2 pi cancels: without any constant the logits are those without -log sigma.
POSTERIOR_MISTAKES = [
    mistake
    for mistake in DENSITY_MISTAKES
    if mistake.id
    not in {"two-pi-missing", "two-pi-not-halved", "sigma-normaliser-missing", "normaliser-missing"}
] + [
    # Constants do not matter here, so that in a shared helper it may be either.
    known(f"sigma-normaliser-missing{EITHER}normaliser-missing", TERM, "The term -log sigma is missing.",
          "A narrow component is higher: the density is divided by sigma.", normaliser=lambda s: 0 * s),
    known("probabilities-for-logits", STRUCTURE, "Probabilities are returned, not logits.",
          "Return log-probabilities: leave out the last exponential.",
          reduce=lambda joint: softmax(joint, axis=1)),
    known("normalised-over-data", STRUCTURE, "The logits are normalised over the data axis.",
          "For each point the probabilities of its components sum to one.",
          reduce=lambda joint: log_softmax(joint, axis=0)),
    known("probabilities-over-data", STRUCTURE,
          "Probabilities are returned, and they are normalised over the data axis.",
          "Return logits; for each point the components' probabilities sum to one.",
          reduce=lambda joint: softmax(joint, axis=0)),
    known("divided-by-likelihood", STRUCTURE, "The log joint is divided by the log-likelihood.",
          "A quotient of densities is a difference of their logarithms.",
          reduce=lambda joint: joint / logsumexp(joint, axis=1, keepdims=True)),
    known("density-forgotten", STRUCTURE, "Only the prior counts: the data are not used.",
          "By Bayes' rule the posterior is prior times density of x.", exponent=lambda d, s: 0 * d,
          normaliser=lambda s: 0 * s),
    known("joint-for-log", STRUCTURE, "The joint density is returned, not its logarithm.",
          "Return logits: stay in log space.", reduce=lambda joint: np.exp(joint)),
    known("hard-assignment", STRUCTURE, "A one-hot assignment is returned, not logits.",
          "Return the log-probability of every component.",
          reduce=lambda joint: np.eye(joint.shape[1])[joint.argmax(1)]),
    known("negative", TERM, "The logits have the wrong sign.", "The likelier component has the larger logit.",
          reduce=lambda joint: -log_softmax(joint, axis=1)),
    known("unstable-in-the-tails", TAILS, "Where a component is unlikely, its logit is cut off.",
          "The logarithm of a small probability is a large negative number: stay in log space.",
          *({"reduce": partial(floored, floor=floor, above=above)}
            for floor in (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
            for above in (np.logaddexp, np.maximum))),
]  # fmt: skip


LIKELIHOOD_RETURNED = Finding(
    "likelihood-for-posterior",
    "The log-likelihood is returned: one number for each point.",
    "log p(z|x) has a column for each component; log p(x) is what normalises it.",
    kind=NOTHING,
)
LABELS_RETURNED = Finding(
    "labels-for-logits",
    "The index of the likeliest component is returned.",
    "Return the log-probability of every component.",
    kind=STRUCTURE,
)


UNSTABLE = Finding(
    "unstable-in-the-tails",
    "Where a component is very unlikely its logit is infinite, NaN or cut off.",
    "Subtract logarithms; do not take the logarithm of a probability.",
    kind=TAILS,
)
HELPERS = ("mixture_likelihood",)


def questions(rng: np.random.Generator) -> Questions:
    asked = {}
    for reading, stand_ins in (("right", HELPERS), (OWN, ())):
        for label, question in density_questions("mixture_posterior_logits")(rng).items():
            asked[f"{reading} {label}"] = question._replace(
                stand_ins=stand_ins, fallback=reading == OWN, reading=reading, label=label
            )
    return asked


def agrees(reading: Reading, pieces: Pieces, tails: bool = False) -> bool:
    """Whether logits are right, or what a mistake gives, up to a constant in each row."""
    for label, question in reading.asked.items():
        want, magnitude, row, close = expected(question.arguments, pieces)
        with np.errstate(all="ignore"):
            got = rowless(reading.got(label).reshape(want.shape), row)
        close = close | tails
        if not near(got[close], want[close], bool(pieces), magnitude[close]):
            return False
    return True


def judge_logits(reading: Reading) -> Verdict:
    """The verdict on logits for some forms of the arguments."""
    values = {label: reading.got(label) for label in reading.answers}
    shapes = {label: reading.want(label).shape for label in values}
    odd = next((value for label, value in values.items() if value.shape != shapes[label]), None)
    if odd is not None and all(value.shape == shapes[label][::-1] for label, value in values.items()):
        reading = reading.seen(np.transpose)
    elif odd is not None:
        if finding := other_quantity(reading):
            return verdict([finding])
        if any(value.size != reading.want(label).size for label, value in values.items()):
            words = f"Expected shape [N, K], got {list(odd.shape)}."
            return unexplained(words, "One row for each point, one column for each component.")
    if agrees(reading, {}):
        findings = [] if agrees(reading, {}, tails=True) else [UNSTABLE]
        return verdict(findings + ([] if odd is None else [wrong_shape(odd, ["N", "K"])]))
    return verdict(explain(partial(agrees, reading), POSTERIOR_MISTAKES, values.values()) or [unknown(
        "The log-probabilities are wrong, whatever constant is added per point.",
        "By Bayes' rule they are log prior plus log density, minus their logsumexp.")]
    )  # fmt: skip


def other_quantity(reading: Reading) -> Finding | None:
    """The finding about one number for each point: its log-likelihood, or a label."""
    for finding, reduce in ((LIKELIHOOD_RETURNED, logsumexp), (LABELS_RETURNED, np.argmax)):
        wants = {label: reduce(reading.want(label), axis=1) for label in reading.answers}
        if all(agree(reading.got(label), want, np.abs(want)) for label, want in wants.items()):
            return finding
    return None


def judge(reading: Reading) -> Verdict:
    result = judge_density(reading, judge_logits)
    if result.outcome != Outcome.CORRECT:
        return result
    return result._replace(findings=(*result.findings, *advice_about_logits(reading.answers)))


def posterior_faults(arguments: Arguments, answer: Answer) -> Lines:
    """Logits count up to a constant for each point."""
    joint = oracle.log_joint(*flat(arguments))
    row = np.arange(len(joint)), joint.argmax(1)

    def same(got, want, scale):
        if got.size != want.size:
            return False
        got = got.reshape(want.shape)
        return agree(got - got[row][:, None], want - want[row][:, None], scale)

    magnitude = np.abs(joint).max(1, keepdims=True) + np.abs(joint)
    note = "up to a constant in each row"
    return fault(answer.array("value"), log_softmax(joint, axis=1), "", note, magnitude, same)


RUNGS = tuple(rung for rung in DENSITY_RUNGS if len(rung[1]) > 1)
SMALL = Small(
    RUNGS, density_ways("mixture_posterior_logits", HELPERS), density_probe, faults=posterior_faults
)


# Of weights that are not normalised only the constant is wrong, which does not count.
@by_hand(
    "mixture_posterior_logits", questions, judge,
    [mistake for mistake in POSTERIOR_MISTAKES if mistake.id != "weights-not-normalised"],
    small=(SMALL,), arguments=arguments, axes=DENSITY,
)  # fmt: skip
def mixture_posterior_logits(
    x: np.ndarray,
    logits: np.ndarray,
    means: np.ndarray,
    lsigmas: np.ndarray,
    reduce: Callable[[np.ndarray], np.ndarray] = np.asarray,
    **pieces: Any,
) -> np.ndarray:
    """Log-probabilities of the components given x, up to a constant for each point."""
    return reduce(oracle.log_joint(x, logits, means, lsigmas, **pieces))
