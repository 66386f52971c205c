"""`mixture_likelihood`, and what every function of the log joint is asked and may get wrong."""

import functools

import numpy as np
from scipy.special import logsumexp, softmax

from autograder.engine.assignment import Question, task
from autograder.engine.judge import (
    ENDED,
    Finding,
    Mistake,
    advice,
    agree,
    best,
    convention,
    cut_short,
    explain,
    fits,
    found,
    kinds_of,
    no_answer,
    no_numbers_wrong,
    raised,
    unknown,
    verdict,
)
from autograder.engine.scale import Kind
from autograder.tasks.gmm_two_ways import oracle
from autograder.tasks.gmm_two_ways.inputs import (
    FIVE_COMPONENTS,
    WEIGHTS,
    column,
    draw,
    flat,
    mixture,
    wrong_shape,
)

# Below this log-density a point counts as a tail.
TAIL_DENSITY = -5.0



def no_prior(logits):
    return np.zeros_like(logits)


DENSITY_MISTAKES = [
    Mistake("weights-forgotten", Kind.STRUCTURE, "The mixing weights are left out, or they are all 1.",
            "Each component's density is weighted by its mixing weight; a softmax over an axis of "
            "length 1 gives 1.",
            {"prior": no_prior}),
    Mistake("weights-not-normalised", Kind.STRUCTURE, "The logits are used as if they were log weights.",
            "Logits become log weights by log-softmax.",
            {"prior": lambda logits: logits}),
    Mistake("weights-not-logged", Kind.STRUCTURE, "Probabilities are added where log-probabilities belong.",
            "In log space the weight enters as its logarithm.",
            {"prior": softmax}),
    Mistake("logits-logged", Kind.STRUCTURE, "The logarithm of the logits is taken for the log weights.",
            "Logits are already in log space: normalise them with log-softmax.",
            {"prior": np.log}),
    Mistake("half-missing", Kind.TERM, "The factor 1/2 in the exponent is missing.",
            "Look at the exponent of the normal density again.",
            {"exponent": lambda d, s: 2 * oracle.exponent(d, s)}),
    Mistake("two-pi-missing", Kind.TERM, "The constant with 2 pi is missing or wrong.",
            "A density integrates to 1: check the constant of the normal density.",
            {"normaliser": lambda s: -s}),
    Mistake("two-pi-not-halved", Kind.TERM, "log(2 pi) is not halved.",
            "The density has the square root of 2 pi.",
            {"normaliser": lambda s: -s - oracle.LOG_2PI}),
    Mistake("sigma-normaliser-missing", Kind.TERM, "The term -log sigma is missing.",
            "A narrow component is higher: the density is divided by sigma.",
            {"normaliser": lambda s: 0 * s - 0.5 * oracle.LOG_2PI}),
    Mistake("normaliser-missing", Kind.TERM, "The normalising constant of the normal density is missing.",
            "A density integrates to 1, for every sigma.",
            {"normaliser": lambda s: 0 * s}),
    Mistake("normaliser-squared", Kind.TERM, "The square root of the normalising constant is missing.",
            "The density is divided by the square root of 2 pi sigma^2.",
            {"normaliser": lambda s: -2 * s - oracle.LOG_2PI}),
    Mistake("normaliser-sign", Kind.TERM, "The normalising constant has the wrong sign.",
            "The density is divided by its constant, so its logarithm is subtracted.",
            {"normaliser": lambda s: s + 0.5 * oracle.LOG_2PI}),
    Mistake("variance-for-sigma", Kind.TERM, "exp(lsigmas) is taken for the variance.",
            "exp(lsigmas) is the standard deviation; the variance is its square.",
            {"exponent": lambda d, s: -0.5 * d**2 * np.exp(-s),
             "normaliser": lambda s: -0.5 * s - 0.5 * oracle.LOG_2PI}),
    Mistake("sigma-not-squared", Kind.TERM, "The exponent divides by sigma, not by sigma squared.",
            "Both the distance and sigma are squared.",
            {"exponent": lambda d, s: -0.5 * d**2 * np.exp(-s)}),
    Mistake("sigma-squared-twice", Kind.TERM, "The exponent divides by sigma to the fourth.",
            "exp(lsigmas) is squared once.",
            {"exponent": lambda d, s: -0.5 * d**2 * np.exp(-4 * s)}),
    Mistake("distance-not-squared", Kind.TERM, "The distance in the exponent is not squared.",
            "Look at the exponent of the normal density again.",
            {"exponent": lambda d, s: -0.5 * np.abs(d) * np.exp(-s)}),
    Mistake("exponent-sign", Kind.TERM, "The exponent has the wrong sign.",
            "The density falls with the distance from the mean.",
            {"exponent": lambda d, s: -oracle.exponent(d, s)}),
    Mistake("sigma-not-exponentiated", Kind.STRUCTURE, "log sigma is used where sigma belongs.",
            "sigma = exp(lsigmas).",
            {"exponent": lambda d, s: -0.5 * (d / s) ** 2,
             "normaliser": lambda s: -np.log(np.abs(s)) - 0.5 * oracle.LOG_2PI}),
    Mistake("sigma-not-exponentiated", Kind.STRUCTURE, "log sigma is used where sigma belongs.",
            "sigma = exp(lsigmas).",
            {"exponent": lambda d, s: -0.5 * (d / s) ** 2}),
    Mistake("sigma-not-exponentiated", Kind.STRUCTURE, "log sigma is used where sigma belongs.",
            "sigma = exp(lsigmas).",
            {"exponent": lambda d, s: -0.5 * (d / s) ** 2,
             "normaliser": lambda s: -np.log(s) - 0.5 * oracle.LOG_2PI}),
]  # fmt: skip


