"""`loss`: the negative log-likelihood, as mean or sum, and differentiable."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from autograder.authoring import STRUCTURE, TAILS, TERM
from autograder.authoring.by_hand import Small, by_hand
from autograder.authoring.logspace import logsumexp
from autograder.authoring.precision import f32
from autograder.authoring.readings import Reading, none_arrived
from autograder.engine.assignment import OWN, Arguments, Question, Questions
from autograder.engine.counterexample import Lines, mean_or_sum
from autograder.engine.judge import (
    Answer,
    Finding,
    Reply,
    Verdict,
    agree,
    convention,
    explain,
    known,
    unknown,
    verdict,
)
from autograder.tasks.gmm_two_ways import oracle
from autograder.tasks.gmm_two_ways.inputs import (
    DENSITY,
    ONE_COMPONENT,
    WEIGHTS,
    density_probe,
    draw,
    flat,
    mixture,
)

HELPERS = ("mixture_likelihood", "GMM")


def questions(rng: np.random.Generator) -> Questions:
    asked = {}
    for reading, stand_ins in (("right", HELPERS), (OWN, ())):
        for k, narrow in ((3, 1.0), (4, 0.002)):  # densities mostly below 1, all above 1
            while True:
                start = mixture(rng, k, narrow)
                x = draw(rng, start, 45)
                if narrow == 1.0:  # one point is far from all components
                    x[0] = (start[1] + 12 * np.exp(start[2])).max()
                if narrow == 1.0 or oracle.log_likelihood(*flat((x, *start))).min() > 0.1:
                    break
            question = Question("loss", (x, start), stand_ins, fallback=reading == OWN)
            asked[f"{reading} {k}"] = question._replace(reading=reading, label=str(k))
    return asked


def mean(v: np.ndarray, x: np.ndarray) -> np.ndarray:
    return -np.mean(v)


def total(v: np.ndarray, x: np.ndarray) -> np.ndarray:
    return -np.sum(v)


def cut_off(
    v: np.ndarray,
    x: np.ndarray,
    floor: float,
    reduce: Callable[..., np.floating],
    above: Callable[..., np.ndarray] = np.maximum,
) -> np.floating:
    """The loss of log-likelihoods that are kept above a floor."""
    return -reduce(above(v, floor))


NUM_EXAMPLES = 5000  # of the notebook: points in its training data

LOSS_MISTAKES = [
    known("sign", TERM, "The sign is wrong: this loss falls when the fit gets worse.",
          "Training minimises the loss: it is the negative log-likelihood.", {"f": lambda v, x: np.mean(v)},
          {"f": lambda v, x: np.sum(v)}),
    known("exponentiated", STRUCTURE, "Densities are averaged, not their logarithms.",
          "The model already returns log-likelihoods: average those.",
          {"f": lambda v, x: -np.mean(np.exp(v))}, {"f": lambda v, x: -np.sum(np.exp(v))}),
    known("log-of-mean", STRUCTURE, "The logarithm is taken after the mean.",
          "The model already returns log-likelihoods: average those.",
          f=lambda v, x: -np.log(np.mean(np.exp(v)))),
    known("logsumexp-over-data", STRUCTURE, "logsumexp runs over the data.",
          "Independent points: their log-likelihoods add up.", f=lambda v, x: -logsumexp(v)),
    known("squared", STRUCTURE, "The log-likelihoods are squared.",
          "The loss is the negative mean or sum of the log-likelihoods.", f=lambda v, x: np.mean(v**2)),
    known("absolute", STRUCTURE, "Absolute values of the log-likelihoods are taken.",
          "A log-likelihood may be positive or negative: flip its sign instead of taking its absolute value.",
          f=lambda v, x: np.mean(np.abs(v))),
    known("log-of-log", STRUCTURE, "The logarithm is taken twice.",
          "The model already returns log-likelihoods.", {"f": lambda v, x: -np.mean(np.log(v))},
          {"f": lambda v, x: -np.sum(np.log(v))}, {"f": lambda v, x: -np.log(np.mean(v))}),
    known("divided-twice", TERM, "The mean is divided by the number of points once more.",
          "The mean has divided by the number of points already.", f=lambda v, x: -np.mean(v) / len(v)),
    known("divided-by-num-examples", TERM, "The sum is divided by NUM_EXAMPLES, whatever the inputs are.",
          "Divide by the number of inputs, as tf.reduce_mean does.",
          f=lambda v, x: -np.sum(v) / NUM_EXAMPLES),
    known("worst-point", STRUCTURE, "Only the least likely point counts.",
          "All points count: take the mean or the sum.", f=lambda v, x: -np.min(v)),
    known("one-point", STRUCTURE, "Only one point counts.", "All points count: take the mean or the sum.",
          f=lambda v, x: -v[0]),
    known("first-batch", STRUCTURE, "Only the first 32 points count.",
          "All points count: take the mean or the sum.", f=lambda v, x: -np.mean(v[:32])),
    known("cut-off", TAILS, "Very small likelihoods are cut off.",
          "Every log-likelihood counts as it is, however small.",
          *({"f": partial(cut_off, floor=floor, reduce=reduce)}
            for floor in (-5, -10, -20, -30, -50) for reduce in (np.mean, np.sum)),
          *({"f": partial(cut_off, floor=np.log(added), above=np.logaddexp, reduce=reduce)}
            for added in (1e-30, 1e-20, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
            for reduce in (np.mean, np.sum))),
    known("compared-with-inputs", STRUCTURE, "The model's output is compared with the inputs.",
          "Nothing has to match the inputs: the log-likelihood itself says how well they fit.",
          {"f": lambda v, x: np.mean((v - x) ** 2)}, {"f": lambda v, x: np.mean(np.abs(v - x))}),
]  # fmt: skip
REGULARISER = Finding(
    "regulariser-added",
    "A penalty on the size of the weights is added.",
    "Maximum likelihood has no penalty: the loss is the negative log-likelihood alone.",
    kind=TERM,
)


def regularised(
    values: Sequence[np.ndarray], gradients: Sequence[np.ndarray], inputs: Sequence[Arguments], summed: bool
) -> bool:
    """Whether losses are right but for one multiple of the sum of squares of some of the weights.

    The multiple, and which weights, are read off the gradient of the first.
    """
    x, *weights = inputs[0]
    n = len(x) if summed else 1
    slopes = [-n * slope for slope in oracle.gradient(x, *weights)]
    if any(g.size != w.size for g, w in zip(gradients, weights, strict=True)):
        return False
    pulls = [g.ravel() - slope for g, slope in zip(gradients, slopes, strict=True)]
    factors = [pull @ w / (w @ w) for pull, w in zip(pulls, weights, strict=True)]
    chosen = [factor > max(factors) / 2 for factor in factors]

    def looks_penalised(value, x, weights):
        n = len(x) if summed else 1
        penalty = 0.5 * max(factors) * sum(w @ w for w, some in zip(weights, chosen, strict=True) if some)
        right = -n * np.mean(oracle.log_likelihood(x, *weights))
        return penalty > 0.01 and agree(value - right, penalty, scale=10 * n + 100 * penalty)

    return all(
        value.size == 1 and looks_penalised(value.ravel()[0], x, weights)
        for value, (x, *weights) in zip(values, inputs, strict=True)
    )


def agrees(reading: Reading, f: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> bool:
    """Whether losses are this function of log-likelihoods and x, or like it not finite."""
    wants = {label: reading.want(label, {"f": f}) for label in reading.answers}
    return any(want is not None and np.all(np.isfinite(want)) for want in wants.values()) and all(
        same(reading.got(label), want) for label, want in wants.items()
    )


def same(got: np.ndarray, want: np.ndarray | None) -> bool:
    if want is None or got.size != want.size:
        return False
    return agree(got, want) or not (np.any(np.isfinite(want)) or np.any(np.isfinite(got)))


def judge(reading: Reading) -> Verdict:
    if fault := none_arrived(reading):
        return fault
    values = reading.all()
    gradients = [answer.arrays("gradients") for answer in reading.answers.values()]
    if agrees(reading, mean) or agrees(reading, total):
        findings = []
        if any(value.shape != () for value in values):
            words = f"The loss has shape {list(values[0].shape)}."
            findings.append(convention("not-a-scalar", words, "Return one number: reduce over all axes."))
        if not all(gradient.size for some in gradients for gradient in some):
            findings.append(GRADIENT_CUT)
        return verdict(findings)
    if agrees(reading, lambda v, x: -v):
        return verdict([NOT_REDUCED])
    named = explain(lambda pieces: agrees(reading, pieces["f"]), LOSS_MISTAKES, values)
    inputs = [reading.inputs(label) for label in reading.answers]
    if not named and any(regularised(values, gradients[0], inputs, summed) for summed in (False, True)):
        named = [REGULARISER]
    return verdict(named or [WRONG])


GRADIENT_CUT = Finding(
    "gradient-cut",
    "No gradient reaches the model's weights.",
    "Use TensorFlow's functions, not NumPy's.",
    kind=TERM,
)
NOT_REDUCED = convention(
    "not-reduced",
    "The loss is one number per point, not one for all.",
    "Take the mean or the sum over the points.",
)
WRONG = unknown(
    "The loss is not the negative mean or sum of the model's log-likelihoods.",
    "loss = - mean of model(inputs).",
)


def loss_question(x: np.ndarray, *parameters: np.ndarray) -> Question:
    return Question("loss", (x, parameters), ("mixture_likelihood", "GMM"))


def loss_faults(arguments: Arguments, answer: Answer) -> Lines:
    each = -oracle.log_likelihood(*flat(arguments))
    if faults := mean_or_sum(answer.array("value").ravel(), each):
        return faults
    cut = [n for n, g in zip(WEIGHTS, answer.arrays("gradients"), strict=True) if g.size == 0]
    return {"": f"no gradient of the loss arrives in {' and '.join(cut)}"} if cut else {}


SMALL = Small(
    (
        *ONE_COMPONENT[:2],
        f32([[0]], [0], [0], [-2]),
        f32([[0], [1]], [0], [0], [0]),
        f32([[0], [2]], [0], [0], [0]),
        f32([[0], [1]], [0], [0], [-2]),
        f32([[0], [2]], [0, 1], [0, 1], [0, 1]),
        f32([[0]] * 32 + [[3]], [0], [0], [0]),
        f32([[30]], [0], [0], [0]),
    ),
    (loss_question,),
    density_probe,
    faults=loss_faults,
)


def arguments(question: Question) -> list[np.ndarray]:
    return flat((question.arguments[0], *question.arguments[1]))


def reply(question: Question, parts: list[np.ndarray]) -> Reply:
    return {"value": parts[0], "gradients": [-g for g in oracle.gradient(*arguments(question))]}


@by_hand(
    "loss", questions, judge, LOSS_MISTAKES, small=(SMALL,), arguments=arguments, reply=reply, axes=DENSITY
)
def loss(
    x: np.ndarray,
    logits: np.ndarray,
    means: np.ndarray,
    lsigmas: np.ndarray,
    f: Callable[[np.ndarray, np.ndarray], np.ndarray] = mean,
) -> np.ndarray:
    """The loss is the negative log-likelihood of all inputs, as mean or sum, and differentiable."""
    return f(oracle.log_likelihood(x, logits, means, lsigmas), x)
