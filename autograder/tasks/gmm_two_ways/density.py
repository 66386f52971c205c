"""`mixture_likelihood`, and what every function of the log joint is asked and may get wrong."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from scipy.special import softmax

from autograder.authoring import NOTHING, STRUCTURE, TAILS, TERM
from autograder.authoring.by_hand import Judged, Small, by_hand
from autograder.authoring.logspace import logsumexp
from autograder.authoring.precision import double, f32
from autograder.authoring.readings import Reading, in_readings
from autograder.engine.assignment import Arguments, Draw, Question, Questions
from autograder.engine.counterexample import Lines, fault, in_digits
from autograder.engine.judge import (
    ENDED,
    Answer,
    Answers,
    Finding,
    Outcome,
    Pieces,
    Reply,
    Verdict,
    advice,
    agree,
    best,
    convention,
    cut_short,
    explain,
    found,
    kinds_of,
    known,
    near,
    no_answer,
    no_numbers_wrong,
    raised,
    unexplained,
    verdict,
)
from autograder.engine.scale import Kind
from autograder.tasks.gmm_two_ways import oracle
from autograder.tasks.gmm_two_ways.inputs import (
    DENSITY,
    DENSITY_RUNGS,
    FIVE_COMPONENTS,
    WEIGHTS,
    column,
    density_probe,
    draw,
    flat,
    mixture,
    wrong_shape,
)

# Below this log-density a point counts as a tail.
TAIL_DENSITY = -5.0


def no_prior(logits: np.ndarray) -> np.ndarray:
    return np.zeros_like(logits)


DENSITY_MISTAKES = [
    known("weights-forgotten", STRUCTURE, "The mixing weights are left out, or they are all 1.",
          "Each component's density is weighted by its mixing weight; a softmax over an axis of length 1 "
          "gives 1.", prior=no_prior),
    known("weights-not-normalised", STRUCTURE, "The logits are used as if they were log weights.",
          "Logits become log weights by log-softmax.", prior=lambda logits: logits),
    known("weights-not-logged", STRUCTURE, "Probabilities are added where log-probabilities belong.",
          "In log space the weight enters as its logarithm.", prior=softmax),
    known("logits-logged", STRUCTURE, "The logarithm of the logits is used as the log weights.",
          "Logits are already in log space: normalise them with log-softmax.", prior=np.log),
    known("half-missing", TERM, "The factor 1/2 in the exponent is missing.",
          "Look at the exponent of the normal density again.",
          exponent=lambda d, s: 2 * oracle.exponent(d, s)),
    known("half-squared", TERM, "The exponent has the factor 1/4, not 1/2.",
          "Square the distance in units of sigma, then halve it once.",
          exponent=lambda d, s: 0.5 * oracle.exponent(d, s)),
    known("two-pi-missing", TERM, "The constant with 2 pi is missing or wrong.",
          "A density integrates to 1: check the constant of the normal density.", normaliser=lambda s: -s),
    known("two-pi-not-halved", TERM, "log(2 pi) is not halved.", "The density has the square root of 2 pi.",
          normaliser=lambda s: -s - oracle.LOG_2PI),
    known("sigma-normaliser-missing", TERM, "The term -log sigma is missing.",
          "A narrow component is higher: the density is divided by sigma.",
          normaliser=lambda s: 0 * s - 0.5 * oracle.LOG_2PI),
    known("normaliser-missing", TERM, "The normalising constant of the normal density is missing.",
          "A density integrates to 1, for every sigma.", normaliser=lambda s: 0 * s),
    known("normaliser-squared", TERM, "The square root of the normalising constant is missing.",
          "The density is divided by the square root of 2 pi sigma^2.",
          normaliser=lambda s: -2 * s - oracle.LOG_2PI),
    known("normaliser-sign", TERM, "The normalising constant has the wrong sign.",
          "The density is divided by its constant, so its logarithm is subtracted.",
          normaliser=lambda s: s + 0.5 * oracle.LOG_2PI),
    known("variance-for-sigma", TERM, "exp(lsigmas) is used as the variance.",
          "exp(lsigmas) is the standard deviation; the variance is its square.",
          exponent=lambda d, s: -0.5 * d**2 * np.exp(-s),
          normaliser=lambda s: -0.5 * s - 0.5 * oracle.LOG_2PI),
    known("sigma-not-squared", TERM, "The exponent divides by sigma, not by sigma squared.",
          "Both the distance and sigma are squared.", exponent=lambda d, s: -0.5 * d**2 * np.exp(-s)),
    known("sigma-squared-twice", TERM, "The exponent divides by sigma to the fourth.",
          "exp(lsigmas) is squared once.", exponent=lambda d, s: -0.5 * d**2 * np.exp(-4 * s)),
    known("distance-not-squared", TERM, "The distance in the exponent is not squared.",
          "Look at the exponent of the normal density again.",
          exponent=lambda d, s: -0.5 * np.abs(d) * np.exp(-s)),
    known("exponent-sign", TERM, "The exponent has the wrong sign.",
          "The density falls with the distance from the mean.", exponent=lambda d, s: -oracle.exponent(d, s)),
    known("sigma-not-exponentiated", STRUCTURE, "log sigma is used where sigma belongs.",
          "sigma = exp(lsigmas).",
          *({"exponent": lambda d, s: -0.5 * (d / s) ** 2, **normaliser} for normaliser in (
              {}, {"normaliser": lambda s: -np.log(s) - 0.5 * oracle.LOG_2PI},
              {"normaliser": lambda s: -np.log(np.abs(s)) - 0.5 * oracle.LOG_2PI}))),
]  # fmt: skip


def floored(
    joint: np.ndarray, logits: np.ndarray, floor: float, above: Callable[..., np.ndarray] = np.logaddexp
) -> np.ndarray:
    """log p(x) kept above the logarithm of a floor, (N,)."""
    return above(logsumexp(joint, 1), np.log(floor))


LIKELIHOOD_MISTAKES = DENSITY_MISTAKES + [
    known("sum-of-logs", STRUCTURE, "Logarithms are summed where probabilities should be.",
          "p(x) is a sum over components, and the logarithm comes after it: logsumexp.",
          reduce=lambda joint, _: joint.sum(1)),
    known("weighted-sum-of-logs", STRUCTURE, "Log-densities are averaged with the weights.",
          "The weights belong inside the logarithm: p(x) is a weighted sum of densities.", prior=no_prior,
          reduce=lambda joint, logits: joint @ softmax(logits)),
    known("largest-component", STRUCTURE, "Only the largest component counts.",
          "p(x) is a sum over all components.", reduce=lambda joint, _: joint.max(1)),
    known("largest-not-added-back", STRUCTURE, "The largest logarithm is subtracted, but never added back.",
          "log sum exp(a) = m + log sum exp(a - m), where m is the largest a.",
          # With a wrong normaliser as well, numbers near zero would fit.
          normaliser=oracle.log_normaliser, reduce=lambda joint, _: logsumexp(joint, 1) - joint.max(1)),
    known("mean-over-components", TERM, "The density is the mean over components, not their sum.",
          "The weights already sum to one.",
          reduce=lambda joint, _: logsumexp(joint, 1) - np.log(joint.shape[1])),
    known("mean-of-logs", STRUCTURE, "Logarithms are averaged where probabilities should be summed.",
          "p(x) is a sum over components, and the logarithm comes after it: logsumexp.",
          reduce=lambda joint, _: joint.mean(1)),
    known("density-for-log", STRUCTURE, "The density is returned, not its logarithm.", "Return log p(x).",
          reduce=lambda joint, _: np.exp(logsumexp(joint, 1))),
    known("negative", TERM, "The sign is flipped: this is the negative log-likelihood.",
          "Return log p(x); the loss changes the sign later.", reduce=lambda joint, _: -logsumexp(joint, 1)),
    known("not-summed-over-components", STRUCTURE, "One number per component is returned.",
          "p(x) is a sum over all components.", reduce=lambda joint, _: joint),
    known("wrong-axis", STRUCTURE, "The sum runs over the data, not over the components.",
          "Sum over the axis of the components.", reduce=lambda joint, _: logsumexp(joint, 0)),
    known("summed-over-data", STRUCTURE, "One number is returned for all points together.",
          "Return one log-likelihood for each row of x.",
          reduce=lambda joint, _: np.array(logsumexp(joint, 1).sum())),
    known("averaged-over-data", STRUCTURE, "One number is returned for all points together.",
          "Return one log-likelihood for each row of x.",
          reduce=lambda joint, _: np.array(logsumexp(joint, 1).mean())),
    known("unstable-in-the-tails", TAILS, "Where the density is small, the result is cut off.",
          "The logarithm of a small density is a large negative number: stay in log space.",
          *({"reduce": functools.partial(floored, floor=floor, above=above)}
            for floor in (1e-5, 1e-4, 1e-3, 1e-2)
            for above in (np.logaddexp, np.maximum))),
    known("density-floored", TERM, "A constant is added to the density before the logarithm.",
          "The logarithm of a small density is a large negative number: stay in log space.",
          *({"reduce": functools.partial(floored, floor=floor)} for floor in (0.1, 1.0))),
]  # fmt: skip
SIZE_ONE_SOFTMAX = known(
    "softmax-over-size-1-axis",
    STRUCTURE,
    "For parameters of shape (K,1) softmax runs over the axis of length 1, so every weight is 1.",
    "Flatten the parameters first, or name the axis of the components.",
    {"prior": no_prior},
)


FIVE = "float32"  # the question with the course's five components
VECTOR = ("three", "seven", "narrow", "wide")
COLUMN = (*(f"column-{name}" for name in VECTOR), "column-float64")
LARGE = "large"  # logits far from zero
LARGE_LOGITS = advice(
    "large-logits",
    "Advice: with all logits larger by 100 the result is not finite, although the weights are the same.",
    "exp overflows there; tf.nn.log_softmax subtracts the largest logit first.",
)


def density_questions(function: str) -> Draw:
    """The same function with all that a notebook passes to it."""

    def questions(rng):
        far = np.array([-900.0, -120.0, -25.0, 30.0, 250.0, 1000.0])
        asked = {}
        for name, k, kind, form, narrow in (
            ("three", 3, "tensor", "vector", 1.0),
            ("seven", 7, "tensor", "vector", 1.0),
            ("narrow", 4, "tensor", "vector", 0.02),
            ("wide", 4, "tensor", "vector", 9.0),  # every sigma above 1
            (FIVE, 5, "numpy", "vector", 1.0),
            ("float64", 6, "numpy", "vector", 1.0),
            ("column-float64", 6, "numpy", "column", 1.0),
            ("variables", 3, "tensor", "variables", 1.0),
            ("variables-column", 5, "tensor", "variables-column", 1.0),
        ):
            parameters: tuple[np.ndarray, ...] = mixture(rng, k, narrow)
            x = draw(rng, parameters, 40, far * narrow)
            if name.endswith("float64"):
                x = double(x)
            if name == "three":
                logits, *others = parameters
                asked[LARGE] = Question("call", (function, kind, x, logits + np.float32(100), *others))
            if name in VECTOR:  # the same numbers in both shapes, so that the shape alone makes a difference
                asked[f"column-{name}"] = Question("call", (function, kind, x, *column(parameters)))
            if form.endswith("column"):
                parameters = column(parameters)
            probe = "call_with_variables" if form.startswith("variables") else "call"
            asked[name] = Question(probe, (function, kind, x, *parameters))
        return asked

    return questions


def questions(rng: np.random.Generator) -> Questions:
    parameters = mixture(rng, 4)
    asked = density_questions("mixture_likelihood")(rng)
    asked["gradient"] = Question("gradient", (draw(rng, parameters, 30), *parameters))
    return in_readings(asked)


ARRAYS = ("float32", "float64")
VARIABLES = ("variables", "variables-column")
# (questions, id, message, hint, kind) of what an answer may not work for.
FORMS = (
    (VECTOR, "only-column-parameters", "Right for parameters of shape (K,1) only.",
     "Flatten the parameters with tf.reshape(..., [-1]).", Kind.ONE_FORM),
    (COLUMN, "only-vector-parameters", "Right for parameters of shape (K,) only.",
     "Flatten the parameters with tf.reshape(..., [-1]), or name the axis.", Kind.ONE_FORM),
    (ARRAYS, "only-tensors", "Fails when x is a NumPy array of float32 or float64.",
     "Begin with x = tf.cast(x, tf.float32).", Kind.INPUT_TYPE),
    (VARIABLES, "not-for-variables", "Fails when the parameters are the weights of a model.",
     "Use TensorFlow's functions on the parameters.", Kind.INPUT_TYPE),
)  # fmt: skip


def judge_density(reading: Reading, judge: Judged) -> Verdict:
    """Judge a function of a density on every form of its arguments.

    Args:
        judge: Reading -> Verdict.
    """
    judged = functools.cache(lambda *labels: judge(reading.only(labels)))
    answers = reading.answers
    tensors, columns = ([n for n in names if answers[n].arrived] for names in (VECTOR, COLUMN))
    if not tensors and not columns:
        others = [name for name in (*ARRAYS, *VARIABLES) if answers[name].arrived]
        failure = no_answer(answers["three"])
        if not others or cut_short(failure):
            return failure
        if five := only_five(answers, judged):
            return five
        tensors = others
    main = judged(*(tensors or columns))
    if main.outcome == Outcome.WRONG or NOTHING in kinds_of(main.findings):
        by_column = judged(*columns) if columns and tensors else main
        main = best([main, by_column])
        if main is not by_column:
            return only_five(answers, judged) or main
        tensors = [] if columns else tensors
    return verdict(list(forms_that_fail(answers, judged, main, tensors or columns)))


def forms_that_fail(
    answers: Answers, judged: Callable[..., Verdict], main: Verdict, settled: Iterable[str]
) -> Iterator[Finding]:
    """The findings of the main verdict, and those about the forms of the arguments that do not work.

    Args:
        settled: the questions that the main verdict is about.
    """
    yield from main.findings
    more = False
    for names, id, message, hint, kind in FORMS:
        if names == VARIABLES and more:
            # What fails for (K,1) or for arrays fails for weights of that kind too.
            names = VARIABLES[:1]
        broken = [name for name in names if not answers[name].arrived]
        if broken:
            data = answers[broken[0]].data
            words = f" {raised(data).message}" if data else ""
            yield convention(id, message + words, hint, kind)
        # Judged with what is settled, since few numbers can fit more than one mistake.
        elif not main.share or judged(*settled, *names).share >= main.share:
            continue
        elif names == COLUMN and any(f.id == "weights-forgotten" for f in judged(*names).findings):
            yield found(SIZE_ONE_SOFTMAX)._replace(kind=kind)
        else:
            yield convention(id, message, hint, kind)
        more = True


def only_five(answers: Answers, judged: Callable[..., Verdict]) -> Verdict | None:
    """The verdict for a function that is right for five components and no other number."""
    if answers[FIVE].arrived and judged(FIVE).outcome == Outcome.CORRECT:
        return verdict([FIVE_COMPONENTS])
    return None


def agrees(reading: Reading, pieces: Pieces, tails: bool = False) -> bool:
    """Whether log-likelihoods are right, or what a mistake gives, at all points or away from the tails."""
    for label in reading.answers:
        right, want, got = reading.want(label), reading.want(label, pieces), reading.got(label)
        if want is None or got.size != np.size(want):
            return False
        got = got.reshape(np.shape(want))
        if not tails and np.shape(want)[:1] == np.shape(right):
            got, want = got[right > TAIL_DENSITY], want[right > TAIL_DENSITY]
        if not near(got, want, bool(pieces)):
            return False
    return True


UNSTABLE = Finding(
    "unstable-in-the-tails",
    "Far from all components the result underflows: it is infinite, NaN or cut off there.",
    "Stay in log space to the end: tf.reduce_logsumexp.",
    kind=TAILS,
)
IMPRECISE = Finding(
    "imprecise",
    "The numbers are right to two or three digits only.",
    "Compute in float32 throughout, and take constants such as pi from NumPy.",
    kind=TERM,
)
RESHAPING = {"not-summed-over-components", "wrong-axis", "summed-over-data", "averaged-over-data"}


def judge_values(reading: Reading) -> Verdict:
    """The verdict on log-likelihoods for some forms of the arguments."""
    values = {label: reading.got(label) for label in reading.answers}
    shape = next((v for n, v in values.items() if v.shape != (len(reading.want(n)), 1)), None)
    if agrees(reading, {}):
        named = [] if agrees(reading, {}, tails=True) else [UNSTABLE]
    else:
        named = explain(functools.partial(agrees, reading), LIKELIHOOD_MISTAKES, values.values())
        if not named and all(imprecise(got, reading.want(label)) for label, got in values.items()):
            named = [IMPRECISE]
        if not named:
            label, got = next(iter(values.items()))
            words = f"Expected shape [N, 1], got {list(got.shape)}."
            if got.size == reading.want(label).size:
                words = "log p(x) is wrong."
            hint = "Try one component: then it is the log of a normal density."
            return unexplained(words, hint)
    if shape is not None and not any(finding.id in RESHAPING for finding in named):
        named.append(wrong_shape(shape, [f"N = {shape.size}", "1"], Kind.FLAT))
    return verdict(named)


def imprecise(got: np.ndarray, want: np.ndarray) -> bool:
    """Whether log-likelihoods are nearly right away from the tails, as in half precision."""
    if got.size != want.size:
        return False
    near = want > TAIL_DENSITY
    error = np.abs(got.ravel() - want)[near]
    return bool(np.all(error < 0.5) and np.mean(error < 0.02) > 0.8)


def judge(reading: Reading) -> Verdict:
    result = judge_density(reading, judge_values)
    if not result.share or not no_numbers_wrong(result):
        return result
    cut = cut_gradient(reading.asked["gradient"], reading.answers["gradient"])
    return verdict([*result.findings, *cut, *advice_about_logits(reading.answers)])


def advice_about_logits(answers: Answers) -> list[Finding]:
    """Advice for a function that is right, and not where the logits are large."""
    answer = answers[LARGE]
    finite = answer.arrived and np.all(np.isfinite(answer.array("value")))
    return [] if finite or not answer.arrived else [LARGE_LOGITS]


def cut_gradient(question: Question, answer: Answer) -> list[Finding]:
    """Findings about the gradient of a right log-likelihood."""
    if ended := ENDED.get(answer.kind):
        words = f"The values are right; taking their gradient failed. {ended.message}"
        return [ended._replace(message=words, kind=TERM)]
    if not answer.arrived:
        words = f"A gradient cannot be taken: {raised(answer.data).message}"
        return [Finding("gradient-cut", words, "Use TensorFlow's functions on the parameters.", TERM)]
    inputs = flat(question.arguments)
    found = list(gradients(inputs, answer))
    missing = [name for name, got, _ in found if not got.size]
    wrong = [name for name, got, want in found if got.size and not same_gradient(got, want, inputs)]
    if not missing and not wrong:
        return []
    names = " and ".join(missing or wrong)
    words = f"No gradient reaches {names}." if missing else f"The gradient reaches {names} only in part."
    hint = (
        "NumPy functions on tensors end the gradient tape, and so does tf.stop_gradient; use tf.math instead."
    )
    return [Finding("gradient-cut", words, hint, TERM)]


def gradients(inputs: Sequence[np.ndarray], answer: Answer) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """(parameter, what was returned as the gradient of the sum over x, what is right)."""
    for name, got, want in zip(WEIGHTS, answer.arrays("gradients"), oracle.gradient(*inputs), strict=True):
        yield name, got, len(inputs[0]) * want


def same_gradient(got: np.ndarray, want: np.ndarray, inputs: Sequence[np.ndarray]) -> bool:
    n = len(inputs[0])
    return agree(got / n, want / n, scale=30)


def value_faults(arguments: Arguments, answer: Answer) -> Lines:
    return fault(answer.array("value"), oracle.log_likelihood(*flat(arguments))[:, None])


def gradient_faults(arguments: Arguments, answer: Answer) -> Lines:
    """What is wrong with the gradient of the sum over x, as `gradients` compares it."""
    inputs = flat(arguments)
    for name, got, want in gradients(inputs, answer):
        if want.size == 1 and name == "logits":
            continue  # it is 0: one component has all the weight
        words = f"expected the gradient of the summed log p(x) in {name} to be {shown(want)}"
        if got.size == 0:
            return {"": f"{words}, but none arrives"}
        if not same_gradient(got, want, inputs):
            return {"": f"{words}, it is {shown(got)}"}
    return {}


def shown(values: np.ndarray) -> str:
    return in_digits(np.ravel(values))


def density_question(
    function: str,
    stand_ins: tuple[str, ...],
    kind: str,
    columns: bool,
    x: np.ndarray,
    *parameters: np.ndarray,
) -> Question:
    parameters = column(map(np.ravel, parameters)) if columns else parameters
    return Question("call", (function, kind, x, *parameters), stand_ins)


def density_ways(function: str, stand_ins: tuple[str, ...] = ()) -> tuple[Callable[..., Question], ...]:
    """Tensors, tensors with parameters of shape (K,1), arrays."""
    return tuple(
        functools.partial(density_question, function, stand_ins, kind, columns)
        for kind, columns in (("tensor", False), ("tensor", True), ("numpy", False))
    )


def gradient_question(*arguments: np.ndarray) -> Question:
    return Question("gradient", arguments)


GRADIENT_RUNGS = (
    f32([[1]], [0], [0], [0]),
    f32([[2]], [0], [0], [0]),
    f32([[1]], [0, 0], [0, 3], [0, 0]),
    f32([[1], [2]], [0, 1], [0, 2], [0, 1]),
)
SMALL = (
    Small(DENSITY_RUNGS, density_ways("mixture_likelihood"), density_probe, faults=value_faults),
    Small(GRADIENT_RUNGS, (gradient_question,), faults=gradient_faults),
)


def arguments(question: Question) -> list[np.ndarray]:
    """float64 x (N,) and parameters (K,) of a question about a density."""
    return flat(question.arguments[0 if question.probe == "gradient" else 2 :])


def reply(question: Question, parts: list[np.ndarray]) -> Reply:
    """Of a function whose gradient is right."""
    if question.probe == "gradient":
        x, *parameters = arguments(question)
        return {"gradients": [len(x) * g for g in oracle.gradient(x, *parameters)]}
    (value,) = parts
    return {"value": value[:, None] if value.shape == (len(question.arguments[2]),) else value}


@by_hand(
    "mixture_likelihood",
    questions,
    judge,
    LIKELIHOOD_MISTAKES,
    small=SMALL,
    arguments=arguments,
    reply=reply,
    axes=DENSITY,
)
def mixture_likelihood(
    x: np.ndarray, logits: np.ndarray, means: np.ndarray, lsigmas: np.ndarray, **pieces: Any
) -> np.ndarray:
    """log p(x) of a mixture, stable in the tails, differentiable in all three parameters."""
    return oracle.log_likelihood(x, logits, means, lsigmas, **pieces)