LIKELIHOOD_MISTAKES = DENSITY_MISTAKES + [
    Mistake("sum-of-logs", Kind.STRUCTURE, "Logarithms are summed where probabilities should be.",
            "p(x) is a sum over components, and the logarithm comes after it: logsumexp.",
            {"reduce": lambda joint, _: joint.sum(1)}),
    Mistake("weighted-sum-of-logs", Kind.STRUCTURE, "Log-densities are averaged with the weights.",
            "The weights belong inside the logarithm: p(x) is a weighted sum of densities.",
            {"prior": no_prior, "reduce": lambda joint, logits: joint @ softmax(logits)}),
    Mistake("largest-component", Kind.STRUCTURE, "Only the largest component counts.",
            "p(x) is a sum over all components.",
            {"reduce": lambda joint, _: joint.max(1)}),
    Mistake("mean-over-components", Kind.TERM, "The density is the mean over components, not their sum.",
            "The weights already sum to one.",
            {"reduce": lambda joint, _: logsumexp(joint, 1) - np.log(joint.shape[1])}),
    Mistake("mean-of-logs", Kind.STRUCTURE, "Logarithms are averaged where probabilities should be summed.",
            "p(x) is a sum over components, and the logarithm comes after it: logsumexp.",
            {"reduce": lambda joint, _: joint.mean(1)}),
    Mistake("density-for-log", Kind.STRUCTURE, "The density is returned, not its logarithm.",
            "Return log p(x).",
            {"reduce": lambda joint, _: np.exp(logsumexp(joint, 1))}),
    Mistake("negative", Kind.TERM, "The sign is turned: this is the negative log-likelihood.",
            "Return log p(x); the loss turns the sign later.",
            {"reduce": lambda joint, _: -logsumexp(joint, 1)}),
    Mistake("not-summed-over-components", Kind.STRUCTURE, "One number per component is returned.",
            "p(x) is a sum over all components.",
            {"reduce": lambda joint, _: joint}),
    Mistake("wrong-axis", Kind.STRUCTURE, "The sum runs over the data, not over the components.",
            "Sum over the axis of the components.",
            {"reduce": lambda joint, _: logsumexp(joint, 0)}),
    Mistake("summed-over-data", Kind.STRUCTURE, "One number is returned for all points together.",
            "Return one log-likelihood for each row of x.",
            {"reduce": lambda joint, _: np.array(logsumexp(joint, 1).sum())}),
    Mistake("averaged-over-data", Kind.STRUCTURE, "One number is returned for all points together.",
            "Return one log-likelihood for each row of x.",
            {"reduce": lambda joint, _: np.array(logsumexp(joint, 1).mean())}),
    *(Mistake("unstable-in-the-tails", Kind.TAILS, "Where the density is small, the result is cut off.",
              "The logarithm of a small density is a large negative number: stay in log space.",
              {"reduce": lambda joint, _, above=above, c=c: above(logsumexp(joint, 1), np.log(c))})
      for c in (1e-5, 1e-4, 1e-3, 1e-2)
      for above in (np.logaddexp, np.maximum)),
    *(Mistake("density-floored", Kind.TERM, "A constant is added to the density before the logarithm.",
              "The logarithm of a small density is a large negative number: stay in log space.",
              {"reduce": lambda joint, _, c=c: np.logaddexp(logsumexp(joint, 1), np.log(c))})
      for c in (0.1, 1.0)),
]  # fmt: skip
SIZE_ONE_SOFTMAX = Mistake(
    "softmax-over-size-1-axis", Kind.STRUCTURE,
    "For parameters of shape (K,1) softmax runs over the axis of length 1, so every weight is 1.",
    "Flatten the parameters first, or name the axis of the components.", {"prior": no_prior},
)  # fmt: skip


