"""`GMM`: what the model returns, and how a gradient step moves it."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import softmax

from autograder.authoring import NOTHING, STRUCTURE, TERM
from autograder.authoring.by_hand import Small, by_hand
from autograder.authoring.precision import double, f32
from autograder.authoring.readings import Reading, none_arrived
from autograder.engine.assignment import OWN, Arguments, Question, Questions
from autograder.engine.counterexample import Lines, compared, fault
from autograder.engine.judge import Answer, Finding, Reply, Verdict, agree, known, unknown, verdict
from autograder.tasks.gmm_two_ways import oracle
from autograder.tasks.gmm_two_ways.density import shown
from autograder.tasks.gmm_two_ways.inputs import (
    DENSITY,
    FEW,
    ONE_COMPONENT,
    SYMMETRIC_START,
    TWO_COMPONENTS,
    WEIGHTS,
    Parameters,
    all_equal,
    draw,
    flat,
    mixture,
    wrong_shape,
)

RATE = 0.05
HELPERS = ("mixture_likelihood",)


def questions(rng: np.random.Generator) -> Questions:
    asked = {}
    for reading, stand_ins in (("right", HELPERS), (OWN, ())):
        for k in (3, 6):
            start = mixture(rng, k)
            x = draw(rng, start, 50)
            question = Question("gmm", (x, start, RATE), stand_ins, fallback=reading == OWN)
            asked[f"{reading} {k}"] = question._replace(reading=reading, label=str(k))
    return asked


GMM_MISTAKES = [
    known("averaged-over-data", STRUCTURE, "The model returns one number for all points together.",
          "Return the log-likelihood of each point; the loss averages.", f=lambda v: np.array(v.mean())),
    known("summed-over-data", STRUCTURE, "The model returns one number for all points together.",
          "Return the log-likelihood of each point; the loss sums.", f=lambda v: np.array(v.sum())),
    known("negative", TERM, "The model returns the negative log-likelihood.",
          "Return the log-likelihood; the loss changes the sign.", f=lambda v: -v),
    known("density-for-log", STRUCTURE, "The model returns the density, not its logarithm.",
          "Return log p(x).", f=np.exp),
    known("weights-forgotten", STRUCTURE, "The logits are not used.", "Pass the model's own three weights.",
          g=lambda a, m, s: (0 * a, m, s)),
    known("means-forgotten", STRUCTURE, "The means are not used.", "Pass the model's own three weights.",
          g=lambda a, m, s: (a, 0 * m, s)),
    known("sigmas-forgotten", STRUCTURE, "The sigmas are not used.", "Pass the model's own three weights.",
          g=lambda a, m, s: (a, m, 0 * s)),
    known("exponentiated-twice", STRUCTURE, "Sigma is passed where log sigma belongs.",
          "mixture_likelihood takes the logarithm of sigma.", g=lambda a, m, s: (a, m, np.exp(s))),
    known("softmaxed-twice", STRUCTURE, "Weights are passed where logits belong.",
          "mixture_likelihood takes logits.", g=lambda a, m, s: (softmax(a), m, s)),
    known("wrong-order", STRUCTURE, "The weights are passed in the wrong order.",
          "mixture_likelihood(x, logits, means, lsigmas).", {"g": lambda a, m, s: (m, a, s)},
          {"g": lambda a, m, s: (a, s, m)}),
]  # fmt: skip
NOT_FINITE = Finding(
    "start-not-finite",
    "An initial weight is NaN or infinite.",
    "Start near zero, with a small spread.",
    kind=STRUCTURE,
)
NOT_KEPT = Finding(
    "weights-not-kept",
    "The weights are made anew in each call, so training is lost.",
    "Make the weights once, in __init__ or build.",
    kind=STRUCTURE,
)
WRONG_OUTPUT = unknown(
    "The model's output is not the log-likelihood at its weights.",
    "Return mixture_likelihood of the inputs and the three weights.",
)
NOT_TRACKED = Finding(
    "tf-variable-not-tracked",
    "The model has no trainable weights, so training changes nothing.",
    "Keras 3 does not track tf.Variable attributes: make the weights with self.add_weight(..., "
    "trainable=True).",
    kind=STRUCTURE,
)


def judge(reading: Reading) -> Verdict:
    if fault := none_arrived(reading):
        return fault
    replies, inputs = list(reading.answers.values()), [reading.inputs(label) for label in reading.answers]
    for answer, (_, logits, *_) in zip(replies, inputs, strict=True):
        if any(w.size != len(logits) for w in answer.arrays("start")):
            return verdict([wrong_sizes(answer, len(logits), inputs[0][0])])
    findings = [finding for answer in replies for finding in about_start(answer.arrays("start"))][:1]
    if not_kept(replies, inputs):
        return verdict([NOT_KEPT])
    if not reading.agrees():
        return verdict(findings + (reading.explained(GMM_MISTAKES) or [WRONG_OUTPUT]))
    odd = any(v.shape != (len(x), 1) for v, (x, *_) in zip(reading.all(), inputs, strict=True))
    if odd and not findings:
        value = reading.all()[0]
        findings = [wrong_shape(value, [f"N = {value.size}", "1"])]
    return verdict(findings + movement(replies, inputs))


def about_start(start: Sequence[np.ndarray]) -> list[Finding]:
    """Findings about the initial weights."""
    if not all(np.all(np.isfinite(w)) for w in start):
        return [NOT_FINITE]
    return [SYMMETRIC_START] if all_equal(start) else []


def not_kept(replies: Sequence[Answer], inputs: Sequence[Arguments]) -> bool:
    """Whether the model is right for the weights that it has, and these are not those that were set."""
    for answer, (x, *start) in zip(replies, inputs, strict=True):
        if not all(agree(a, b) for a, b in zip(answer.arrays("set"), start, strict=True)):
            return agree(answer.array("first"), oracle.log_likelihood(x, *answer.arrays("start")))
    return False


def wrong_sizes(answer: Answer, k: int, x: np.ndarray) -> Finding:
    words = (
        f"Expected {k} numbers in each of logits, means, lsigmas for k = {k}, got "
        f"{[w.size for w in answer.arrays('start')]}."
    )
    hint = "Each weight has shape (k,) or (k, 1)."
    try:
        start = np.broadcast_arrays(*answer.arrays("start"))
    except ValueError:
        return Finding("wrong-number-of-weights", words, hint, kind=NOTHING)
    computes = start[0].size and agree(answer.array("first"), oracle.log_likelihood(x, *start))
    return Finding("wrong-number-of-weights", words, hint, STRUCTURE if computes else NOTHING)


def movement(replies: Sequence[Answer], inputs: Sequence[Arguments]) -> list[Finding]:
    """Findings about one step of gradient descent."""
    still, wrong = set(), set()
    for answer, (x, *_) in zip(replies, inputs, strict=True):
        start, moved = answer.arrays("set"), answer.arrays("moved")
        steps = oracle.gradient(x, *(double(w) for w in start))
        for name, before, after, step in zip(WEIGHTS, start, moved, steps, strict=True):
            if after.size != before.size or step.size != before.size:
                wrong.add(name)
            elif np.array_equal(before, after):
                still.add(name)
            elif not agree((after - before) / RATE, step, scale=50):
                wrong.add(name)
    if len(still) == 3 and all(answer.data.get("trainable") == 0 for answer in replies):
        return [NOT_TRACKED]
    if still:
        words = f"A gradient step does not change {' and '.join(sorted(still))}."
        hint = "Make the weight trainable, and use TensorFlow's functions in call."
        return [Finding("weight-not-trained", words, hint, STRUCTURE if len(still) > 1 else TERM)]
    if wrong:
        words = f"A gradient step moves {' and '.join(sorted(wrong))} wrongly."
        hint = "Use TensorFlow's functions, and no tf.stop_gradient, in call."
        return [Finding("wrong-gradient", words, hint, TERM)]
    return []


# The weights of a model are set before it is asked: rungs are as above.
MODEL_RUNGS = (
    ONE_COMPONENT[0],
    ONE_COMPONENT[1],
    ONE_COMPONENT[3],
    *TWO_COMPONENTS[:4],
    f32([[1], [3]], [0], [0], [0]),
    f32([[0], [2]], [0, 0], [0, 1], [0, 0]),
    f32([[0], [2]], [0, 1], [0, 2], [0, 0]),
    f32([[1], [3]], [0, 1], [0, 2], [0, 1]),
)
SMALL_RATE = 0.1


def gmm_question(x: np.ndarray, *parameters: np.ndarray) -> Question:
    return Question("gmm", (x, parameters, SMALL_RATE), ("mixture_likelihood",))


def gmm_faults(arguments: Arguments, answer: Answer) -> Lines:
    """The start, then the output, then one step of gradient descent."""
    x, *parameters = flat(arguments)
    k, start = len(parameters[0]), [*map(np.ravel, answer.arrays("start"))]
    for name, values in zip(WEIGHTS, start, strict=True):
        if values.size != k:
            return {"": f"GMM({k}) has {values.size} numbers in {name}, expected {k}"}
        if not np.all(np.isfinite(values)):
            return {"": f"GMM({k}) starts with {name} = {shown(values)}"}
    if k > 1 and all_equal(start):
        parts = ", ".join(f"{name} = {shown(v)}" for name, v in zip(WEIGHTS, start, strict=True))
        return {"": f"GMM({k}) starts with {parts}, so its components never differ"}
    for name, got, want in zip(WEIGHTS, answer.arrays("set"), parameters, strict=True):
        if not agree(got, want):
            return {"": f"{name} was set to {shown(want)}, and is {shown(got)} after a call"}
    if faults := fault(answer.array("value"), oracle.log_likelihood(x, *parameters)[:, None]):
        return faults
    moved, steps = answer.arrays("moved"), oracle.gradient(x, *parameters)
    for name, got, before, step in zip(WEIGHTS, moved, parameters, steps, strict=True):
        if got.size != k or not agree((got - before) / SMALL_RATE, step, scale=50):
            words = compared(got, before + SMALL_RATE * step, name).replace("you returned", "the model has")
            return {"": f"after a step of SGD({SMALL_RATE}) on -mean(model(x)) {words}"}
    return {}


def arguments(question: Question) -> list[np.ndarray]:
    return flat((question.arguments[0], *question.arguments[1]))


def reply(question: Question, parts: list[np.ndarray]) -> Reply:
    """Of a model whose weights are kept, and move as they should."""
    (x, *theta), (value,), rate = arguments(question), parts, question.arguments[2]
    moved = [w + rate * step for w, step in zip(theta, oracle.gradient(x, *theta), strict=True)]
    value = value[:, None] if value.shape == x.shape else value
    return {"start": theta, "first": value, "value": value, "set": theta, "moved": moved, "trainable": 3}


@by_hand(
    "gmm_model", questions, judge, GMM_MISTAKES, name="GMM", arguments=arguments, reply=reply,
    small=(Small(MODEL_RUNGS, (gmm_question,), faults=gmm_faults, few=FEW),), axes=DENSITY,
)  # fmt: skip
def gmm_model(
    x: np.ndarray,
    logits: np.ndarray,
    means: np.ndarray,
    lsigmas: np.ndarray,
    f: Callable[[np.ndarray], np.ndarray] = lambda v: v,
    g: Callable[..., Parameters] = lambda *weights: weights,
) -> np.ndarray:
    """The model returns the log-likelihood, and a gradient step moves all three of its weights."""
    return f(oracle.log_likelihood(x, *g(logits, means, lsigmas)))