FIVE = "float32"  # the question with the course's five components
VECTOR = ("three", "seven", "narrow", "wide")
COLUMN = (*(f"column-{name}" for name in VECTOR), "column-float64")
LARGE = "large"  # logits far from zero
LARGE_LOGITS = advice(
    "large-logits",
    "Advice: with all logits larger by 100 the result is not finite, although the weights are the same.",
    "exp overflows there; tf.nn.log_softmax subtracts the largest logit first.",
)  # fmt: skip


def density_questions(function):
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
            parameters = mixture(rng, k, narrow)
            x = draw(rng, parameters, 40, far * narrow)
            if name.endswith("float64"):
                x = np.float64(x)
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


def likelihood_questions(rng):
    parameters = mixture(rng, 4)
    return density_questions("mixture_likelihood")(rng) | {
        "gradient": Question("gradient", (draw(rng, parameters, 30), *parameters))
    }


ARRAYS = ("float32", "float64")
VARIABLES = ("variables", "variables-column")


def judge_density(questions, answers, judged):
    """Judge a function of a density on every form of its arguments.

    Args:
        judged: names of questions -> Verdict.
    """
    judged = once_for_each(judged)
    tensors = [name for name in VECTOR if answers[name].arrived]
    columns = [name for name in COLUMN if answers[name].arrived]
    if not tensors and not columns:
        others = [name for name in (*ARRAYS, *VARIABLES) if answers[name].arrived]
        failure = no_answer(answers["three"])
        if not others or cut_short(failure):
            return failure
        if five := only_five(answers, judged):
            return five
        tensors = others
    main = judged(tensors or columns)
    if main.outcome == "wrong" or Kind.NOTHING in kinds_of(main.findings):
        by_column = judged(columns) if columns and tensors else main
        main = best([main, by_column])
        if main is not by_column:
            return only_five(answers, judged) or main
        tensors = [] if columns else tensors
    findings = list(main.findings)
    right = main.findings
    for names, id, message, hint, kind in (
        (VECTOR, "only-column-parameters", "Right for parameters of shape (K,1) only.",
         "Flatten the parameters with tf.reshape(..., [-1]).", Kind.ONE_FORM),
        (COLUMN, "only-vector-parameters", "Right for parameters of shape (K,) only.",
         "Flatten the parameters with tf.reshape(..., [-1]), or name the axis.", Kind.ONE_FORM),
        (ARRAYS, "only-tensors", "Fails when x is a NumPy array of float32 or float64.",
         "Begin with x = tf.cast(x, tf.float32).", Kind.INPUT_TYPE),
        (VARIABLES, "not-for-variables", "Fails when the parameters are the weights of a model.",
         "Use TensorFlow's functions on the parameters.", Kind.INPUT_TYPE),
    ):  # fmt: skip
        if names == VARIABLES and len(findings) > len(right):
            # What fails for (K,1) or for arrays fails for weights of that kind too.
            names = VARIABLES[:1]
        broken = [name for name in names if not answers[name].arrived]
        if broken:
            data = answers[broken[0]].data
            words = f" It raised {raised(data).message}" if data else ""
            findings.append(convention(id, message + words, hint, kind))
        # Judged with what is settled, since few numbers can fit more than one mistake.
        elif main.share and judged([*(tensors or columns), *names]).share < main.share:
            if names == COLUMN and any(f.id == "weights-forgotten" for f in judged(names).findings):
                findings.append(found(SIZE_ONE_SOFTMAX)._replace(kind=kind))
            else:
                findings.append(convention(id, message, hint, kind))
    return verdict(findings)


def once_for_each(judged):
    """The same function of names, which remembers what it said."""
    remembered = functools.cache(lambda *names: judged(names))
    return lambda names: remembered(*names)


def only_five(answers, judged):
    """The verdict for a function that is right for five components and no other number."""
    if answers[FIVE].arrived and judged([FIVE]).outcome == "correct":
        return verdict([FIVE_COMPONENTS])
    return None


@task("mixture_likelihood", "mixture_likelihood", likelihood_questions)
def mixture_likelihood(questions, answers):
    """log p(x) of a mixture, stable in the tails, differentiable in all three parameters."""

    def expected(name, **pieces):
        with np.errstate(all="ignore"):
            return oracle.log_likelihood(*flat(questions[name].arguments[2:]), **pieces)

    rights = functools.cache(expected)

    def judged(names):
        values = {name: answers[name].array("value") for name in names}
        findings = []
        shape = next((v for n, v in values.items() if v.shape != (len(rights(n)), 1)), None)

        def agrees(pieces, tails=False):
            for name, got in values.items():
                right = rights(name)
                want = expected(name, **pieces) if pieces else right
                if np.size(got) != np.size(want):
                    return False
                got = got.reshape(np.shape(want))
                if np.shape(want) == np.shape(right) and not tails:
                    near = right > TAIL_DENSITY
                    got, want = got[near], want[near]
                elif np.shape(want)[:1] == np.shape(right) and not tails:
                    got, want = got[right > TAIL_DENSITY], want[right > TAIL_DENSITY]
                if not (fits if pieces else agree)(got, want):
                    return False
            return True

        if agrees({}):
            if not agrees({}, tails=True):
                findings.append(
                    Finding("unstable-in-the-tails",
                            "Far from all components the result underflows: it is infinite, NaN or "
                            "cut off there.",
                            "Stay in log space to the end: tf.reduce_logsumexp.", kind=Kind.TAILS)
                )  # fmt: skip
            if shape is not None:
                findings.append(wrong_shape(shape, [f"N = {shape.size}", "1"], Kind.FLAT))
            return verdict(findings)
        named = explain(agrees, LIKELIHOOD_MISTAKES, values.values())
        if not named and all(imprecise(values[name], rights(name)) for name in values):
            named = [IMPRECISE]
        if not named:
            name = next(iter(values))
            got, want = values[name], rights(name)
            words = f"Expected shape [N, 1], got {list(got.shape)}."
            if got.size == want.size:
                words = "log p(x) is wrong."
            named = [unknown(words, "Try one component: then it is the log of a normal density.")]
        elif shape is not None and not any(f.id in RESHAPING for f in named):
            named.append(wrong_shape(shape, [f"N = {shape.size}", "1"], Kind.FLAT))
        return verdict(named)

    result = judge_density(questions, answers, judged)
    if not result.share or not no_numbers_wrong(result):
        return result
    cut = cut_gradient(questions["gradient"], answers["gradient"])
    return verdict([*result.findings, *cut, *advice_about_logits(answers)])


def advice_about_logits(answers):
    """Advice for a function that is right, and not where the logits are large."""
    answer = answers[LARGE]
    finite = answer.arrived and np.all(np.isfinite(answer.array("value")))
    return [] if finite or not answer.arrived else [LARGE_LOGITS]


IMPRECISE = Finding(
    "imprecise", "The numbers are right to two or three digits only.",
    "Compute in float32 throughout, and take constants such as pi from NumPy.", kind=Kind.TERM,
)  # fmt: skip


def imprecise(got, want):
    """Whether log-likelihoods are nearly right away from the tails, as in half precision."""
    if got.size != want.size:
        return False
    near = want > TAIL_DENSITY
    error = np.abs(got.ravel() - want)[near]
    return bool(np.all(error < 0.5) and np.mean(error < 0.02) > 0.8)


RESHAPING = {"not-summed-over-components", "wrong-axis", "summed-over-data", "averaged-over-data"}


def cut_gradient(question, answer):
    """Findings about the gradient of a right log-likelihood."""
    if ended := ENDED.get(answer.kind):
        words = f"The values are right; taking their gradient failed. {ended.message}"
        return [ended._replace(message=words, kind=Kind.TERM)]
    if not answer.arrived:
        return [Finding("gradient-cut",
                        f"A gradient cannot be taken: {raised(answer.data).message}",
                        "Use TensorFlow's functions on the parameters.", kind=Kind.TERM)]  # fmt: skip
    found = answer.arrays("gradients")
    x, *parameters = flat(question.arguments)
    want = [len(x) * g for g in oracle.gradient(x, *parameters)]
    missing = [name for name, g in zip(WEIGHTS, found, strict=True) if g.size == 0]
    wrong = [
        name
        for name, g, w in zip(WEIGHTS, found, want, strict=True)
        if g.size and not agree(g / len(x), w / len(x), scale=30)
    ]
    if not missing and not wrong:
        return []
    names = " and ".join(missing or wrong)
    words = f"No gradient reaches {names}." if missing else f"The gradient reaches {names} only in part."
    return [Finding("gradient-cut", words,
                    "NumPy functions on tensors end the gradient tape, and so does tf.stop_gradient; "
                    "use tf.math instead.", kind=Kind.TERM)]  # fmt: skip
