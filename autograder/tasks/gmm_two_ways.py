"""The automatic tasks of `gmm-two-ways`: questions, judgement, known mistakes."""

import numpy as np
from scipy import stats
from scipy.special import log_softmax, logsumexp, softmax

from autograder import oracle
from autograder.judge import (
    Finding,
    Mistake,
    Verdict,
    agree,
    all_must_hold,
    best,
    convention,
    explain,
    first_difference,
    fits,
    no_answer,
    unknown,
    verdict,
)
from autograder.tasks import Assignment, Question, task

TASKS = []
WEIGHTS = ("logits", "means", "lsigmas")

# Below this log-density, or log-probability, a number counts as a tail.
TAIL_DENSITY = -5.0
TAIL_POSTERIOR = -6.0


def mixture(rng, k, narrow=1.0):
    """Unequal, unnormalised weights; separate means; sigmas that differ by more than 10 times."""
    logits = rng.permutation(np.linspace(-1.5, 1.5, k)) + rng.uniform(-0.3, 0.3, k) + 2.0
    means = rng.permutation(np.linspace(-4, 4, k)) + rng.uniform(-0.4, 0.4, k)
    lsigmas = np.log(rng.permutation(np.geomspace(0.12, 1.6, k)))
    return tuple(np.float32(value) for value in (logits, means * narrow, lsigmas + np.log(narrow)))


def draw(rng, parameters, n, tails=()):
    """n points of the mixture and the given far ones, (N, 1) float32."""
    logits, means, lsigmas = (np.float64(value).ravel() for value in parameters)
    z = rng.choice(len(logits), n, p=softmax(logits))
    x = means[z] + np.exp(lsigmas[z]) * rng.standard_normal(n)
    return np.float32(np.concatenate([x, tails]))[:, None]


def column(parameters):
    return tuple(value[:, None] for value in parameters)


def flat(arguments):
    """float64 (N,) and (K,) arrays from the arguments of a question about a density."""
    return [np.float64(value).ravel() for value in arguments]


# --- make_data -----------------------------------------------------------------------------------

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


FIVE_COMPONENTS = Finding(
    "five-components", "Right for five components only.",
    "Take the number of components from the parameters.", keep=0.4,
)  # fmt: skip


@task(TASKS, "make_data", 5, "make_data", make_data_questions)
def make_data(questions, answers):
    """The data are independent draws from the mixture, in any order."""

    def judged(name):
        n, logits, means, lsigmas = questions[name].arguments
        answer = answers[name]
        if not answer.arrived:
            return no_answer(answer)
        value = answer.array("value")
        x, findings = value.ravel(), []
        if x.size != n:
            findings.append(
                Finding("wrong-number-of-points", f"Expected {n} points, got {x.size}.",
                        "Draw a component for each of the N points.", keep=0.4)
            )  # fmt: skip
        elif value.shape != (n, 1):
            findings.append(wrong_shape(value, [n, 1]))
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
        return verdict(
            findings
            + (
                explain(agrees, MAKE_DATA_MISTAKES)
                if np.all(np.isfinite(x))
                else []
            )
            or [unknown("Counts, means or spreads of the components are not those of the mixture.",
                        "Compare a histogram of each component with its mean and sigma.")]
        )  # fmt: skip

    if answers["many"].arrived:
        main = judged("many")
    else:
        main = judged("few")  # a slow loop over the points is a right answer too
    if main.share < 0.4 and answers["five"].arrived:
        five = judged("five")
        if five.share == 1.0:
            return verdict([FIVE_COMPONENTS])
    return main


def wrong_shape(value, expected, cost=0.25):
    return convention(
        "wrong-shape",
        f"Expected shape {list(expected)}, got {list(value.shape)}; the numbers are looked at all the "
        "same.",
        "Keep the axis of length 1, with `keepdims=True` or `[:, None]`." if expected[-1] == 1 else "",
        cost,
    )


# --- densities -----------------------------------------------------------------------------------


def no_prior(logits):
    return np.zeros_like(logits)


DENSITY_MISTAKES = [
    Mistake("weights-forgotten", "structure", "The mixing weights are left out, or they are all 1.",
            "Each component's density is weighted by its mixing weight; a softmax over an axis of "
            "length 1 gives 1.",
            {"prior": no_prior}, "logits"),
    Mistake("weights-not-normalised", "structure", "The logits are used as if they were log weights.",
            "Logits become log weights by log-softmax.",
            {"prior": lambda logits: logits}, "logits"),
    Mistake("weights-not-logged", "structure", "Probabilities are added where log-probabilities belong.",
            "In log space the weight enters as its logarithm.",
            {"prior": softmax}, "logits"),
    Mistake("logits-logged", "structure", "The logarithm of the logits is taken for the log weights.",
            "Logits are already in log space: normalise them with log-softmax.",
            {"prior": np.log}, "logits"),
    Mistake("half-missing", "term", "The factor 1/2 in the exponent is missing.",
            "Look at the exponent of the normal density again.",
            {"exponent": lambda d, s: 2 * oracle.exponent(d, s)}, "x"),
    Mistake("two-pi-missing", "term", "The constant with 2 pi is missing or wrong.",
            "A density integrates to 1: check the constant of the normal density.",
            {"normaliser": lambda s: -s}, "lsigmas"),
    Mistake("two-pi-not-halved", "term", "log(2 pi) is not halved.",
            "The density has the square root of 2 pi.",
            {"normaliser": lambda s: -s - oracle.LOG_2PI}, "lsigmas"),
    Mistake("sigma-normaliser-missing", "term", "The term -log sigma is missing.",
            "A narrow component is higher: the density is divided by sigma.",
            {"normaliser": lambda s: 0 * s - 0.5 * oracle.LOG_2PI}, "lsigmas"),
    Mistake("normaliser-missing", "term", "The normalising constant of the normal density is missing.",
            "A density integrates to 1, for every sigma.",
            {"normaliser": lambda s: 0 * s}, "lsigmas"),
    Mistake("normaliser-squared", "term", "The square root of the normalising constant is missing.",
            "The density is divided by the square root of 2 pi sigma^2.",
            {"normaliser": lambda s: -2 * s - oracle.LOG_2PI}, "lsigmas"),
    Mistake("normaliser-sign", "term", "The normalising constant has the wrong sign.",
            "The density is divided by its constant, so its logarithm is subtracted.",
            {"normaliser": lambda s: s + 0.5 * oracle.LOG_2PI}, "lsigmas"),
    Mistake("variance-for-sigma", "term", "exp(lsigmas) is taken for the variance.",
            "exp(lsigmas) is the standard deviation; the variance is its square.",
            {"exponent": lambda d, s: -0.5 * d**2 * np.exp(-s),
             "normaliser": lambda s: -0.5 * s - 0.5 * oracle.LOG_2PI}, "lsigmas"),
    Mistake("sigma-not-squared", "term", "The exponent divides by sigma, not by sigma squared.",
            "Both the distance and sigma are squared.",
            {"exponent": lambda d, s: -0.5 * d**2 * np.exp(-s)}, "lsigmas"),
    Mistake("sigma-squared-twice", "term", "The exponent divides by sigma to the fourth.",
            "exp(lsigmas) is squared once.",
            {"exponent": lambda d, s: -0.5 * d**2 * np.exp(-4 * s)}, "lsigmas"),
    Mistake("distance-not-squared", "term", "The distance in the exponent is not squared.",
            "Look at the exponent of the normal density again.",
            {"exponent": lambda d, s: -0.5 * np.abs(d) * np.exp(-s)}, "x"),
    Mistake("exponent-sign", "term", "The exponent has the wrong sign.",
            "The density falls with the distance from the mean.",
            {"exponent": lambda d, s: -oracle.exponent(d, s)}, "x"),
    Mistake("sigma-not-exponentiated", "structure", "log sigma is used where sigma belongs.",
            "sigma = exp(lsigmas).",
            {"exponent": lambda d, s: -0.5 * (d / s) ** 2,
             "normaliser": lambda s: -np.log(np.abs(s)) - 0.5 * oracle.LOG_2PI}, "lsigmas"),
    Mistake("sigma-not-exponentiated", "structure", "log sigma is used where sigma belongs.",
            "sigma = exp(lsigmas).",
            {"exponent": lambda d, s: -0.5 * (d / s) ** 2}, "lsigmas"),
    Mistake("sigma-not-exponentiated", "structure", "log sigma is used where sigma belongs.",
            "sigma = exp(lsigmas).",
            {"exponent": lambda d, s: -0.5 * (d / s) ** 2,
             "normaliser": lambda s: -np.log(s) - 0.5 * oracle.LOG_2PI}, "lsigmas"),
]  # fmt: skip


LIKELIHOOD_MISTAKES = DENSITY_MISTAKES + [
    Mistake("sum-of-logs", "structure", "Logarithms are summed where probabilities should be.",
            "p(x) is a sum over components, and the logarithm comes after it: logsumexp.",
            {"reduce": lambda joint, _: joint.sum(1)}),
    Mistake("weighted-sum-of-logs", "structure", "Log-densities are averaged with the weights.",
            "The weights belong inside the logarithm: p(x) is a weighted sum of densities.",
            {"prior": no_prior, "reduce": lambda joint, logits: joint @ softmax(logits)}),
    Mistake("largest-component", "structure", "Only the largest component counts.",
            "p(x) is a sum over all components.",
            {"reduce": lambda joint, _: joint.max(1)}),
    Mistake("mean-over-components", "term", "The density is the mean over components, not their sum.",
            "The weights already sum to one.",
            {"reduce": lambda joint, _: logsumexp(joint, 1) - np.log(joint.shape[1])}),
    Mistake("mean-of-logs", "structure", "Logarithms are averaged where probabilities should be summed.",
            "p(x) is a sum over components, and the logarithm comes after it: logsumexp.",
            {"reduce": lambda joint, _: joint.mean(1)}),
    Mistake("density-for-log", "structure", "The density is returned, not its logarithm.",
            "Return log p(x).",
            {"reduce": lambda joint, _: np.exp(logsumexp(joint, 1))}),
    Mistake("negative", "term", "The sign is turned: this is the negative log-likelihood.",
            "Return log p(x); the loss turns the sign later.",
            {"reduce": lambda joint, _: -logsumexp(joint, 1)}),
    Mistake("not-summed-over-components", "structure", "One number per component is returned.",
            "p(x) is a sum over all components.",
            {"reduce": lambda joint, _: joint}),
    Mistake("wrong-axis", "structure", "The sum runs over the data, not over the components.",
            "Sum over the axis of the components.",
            {"reduce": lambda joint, _: logsumexp(joint, 0)}),
    Mistake("summed-over-data", "structure", "One number is returned for all points together.",
            "Return one log-likelihood for each row of x.",
            {"reduce": lambda joint, _: np.array(logsumexp(joint, 1).sum())}),
    Mistake("averaged-over-data", "structure", "One number is returned for all points together.",
            "Return one log-likelihood for each row of x.",
            {"reduce": lambda joint, _: np.array(logsumexp(joint, 1).mean())}),
]  # fmt: skip
SIZE_ONE_SOFTMAX = Mistake(
    "softmax-over-size-1-axis", "structure",
    "For parameters of shape (K,1) softmax runs over the axis of length 1, so every weight is 1.",
    "Flatten the parameters first, or name the axis of the components.", {}, "logits",
)  # fmt: skip


FIVE = "float32"  # the question with the course's five components


def density_questions(function):
    """The same function with all that a notebook passes to it."""

    def questions(rng):
        far = np.array([-900.0, -120.0, -25.0, 30.0, 250.0, 1000.0])
        asked = {}
        for name, k, kind, form, narrow in (
            ("three", 3, "tensor", "vector", 1.0),
            ("seven", 7, "tensor", "vector", 1.0),
            ("narrow", 4, "tensor", "vector", 0.02),
            (FIVE, 5, "numpy", "vector", 1.0),
            ("float64", 6, "numpy", "vector", 1.0),
            ("column", 4, "tensor", "column", 1.0),
            ("column-float64", 6, "numpy", "column", 1.0),
            ("variables", 3, "tensor", "variables", 1.0),
            ("variables-column", 5, "tensor", "variables-column", 1.0),
        ):
            parameters = mixture(rng, k, narrow)
            x = draw(rng, parameters, 40, far * narrow)
            if name.endswith("float64"):
                x = np.float64(x)
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


VECTOR = ("three", "seven", "narrow")
COLUMN = ("column", "column-float64")
ARRAYS = ("float32", "float64")
VARIABLES = ("variables", "variables-column")


def judge_density(questions, answers, judged, form_cost):
    """Judge a function of a density on every form of its arguments.

    Args:
        judged: names of questions -> Verdict.
        form_cost: share that being right for (K,) parameters only costs.
    """
    tensors = [name for name in VECTOR if answers[name].arrived]
    columns = [name for name in COLUMN if answers[name].arrived]
    if not tensors and not columns:
        others = [name for name in (*ARRAYS, *VARIABLES) if answers[name].arrived]
        if not others:
            return no_answer(answers["three"])
        if five := only_five(answers, judged):
            return five
        tensors = others
    main = judged(tensors or columns)
    if main.outcome == "wrong" or any(finding.keep == 0.0 for finding in main.findings):
        by_column = judged(columns) if columns and tensors else main
        main = best([main, by_column])
        if main is not by_column:
            return only_five(answers, judged) or main
    findings = list(main.findings)
    right = main.findings
    for names, id, message, hint, cost in (
        (VECTOR, "only-column-parameters", "Right for parameters of shape (K,1) only.",
         "Flatten the parameters with tf.reshape(..., [-1]).", form_cost),
        (COLUMN, "only-vector-parameters", "Right for parameters of shape (K,) only.",
         "Flatten the parameters with tf.reshape(..., [-1]), or name the axis.", form_cost),
        (ARRAYS, "only-tensors", "Fails when x is a NumPy array of float32 or float64.",
         "Begin with x = tf.cast(x, tf.float32).", 0.2),
        (VARIABLES, "not-for-variables", "Fails when the parameters are the weights of a model.",
         "Use TensorFlow's functions on the parameters.", 0.2),
    ):  # fmt: skip
        if names == VARIABLES and any(finding.id.startswith("only-") for finding in findings):
            continue
        broken = [name for name in names if not answers[name].arrived]
        if broken:
            data = answers[broken[0]].data
            words = f" It raised {data.get('type')}: {str(data.get('message'))[:160]}" if data else ""
            findings.append(convention(id, message + words, hint, cost))
        elif judged(names).findings != right and judged(names).share < main.share:
            fitting = judged(names).findings
            if names == COLUMN and any(f.id == "weights-forgotten" for f in fitting):
                id, message, hint = SIZE_ONE_SOFTMAX.id, SIZE_ONE_SOFTMAX.message, SIZE_ONE_SOFTMAX.hint
            findings.append(convention(id, message, hint, cost))
    return verdict(findings)


def only_five(answers, judged):
    """The verdict for a function that is right for five components and no other number."""
    if answers[FIVE].arrived and judged([FIVE]).outcome == "correct":
        return verdict([FIVE_COMPONENTS])
    return None


@task(TASKS, "mixture_likelihood", 25, "mixture_likelihood", likelihood_questions)
def mixture_likelihood(questions, answers):
    """log p(x) of a mixture, stable in the tails, differentiable in all three parameters."""

    def expected(name, **pieces):
        with np.errstate(all="ignore"):
            return oracle.log_likelihood(*flat(questions[name].arguments[2:]), **pieces)

    def judged(names):
        values = {name: answers[name].array("value") for name in names}
        findings = []
        shape = next((v for n, v in values.items() if v.shape != (len(expected(n)), 1)), None)

        def agrees(pieces, tails=False):
            for name, got in values.items():
                right = expected(name)
                want = expected(name, **pieces)
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
                            "Stay in log space to the end: tf.reduce_logsumexp.", keep=0.7)
                )  # fmt: skip
            if shape is not None:
                findings.append(wrong_shape(shape, ["N", 1], cost=2 / 25))
            return verdict(findings)
        named = explain(agrees, LIKELIHOOD_MISTAKES)
        if not named:
            name = next(iter(values))
            got, want = values[name], expected(name)
            words = f"Expected shape [N, 1], got {list(got.shape)}."
            if got.size == want.size:
                x, *parameters = flat(questions[name].arguments[2:])
                words = "log p(x) is wrong" + first_difference(
                    got, want, lambda n: f" at x = {x[n]:.4g} (K = {len(parameters[0])})"
                )
            named = [unknown(words, "Try one component: then it is the log of a normal density.")]
        elif shape is not None and not any(f.id in RESHAPING for f in named):
            named.append(wrong_shape(shape, ["N", 1], cost=2 / 25))
        return verdict(named)

    result = judge_density(questions, answers, judged, form_cost=3 / 25)
    if result.share == 0 or any(finding.keep is not None for finding in result.findings):
        return result
    return verdict([*result.findings, *cut_gradient(questions["gradient"], answers["gradient"])])


RESHAPING = {"not-summed-over-components", "wrong-axis", "summed-over-data", "averaged-over-data"}


def cut_gradient(question, answer):
    """Findings about the gradient of a right log-likelihood."""
    if not answer.arrived:
        return [Finding("gradient-cut",
                        f"A gradient cannot be taken: {answer.data.get('message', answer.kind)}",
                        "Use TensorFlow's functions on the parameters.", keep=0.6)]  # fmt: skip
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
    return [Finding("gradient-cut", f"The gradient does not reach {names}, or only in part.",
                    "NumPy functions on tensors end the gradient tape; use tf.math instead.",
                    keep=0.6)]  # fmt: skip


# --- posterior -----------------------------------------------------------------------------------


def rowless(values, row):
    """Logits without their constant per row: relative to the entry in `row`."""
    return values - np.take_along_axis(values, row[:, None], axis=1)


POSTERIOR_MISTAKES = [
    mistake
    for mistake in DENSITY_MISTAKES
    if mistake.id not in {"two-pi-missing", "two-pi-not-halved"}
] + [
    Mistake("probabilities-for-logits", "structure", "Probabilities are returned, not logits.",
            "Return log-probabilities: leave out the last exponential.",
            {"reduce": lambda joint: softmax(joint, axis=1)}),
    Mistake("normalised-over-data", "structure", "The logits are normalised over the data axis.",
            "For each point the probabilities of its components sum to one.",
            {"reduce": lambda joint: log_softmax(joint, axis=0)}),
    Mistake("probabilities-over-data", "structure",
            "Probabilities are returned, and they are normalised over the data axis.",
            "Return logits; for each point the components' probabilities sum to one.",
            {"reduce": lambda joint: softmax(joint, axis=0)}),
    Mistake("divided-by-likelihood", "structure", "The log joint is divided by the log-likelihood.",
            "A quotient of densities is a difference of their logarithms.",
            {"reduce": lambda joint: joint / logsumexp(joint, axis=1, keepdims=True)}),
    Mistake("density-forgotten", "structure", "Only the prior counts: the data are not used.",
            "By Bayes' rule the posterior is prior times density of x.",
            {"exponent": lambda d, s: 0 * d, "normaliser": lambda s: 0 * s}, "x"),
    Mistake("joint-for-log", "structure", "The joint density is returned, not its logarithm.",
            "Return logits: stay in log space.",
            {"reduce": lambda joint: np.exp(joint)}),
    Mistake("hard-assignment", "structure", "A one-hot assignment is returned, not logits.",
            "Return the log-probability of every component.",
            {"reduce": lambda joint: np.eye(joint.shape[1])[joint.argmax(1)]}),
    Mistake("negative", "term", "The logits have the wrong sign.",
            "The likelier component has the larger logit.",
            {"reduce": lambda joint: -log_softmax(joint, axis=1)}),
]  # fmt: skip


def posterior_questions(rng):
    asked = {}
    for mode, stand_ins in (("right", ("mixture_likelihood",)), ("own", ())):
        for name, question in density_questions("mixture_posterior_logits")(rng).items():
            asked[f"{mode} {name}"] = question._replace(stand_ins=stand_ins, fallback=not stand_ins)
    return asked


@task(TASKS, "mixture_posterior_logits", 15, "mixture_posterior_logits", posterior_questions)
def mixture_posterior_logits(questions, answers):
    """Log-probabilities of the components given x, up to a constant for each point."""

    def mode(prefix):
        asked = {n.split(" ", 1)[1]: q for n, q in questions.items() if n.startswith(prefix)}
        given = {n.split(" ", 1)[1]: a for n, a in answers.items() if n.startswith(prefix)}

        def joint(name, **pieces):
            with np.errstate(all="ignore"):
                return oracle.log_joint(*flat(asked[name].arguments[2:]), **pieces)

        def judged(names):
            values = {name: given[name].array("value") for name in names}
            shape = next((v for n, v in values.items() if v.shape != joint(n).shape), None)
            turned = shape is not None and all(
                v.shape == joint(n).shape[::-1] for n, v in values.items()
            )
            if shape is not None and not turned:
                if any(v.size != joint(n).size for n, v in values.items()):
                    return verdict([unknown(f"Expected shape [N, K], got {list(shape.shape)}.",
                                            "One row for each point, one column for each component.")]
                                   )  # fmt: skip

            def agrees(pieces, tails=False):
                pieces_given = bool(pieces)
                pieces = dict(pieces)
                reduce = pieces.pop("reduce", lambda joint: joint)
                for name, got in values.items():
                    right = joint(name)
                    row = right.argmax(1)
                    got = got.T if turned else got.reshape(right.shape)
                    with np.errstate(all="ignore"):
                        mistaken = joint(name, **pieces)
                        want = rowless(reduce(mistaken), row)
                        got = rowless(got, row)
                    near = log_softmax(right, axis=1) > TAIL_POSTERIOR
                    near &= logsumexp(right, axis=1, keepdims=True) > TAIL_DENSITY
                    if tails:
                        near = np.ones_like(near)
                    magnitude = np.abs(mistaken).max(1, keepdims=True) + np.abs(mistaken)
                    if not (fits if pieces_given else agree)(got[near], want[near], magnitude[near]):
                        return False
                return True

            findings = []
            if agrees({}):
                if not agrees({}, tails=True):
                    findings.append(
                        Finding("unstable-in-the-tails",
                                "Where a component is very unlikely its logit is infinite, NaN or cut "
                                "off.",
                                "Subtract logarithms; do not take the logarithm of a probability.",
                                keep=0.7)
                    )  # fmt: skip
                if shape is not None:
                    findings.append(wrong_shape(shape, ["N", "K"]))
                return verdict(findings)
            named = explain(agrees, POSTERIOR_MISTAKES)
            return verdict(named or [unknown(
                "The log-probabilities are wrong, whatever constant is added per point.",
                "By Bayes' rule they are log prior plus log density, minus their logsumexp.")]
            )  # fmt: skip

        return judge_density(asked, given, judged, form_cost=3 / 25)

    return best([mode(prefix) for prefix in ("right", "own") if f"{prefix} three" in answers])


# --- mstep ---------------------------------------------------------------------------------------


def variance(x, r, centre, count=None):
    return (r * (x[:, None] - centre) ** 2).sum(0) / (r.sum(0) if count is None else count)


def half_log(variance):
    return 0.5 * np.log(variance)


def hard(r):
    """All of a point's responsibility to its likeliest component."""
    return np.eye(r.shape[1])[r.argmax(1)]


MSTEP_MISTAKES = {
    "logits": [
        Mistake("hard-assignment", "structure", "Each point counts for its likeliest component only.",
                "Weight each point by its responsibility.",
                {"f": lambda x, r: np.log(hard(r).sum(0))}, "posterior"),
        Mistake("weights-not-logged", "structure", "Mixing weights are returned, not logits.",
                "Logits are the logarithm of the weights.",
                {"f": lambda x, r: r.sum(0) / len(r)}, "posterior"),
        Mistake("counts-not-logged", "structure", "Counts are returned, not logits.",
                "Logits are the logarithm of the weights.",
                {"f": lambda x, r: r.sum(0)}, "posterior"),
        Mistake("mean-of-logs", "structure", "Logarithms of the posterior are averaged.",
                "Average the probabilities over the data, then take the logarithm.",
                {"f": lambda x, r: np.log(r).mean(0)}, "posterior"),
        Mistake("uniform-weights", "structure", "The new weights are all equal.",
                "The weight of a component is its share of the data.",
                {"f": lambda x, r: np.zeros(r.shape[1])}, "posterior"),
        Mistake("negative", "term", "The logits have the wrong sign.",
                "The larger component has the larger logit.",
                {"f": lambda x, r: -np.log(r.sum(0))}, "posterior"),
    ],
    "means": [
        Mistake("divided-by-n", "structure", "The weighted sum is divided by N, not by N_k.",
                "Divide by the sum of the component's responsibilities.",
                {"f": lambda x, r: r.T @ x / len(x)}, "posterior"),
        Mistake("not-divided", "structure", "The weighted sum is not divided by N_k.",
                "Divide by the sum of the component's responsibilities.",
                {"f": lambda x, r: r.T @ x}, "posterior"),
        Mistake("posterior-ignored", "structure", "All components get the mean of all data.",
                "Weight each point by its responsibility.",
                {"f": lambda x, r: np.full(r.shape[1], x.mean())}, "posterior"),
        Mistake("hard-assignment", "structure", "Each point counts for its likeliest component only.",
                "Weight each point by its responsibility.",
                {"f": lambda x, r: oracle.new_means(x, hard(r))}, "posterior"),
    ],
    # Each also with the student's own means as the centre m.
    "lsigmas": [
        Mistake("variance-for-sigma", "term", "The logarithm of the variance is returned.",
                "log sigma is half the logarithm of the variance.",
                {"f": lambda x, r, m: np.log(variance(x, r, m))}, "lsigmas"),
        Mistake("std-for-log", "structure", "Sigma is returned, not its logarithm.",
                "Return log sigma.",
                {"f": lambda x, r, m: np.sqrt(variance(x, r, m))}, "lsigmas"),
        Mistake("variance-for-log", "structure", "The variance is returned, not log sigma.",
                "Return the logarithm of the standard deviation.",
                {"f": lambda x, r, m: variance(x, r, m)}, "lsigmas"),
        Mistake("divided-by-n", "structure", "The weighted sum of squares is divided by N, not by N_k.",
                "Divide by the sum of the component's responsibilities.",
                {"f": lambda x, r, m: half_log(variance(x, r, m, len(x)))}, "posterior"),
        Mistake("not-divided", "structure", "The weighted sum of squares is not divided by N_k.",
                "Divide by the sum of the component's responsibilities.",
                {"f": lambda x, r, m: half_log(variance(x, r, m, 1))}, "posterior"),
        Mistake("unbiased-variance", "term", "The variance is divided by N_k - 1.",
                "The maximum of the likelihood divides by N_k.",
                {"f": lambda x, r, m: half_log(variance(x, r, m, r.sum(0) - 1))}, "posterior"),
        Mistake("mean-not-subtracted", "term", "The mean is not subtracted before squaring.",
                "The variance is the mean squared distance from the component's mean.",
                {"f": lambda x, r, m: half_log(variance(x, r, 0))}, "x"),
        Mistake("centred-at-the-data-mean", "term", "Distances are taken from the mean of all data.",
                "The variance is the mean squared distance from the component's own mean.",
                {"f": lambda x, r, m: half_log(variance(x, r, x.mean()))}, "x"),
        Mistake("posterior-ignored", "structure", "All components get the spread of all data.",
                "Weight each point by its responsibility.",
                {"f": lambda x, r, m: np.full(r.shape[1], np.log(x.std()))}, "posterior"),
        Mistake("responsibilities-squared", "term", "The responsibilities are squared.",
                "Weight the squared distance, not the distance, by the responsibility.",
                {"f": lambda x, r, m: half_log(variance(x, r**2, m, r.sum(0)))}, "posterior"),
        Mistake("hard-assignment", "structure", "Each point counts for its likeliest component only.",
                "Weight each point by its responsibility.",
                {"f": lambda x, r, m: oracle.new_lsigmas(x, hard(r))}, "posterior"),
        Mistake("absolute-deviation", "term", "Absolute distances are averaged, not squared ones.",
                "The variance is the mean squared distance.",
                {"f": lambda x, r, m: np.log((r * np.abs(x[:, None] - m)).sum(0) / r.sum(0))}, "x"),
        Mistake("sign", "term", "The logarithm has the wrong sign.",
                "Return log sigma, not log(1/sigma).",
                {"f": lambda x, r, m: -half_log(variance(x, r, m))}, "lsigmas"),
    ],
}  # fmt: skip
# Mistakes in the responsibilities spoil all three parts, and count as one.
RESPONSIBILITY_MISTAKES = [
    Mistake("hard-assignment", "structure", "Each point counts for its likeliest component only.",
            "Weight each point by its responsibility.", {"r": hard}, "posterior"),
    Mistake("softmax-of-probabilities", "structure", "Softmax is applied to the posterior once more.",
            "The posterior comes as probabilities.", {"r": lambda r: softmax(r, axis=1)}, "posterior"),
    Mistake("logarithm-of-probabilities", "structure", "The logarithm of the posterior is the weight.",
            "The posterior comes as probabilities: weight by them.", {"r": np.log}, "posterior"),
    Mistake("exponential-of-probabilities", "structure", "The posterior is exponentiated.",
            "The posterior comes as probabilities, not logits.", {"r": np.exp}, "posterior"),
    Mistake("responsibilities-squared", "structure", "The responsibilities are squared.",
            "Weight each point by its responsibility.", {"r": np.square}, "posterior"),
]  # fmt: skip
RIGHT_PARTS = {
    "logits": oracle.new_weights,
    "means": oracle.new_means,
    "lsigmas": oracle.new_lsigmas,
}


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
        logits, means, lsigmas = mixture(rng, k)
        lsigmas = np.float32(np.log(rng.permutation(np.geomspace(0.5, 2.5, k))))
        x = draw(rng, (logits, means, lsigmas), 120)
        # Softer than the mixture's own posterior, so that hard assignments show.
        r = softmax(0.4 * oracle.log_joint(*flat((x, logits, means, lsigmas))), axis=1)
        if x_kind == "numpy64":
            x, x_kind = np.float64(x), "numpy"
        asked[name] = Question("mstep", (x, x_kind, np.float32(r), r_kind))
    return asked


@task(TASKS, "mstep", 15, "mstep", mstep_questions)
def mstep(questions, answers):
    """The new parameters are weights, means and log sigmas of the data, weighted by the posterior."""
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
            if not compare(got, want):
                return False
        return True

    def own_means(x, r, name):
        means = arrived[name][1]
        return means if means.size == r.shape[1] else np.full(r.shape[1], np.nan)

    def right_means(x, r, name):
        return oracle.new_means(x, r)

    def named(part, place):
        """The mistakes in a part; none if it is right, or follows from the student's own means."""
        if part != "lsigmas":
            return explain(
                lambda p: agrees(part, place, lambda x, r, name: p["f"](x, r)), MSTEP_MISTAKES[part]
            )
        for centre in (right_means, own_means):
            mistakes = explain(
                lambda p, c=centre: agrees(part, place, lambda x, r, n: p["f"](x, r, c(x, r, n))),
                MSTEP_MISTAKES[part],
            )
            if mistakes:
                return mistakes
        return []

    def from_responsibilities(pieces):
        return all(
            agrees(part, place, lambda x, r, name, f=RIGHT_PARTS[part]: f(x, pieces["r"](r)))
            for place, part in enumerate(WEIGHTS)
        )

    findings, share = [], 0.0
    with np.errstate(all="ignore"):
        for place, part in enumerate(WEIGHTS):
            right = RIGHT_PARTS[part]
            if agrees(part, place, lambda x, r, name, right=right: right(x, r), agree) or (
                part == "lsigmas"
                and agrees(part, place, lambda x, r, n: half_log(variance(x, r, own_means(x, r, n))), agree)
            ):
                share += 1 / 3
                continue
            mistakes = named(part, place) or [
                unknown(f"The new {part} are wrong.",
                        "Weighted by the posterior: shares, means, standard deviations.")
            ]  # fmt: skip
            findings += [f._replace(message=f"{part}: {f.message}") for f in mistakes]
            share += min(f.keep for f in mistakes) / 3
        if len(findings) > 1 and (shared := explain(from_responsibilities, RESPONSIBILITY_MISTAKES)):
            findings, share = shared, max(share, 0.4)
        elif share < 0.5 and reordered(agrees):
            findings, share = [Finding("wrong-order", "The three results come in another order.",
                                       "Return logits, means, lsigmas.", keep=0.4)], 0.4  # fmt: skip
    broken = [name for name in answers if name not in arrived]
    if broken:
        error = answers[broken[0]].data
        findings.append(convention(
            "only-arrays-or-only-tensors",
            "Fails for some of the kinds of input (array, tensor, float64): "
            f"{error.get('type')}: {str(error.get('message'))[:160]}",
            "Convert the arguments first, with tf.convert_to_tensor or np.asarray.", 0.2))  # fmt: skip
    share = max(0.0, share - sum(finding.cost for finding in findings))
    outcome = "correct" if not findings else "partial" if share > 0.005 else "wrong"
    return Verdict(outcome, share, tuple(findings))


def reordered(agrees):
    """Whether the three results are right, but in another order."""
    return any(
        all(
            agrees(part, place, lambda x, r, name, right=RIGHT_PARTS[part]: right(x, r), agree)
            for part, place in zip(WEIGHTS, order, strict=True)
        )
        for order in ((0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
    )


# --- GMM -----------------------------------------------------------------------------------------

RATE = 0.05


def gmm_questions(rng):
    asked = {}
    for mode, stand_ins in (("right", ("mixture_likelihood",)), ("own", ())):
        for k in (3, 6):
            start = mixture(rng, k)
            x = draw(rng, start, 50)
            asked[f"{mode} {k}"] = Question("gmm", (x, start, RATE), stand_ins, fallback=not stand_ins)
    return asked


MODEL_OUTPUT_MISTAKES = [
    Mistake("averaged-over-data", "structure", "The model returns one number for all points together.",
            "Return the log-likelihood of each point; the loss averages.",
            {"f": lambda v: np.array(v.mean())}),
    Mistake("summed-over-data", "structure", "The model returns one number for all points together.",
            "Return the log-likelihood of each point; the loss sums.",
            {"f": lambda v: np.array(v.sum())}),
    Mistake("negative", "term", "The model returns the negative log-likelihood.",
            "Return the log-likelihood; the loss turns the sign.",
            {"f": lambda v: -v}),
    Mistake("density-for-log", "structure", "The model returns the density, not its logarithm.",
            "Return log p(x).",
            {"f": np.exp}),
]  # fmt: skip
MODEL_WEIGHT_MISTAKES = [
    Mistake("weights-forgotten", "structure", "The logits are not used.",
            "Pass the model's own three weights.", {"g": lambda a, m, s: (0 * a, m, s)}),
    Mistake("means-forgotten", "structure", "The means are not used.",
            "Pass the model's own three weights.", {"g": lambda a, m, s: (a, 0 * m, s)}),
    Mistake("sigmas-forgotten", "structure", "The sigmas are not used.",
            "Pass the model's own three weights.", {"g": lambda a, m, s: (a, m, 0 * s)}),
    Mistake("exponentiated-twice", "structure", "Sigma is passed where log sigma belongs.",
            "mixture_likelihood takes the logarithm of sigma.",
            {"g": lambda a, m, s: (a, m, np.exp(s))}),
    Mistake("softmaxed-twice", "structure", "Weights are passed where logits belong.",
            "mixture_likelihood takes logits.", {"g": lambda a, m, s: (softmax(a), m, s)}),
    Mistake("wrong-order", "structure", "The weights are passed in another order.",
            "mixture_likelihood(x, logits, means, lsigmas).", {"g": lambda a, m, s: (m, a, s)}),
    Mistake("wrong-order", "structure", "The weights are passed in another order.",
            "mixture_likelihood(x, logits, means, lsigmas).", {"g": lambda a, m, s: (a, s, m)}),
]  # fmt: skip


@task(TASKS, "gmm_model", 15, "GMM", gmm_questions)
def gmm_model(questions, answers):
    """The model returns the log-likelihood, and a gradient step moves all three of its weights."""

    def judged(names, own):
        replies = [answers[name] for name in names]
        for answer in replies:
            if not answer.arrived:
                return no_answer(answer)
        findings, inputs = [], [flat((questions[n].arguments[0], *questions[n].arguments[1]))
                                for n in names]  # fmt: skip
        for answer, (_, logits, _, _) in zip(replies, inputs, strict=True):
            start = answer.arrays("start")
            if any(w.size != len(logits) for w in start):
                return verdict([wrong_sizes(answer, len(logits), inputs[0][0])])
            if not all(np.all(np.isfinite(w)) for w in start):
                findings.append(Finding("start-not-finite", "An initial weight is NaN or infinite.",
                                        "Start near zero, with a small spread.", keep=0.4))
            elif all(np.ptp(w) == 0 for w in start):
                findings.append(Finding(
                    "symmetric-start", "All components start equal, so they stay equal for ever.",
                    "Start with small random values.", keep=0.4))  # fmt: skip
        outputs = [answer.array("value") for answer in replies]
        wants = [oracle.log_likelihood(*arguments) for arguments in inputs]
        if own:
            wants = [answer.array("own").ravel() for answer in replies]
            if any(w.size != v.size or np.ptp(v) < 1e-3 for w, v in zip(wants, outputs, strict=True)):
                return Verdict("wrong", 0.0)

        for answer, (_, *start) in zip(replies, inputs, strict=True):
            if not all(agree(a, b) for a, b in zip(answer.arrays("set"), start, strict=True)):
                return verdict([Finding(
                    "weights-not-kept", "The weights are made anew in each call, so training is lost.",
                    "Make the weights once, in __init__ or build.", keep=0.4)])  # fmt: skip
        if not all(agree(v, w) for v, w in zip(outputs, wants, strict=True)):

            def agrees(pieces):
                f, g = pieces.get("f", lambda v: v), pieces.get("g", lambda *w: w)
                return all(
                    fits(v, f(oracle.log_likelihood(x, *g(*w))))
                    for v, (x, *w) in zip(outputs, inputs, strict=True)
                )

            named = explain(agrees, MODEL_OUTPUT_MISTAKES + MODEL_WEIGHT_MISTAKES)
            wrong = named or [unknown("The model's output is not the log-likelihood at its weights.",
                                      "Return mixture_likelihood of the inputs and the three weights.")
                              ]  # fmt: skip
            return verdict(findings[:1] + wrong)
        if any(v.shape != (len(x), 1) for v, (x, *_) in zip(outputs, inputs, strict=True)):
            findings.append(wrong_shape(outputs[0], ["N", 1]))
        return verdict(findings[:1] + movement(replies, inputs, own))

    def wrong_sizes(answer, k, x):
        words = (f"Expected {k} numbers in each of logits, means, lsigmas for k = {k}, got "
                 f"{[w.size for w in answer.arrays('start')]}.")  # fmt: skip
        hint = "Each weight has shape (k,) or (k, 1)."
        start = np.broadcast_arrays(*answer.arrays("start"))
        computes = agree(answer.array("first"), oracle.log_likelihood(x, *start))
        return Finding("wrong-number-of-weights", words, hint, keep=0.4 if computes else 0.0)

    def movement(replies, inputs, own):
        still, wrong = set(), set()
        for answer, (x, *start) in zip(replies, inputs, strict=True):
            start, moved = answer.arrays("set"), answer.arrays("moved")
            steps = oracle.gradient(x, *(np.float64(w) for w in start))
            if own:
                steps = answer.arrays("own_gradient")
            for name, before, after, step in zip(WEIGHTS, start, moved, steps, strict=True):
                if after.size != before.size or step.size != before.size:
                    wrong.add(name)
                elif np.array_equal(before, after):
                    still.add(name)
                elif not agree((after - before) / RATE, step, scale=50):
                    wrong.add(name)
        if len(still) == 3 and all(answer.data.get("trainable") == 0 for answer in replies):
            return [Finding("tf-variable-not-tracked",
                            "The model has no trainable weights, so training changes nothing.",
                            "Keras 3 does not track tf.Variable attributes: make the weights with "
                            "self.add_weight(..., trainable=True).", keep=0.4)]  # fmt: skip
        if still:
            return [Finding("weight-not-trained",
                            f"A gradient step does not change {' and '.join(sorted(still))}.",
                            "Make the weight trainable, and use TensorFlow's functions in call.",
                            keep=0.4 if len(still) > 1 else 0.6)]  # fmt: skip
        if wrong:
            return [Finding("wrong-gradient",
                            f"A gradient step moves {' and '.join(sorted(wrong))} wrongly.",
                            "Use TensorFlow's functions, and no tf.stop_gradient, in call.", keep=0.6)]
        return []

    return best_of_modes(answers, judged)


def best_of_modes(answers, judged):
    """The best verdict: among right functions, end to end, and by the student's own outputs."""
    right = [name for name in answers if name.startswith("right")]
    own = [name for name in answers if name.startswith("own")]
    verdicts = [judged(right, False)]
    if own:
        verdicts.append(judged(own, False))
        if all(answers[name].arrived for name in own):
            verdicts.append(judged(own, True))
    return best(verdicts)


# --- loss ----------------------------------------------------------------------------------------


def loss_questions(rng):
    asked = {}
    for mode, stand_ins in (("right", ("mixture_likelihood", "GMM")), ("own", ())):
        for k, narrow in ((3, 1.0), (4, 0.02)):  # densities below and above 1
            start = mixture(rng, k, narrow)
            arguments = (draw(rng, start, 45), start)
            asked[f"{mode} {k}"] = Question("loss", arguments, stand_ins, fallback=not stand_ins)
    return asked


LOSS_MISTAKES = [
    Mistake("sign", "term", "The sign is wrong: this loss falls when the fit gets worse.",
            "Training minimises the loss: it is the negative log-likelihood.",
            {"f": np.mean}),
    Mistake("sign", "term", "The sign is wrong: this loss falls when the fit gets worse.",
            "Training minimises the loss: it is the negative log-likelihood.",
            {"f": np.sum}),
    Mistake("exponentiated", "structure", "Densities are averaged, not their logarithms.",
            "The model already returns log-likelihoods: average those.",
            {"f": lambda v: -np.mean(np.exp(v))}),
    Mistake("exponentiated", "structure", "Densities are averaged, not their logarithms.",
            "The model already returns log-likelihoods: average those.",
            {"f": lambda v: -np.sum(np.exp(v))}),
    Mistake("log-of-mean", "structure", "The logarithm is taken after the mean.",
            "The model already returns log-likelihoods: average those.",
            {"f": lambda v: -np.log(np.mean(np.exp(v)))}),
    Mistake("logsumexp-over-data", "structure", "logsumexp runs over the data.",
            "Independent points: their log-likelihoods add up.",
            {"f": lambda v: -logsumexp(v)}),
    Mistake("squared", "structure", "The log-likelihoods are squared.",
            "The loss is the negative mean or sum of the log-likelihoods.",
            {"f": lambda v: np.mean(v**2)}),
    Mistake("absolute", "structure", "Absolute values of the log-likelihoods are taken.",
            "A log-likelihood may be positive: turn its sign, do not drop it.",
            {"f": lambda v: np.mean(np.abs(v))}),
    Mistake("log-of-log", "structure", "The logarithm is taken twice.",
            "The model already returns log-likelihoods.",
            {"f": lambda v: -np.mean(np.log(v))}),
    Mistake("one-point", "structure", "Only one point counts.",
            "All points count: take the mean or the sum.",
            {"f": lambda v: -v[0]}),
    Mistake("first-batch", "structure", "Only the first 32 points count.",
            "All points count: take the mean or the sum.",
            {"f": lambda v: -np.mean(v[:32])}),
]  # fmt: skip


@task(TASKS, "loss", 4, "loss", loss_questions)
def loss(questions, answers):
    """The loss is the negative log-likelihood of all inputs, as mean or sum, and differentiable."""

    def judged(names, own):
        for name in names:
            if not answers[name].arrived:
                return no_answer(answers[name])
        values = [answers[name].array("value") for name in names]
        outputs = [
            answers[name].array("output").ravel()
            if own
            else oracle.log_likelihood(*flat((questions[name].arguments[0], *questions[name].arguments[1])))
            for name in names
        ]
        if own and any(np.ptp(v) < 1e-2 for v in outputs):
            return Verdict("wrong", 0.0)

        def agrees(pieces):
            return any(
                all(
                    value.size == np.size(f(v)) and agree(value, f(v))
                    for value, v in zip(values, outputs, strict=True)
                )
                for f in pieces["f"]
            )

        if agrees({"f": (lambda v: -np.mean(v), lambda v: -np.sum(v))}):
            findings = []
            if any(value.shape != () for value in values):
                findings.append(convention("not-a-scalar", f"The loss has shape {list(values[0].shape)}.",
                                           "Return one number: reduce over all axes."))  # fmt: skip
            reached = [g.size for name in names for g in answers[name].arrays("gradients")]
            if not all(reached):
                findings.append(Finding("gradient-cut", "No gradient reaches the model's weights.",
                                        "Use TensorFlow's functions, not NumPy's.", keep=0.6))
            return verdict(findings)
        if agrees({"f": (lambda v: -v,)}):
            return verdict([convention(
                "not-reduced", "The loss is one number per point, not one for all.",
                "Take the mean or the sum over the points.")])  # fmt: skip
        with np.errstate(all="ignore"):
            named = [m for m in LOSS_MISTAKES if agrees({"f": (m.pieces["f"],)})][:1]
        return verdict(
            [Finding(m.id, m.message, m.hint, keep=0.6 if m.kind == "term" else 0.4) for m in named]
            or [unknown("The loss is not the negative mean or sum of the model's log-likelihoods.",
                        "loss = - mean of model(inputs).")]
        )  # fmt: skip

    return best_of_modes(answers, judged)


# --- train ---------------------------------------------------------------------------------------

STEPS = 6
ADAM_RATE = 0.04


def well_conditioned_training(rng):
    """Data and a start for which Adam takes the same path on the mean and on the sum of the loss."""
    while True:
        logits, means, lsigmas = mixture(rng, 3)
        x = draw(rng, (0.3 * logits, means, lsigmas), 70)
        start = (logits - np.float32(0.5), means + np.float32(0.4), lsigmas + np.float32(0.3))
        mean, total = (
            oracle.adam(*flat((x,)), flat(start), STEPS, ADAM_RATE, scale) for scale in (1, len(x))
        )
        if max(np.max(np.abs(a - b)) for a, b in zip(mean, total, strict=True)) < 1e-4:
            return x, start


def train_questions(rng):
    x, start = well_conditioned_training(rng)
    right = ("mixture_likelihood", "GMM", "loss")
    asked = {}
    for name, stand_ins, freedom in (
        ("right mean", right, {"summed": False}),
        ("right sum", right, {"summed": True}),
        ("own", (), {}),
    ):
        arguments = (x, start, ADAM_RATE, STEPS)
        asked[name] = Question("train", arguments, stand_ins, freedom, name, fallback=not stand_ins)
    return asked


TRAIN_MISTAKES = [
    Mistake("not-trained", "structure", "The model's weights do not change.",
            "Apply the gradients to the variables of the given model.", {"steps": 0}),
    Mistake("one-step", "structure", "One step is taken, not `steps`.",
            "Repeat the gradient step in a loop.", {"steps": 1}),
    Mistake("off-by-one", "term", "One step too few is taken.",
            "for _ in range(steps)", {"steps": STEPS - 1}),
    Mistake("off-by-one", "term", "One step too many is taken.",
            "for _ in range(steps)", {"steps": STEPS + 1}),
    Mistake("twice-the-steps", "term", "Two steps are taken for each one.",
            "Apply the gradients once in each turn of the loop.", {"steps": 2 * STEPS}),
    Mistake("climbs", "term", "The steps climb the loss.",
            "Pass the gradients to the optimizer as they are: it descends.", {"scale": -1.0}),
    Mistake("new-optimizer-each-step", "structure", "A new optimizer is made at each step.",
            "Adam remembers earlier gradients: use the given optimizer throughout.", {"restart": True}),
    Mistake("own-optimizer", "structure", "Another optimizer than the given one is used.",
            "Use the optimizer that is passed in.", {"learning_rate": 0.01}),
    Mistake("own-optimizer", "structure", "Another optimizer than the given one is used.",
            "Use the optimizer that is passed in.", {"learning_rate": 0.001}),
    Mistake("stale-gradient", "structure", "The gradient is computed once and used in every step.",
            "Compute the gradient inside the loop.", {"stale": True}),
    *(Mistake("weights-left-out", "structure", "Only some of the weights are updated.",
              "Update all of model.trainable_variables.", {"only": only})
      for only in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2))),
]  # fmt: skip


def explain_by_iterations(iterations, steps, n):
    """Why training that works is not the training that was asked for."""
    if iterations == 0:
        return Finding("own-optimizer", "Another optimizer than the given one is used.",
                       "Use the optimizer that is passed in.", keep=0.4)  # fmt: skip
    if iterations > steps:
        return Finding("minibatches",
                       f"The optimizer took {iterations:.0f} steps, not {steps}: the inputs were split.",
                       "Use all inputs in each step; with fit, set batch_size=len(inputs).", keep=0.4)
    return Finding("not-all-inputs", "The steps are not those of the loss on all inputs.",
                   "Compute the gradient of the loss on all inputs in each step.", keep=0.4)


@task(TASKS, "train", 4, "train", train_questions)
def train(questions, answers):
    """Exactly `steps` steps of the given optimizer, each on all inputs, change the given model."""

    def judged(name):
        answer = answers[name]
        if not answer.arrived:
            return no_answer(answer)
        x, start, rate, steps = questions[name].arguments
        x, *start = flat((x, *start))
        got = answer.arrays("weights")

        def agrees(pieces):
            settings = {"steps": steps, "learning_rate": rate, **pieces}
            want = oracle.adam(x, start, **settings)
            return all(
                g.size == w.size and np.max(np.abs(g - w)) < 2e-3 for g, w in zip(got, want, strict=True)
            )

        if agrees({}):
            return verdict([])
        known = explain(agrees, TRAIN_MISTAKES)[:1]
        if not known and all(g.size == w.size for g, w in zip(got, start, strict=True)):
            before, after, best = (
                np.mean(oracle.log_likelihood(x, *theta))
                for theta in (start, got, oracle.adam(x, start, steps, rate))
            )
            if after - before > 0.2 * (best - before):
                iterations = float(answer.array("iterations"))
                known = [explain_by_iterations(iterations, steps, len(x))]
        return verdict(
            known
            or [unknown("The weights after training are not those of the given optimizer.",
                        "In each step: gradients of the loss on all inputs, then apply_gradients.")]
        )  # fmt: skip

    verdicts = [all_must_hold([judged("right mean"), judged("right sum")])]
    return best(verdicts + [judged("own")] if "own" in answers else verdicts)


# --- EMGMM ---------------------------------------------------------------------------------------


def emgmm_questions(rng):
    start = mixture(rng, 3)
    x = draw(rng, start, 80)
    logits, means, lsigmas = start
    start = (logits - np.float32(1.0), means + np.float32(0.3), np.float32(np.maximum(lsigmas, -1) + 0.3))
    asked = {"own": Question("emgmm", (x, start), fallback=True)}
    right = ("mixture_likelihood", "mixture_posterior_logits", "mstep")
    for shifted in (False, True):
        for shape in (False, True):
            name = f"right {'column' if shape else 'vector'} {'shifted' if shifted else 'normalised'}"
            freedom = {"shifted": shifted, "column": shape}
            asked[name] = Question("emgmm", (x, start), right, freedom)
    return asked


def em(x, start, r=None):
    return oracle.mstep(x, oracle.posterior(x, *start) if r is None else r)


def keep_old(place):
    def step(x, start):
        new = list(em(x, start))
        new[place] = start[place]
        return new

    return step


def repeat(count):
    def steps(x, start):
        for _ in range(count):
            start = em(x, start)
        return start

    return steps


def around_old_means(x, start):
    r = oracle.posterior(x, *start)
    logits, means, _ = em(x, start)
    return logits, means, half_log(variance(x, r, start[1]))


def sequential(x, start):
    """Each parameter from a posterior that is computed anew after the one before was assigned."""
    current = list(start)
    for place in range(3):
        current[place] = em(x, current)[place]
    return current


EMGMM_MISTAKES = [
    Mistake("nothing-assigned", "structure", "The weights do not change.",
            "Assign the results of the M step to the weights.", {"f": lambda x, s: s}),
    Mistake("logits-not-assigned", "term", "The logits are not assigned.",
            "Assign all three results.", {"f": keep_old(0)}),
    Mistake("means-not-assigned", "term", "The means are not assigned.",
            "Assign all three results.", {"f": keep_old(1)}),
    Mistake("lsigmas-not-assigned", "term", "The log sigmas are not assigned.",
            "Assign all three results.", {"f": keep_old(2)}),
    Mistake("posterior-recomputed", "structure", "The posterior is computed anew between assignments.",
            "One E step, then one M step from that posterior.", {"f": sequential}),
    *(Mistake("several-steps", "term", f"{count} EM steps are taken in one call.",
              "One call is one E and one M step.", {"f": repeat(count)}) for count in (2, 3, 5, 10)),
    Mistake("probabilities-assigned", "structure", "Weights are assigned to the logits.",
            "The logits are the logarithm of the weights, as mstep returns them.",
            {"f": lambda x, s: [softmax(em(x, s)[0]), *em(x, s)[1:]]}),
    Mistake("centred-at-the-old-means", "term", "Sigma is computed around the old means.",
            "The new sigma is the spread around the new mean.", {"f": around_old_means}),
    Mistake("hard-assignment", "structure", "Each point counts for its likeliest component only.",
            "Pass the probabilities themselves to mstep.",
            {"f": lambda x, s: em(x, s, np.eye(len(s[0]))[oracle.posterior(x, *s).argmax(1)])}),
    Mistake("normalised-over-data", "structure", "The posterior is normalised over the data axis.",
            "For each point the probabilities of its components sum to one.",
            {"f": lambda x, s: em(x, s, softmax(oracle.log_joint(x, *s), axis=0))}),
    Mistake("normalised-over-data", "structure", "The posterior is normalised over the data axis.",
            "For each point the probabilities of its components sum to one.",
            {"f": lambda x, s: em(x, s, softmax(log_softmax(oracle.log_joint(x, *s), 1), axis=0))}),
    Mistake("logits-for-probabilities", "structure", "Logits are passed to mstep, not probabilities.",
            "Apply softmax to the posterior logits first.",
            {"f": lambda x, s: em(x, s, log_softmax(oracle.log_joint(x, *s), axis=1))}),
    Mistake("logits-for-probabilities", "structure", "Logits are passed to mstep, not probabilities.",
            "Apply softmax to the posterior logits first.",
            {"f": lambda x, s: em(x, s, oracle.log_joint(x, *s) + 0.5 * oracle.LOG_2PI)}),
    Mistake("exponential-for-softmax", "structure",
            "The exponential is taken of logits that are not normalised.",
            "Posterior logits are known up to a constant per point: use softmax.",
            {"f": lambda x, s: em(x, s, np.exp(shifted_logits(x, s)))}),
    Mistake("exponential-for-softmax", "structure",
            "The exponential is taken of logits that are not normalised.",
            "Posterior logits are known up to a constant per point: use softmax.",
            {"f": lambda x, s: em(x, s, np.exp(oracle.log_joint(x, *s)))}),
]  # fmt: skip


def sums_to_one(probabilities):
    return bool(np.all(probabilities >= 0) and agree(probabilities.sum(-1), np.ones(len(probabilities))))


def shifted_logits(x, start):
    """The stand-in's posterior logits, with a constant of their own for each point."""
    joint = oracle.log_joint(x, *start)
    return joint - joint.max(1, keepdims=True) + 2 * np.sin(3 * x[:, None])


@task(TASKS, "emgmm_model", 8, "EMGMM", emgmm_questions)
def emgmm_model(questions, answers):
    """A call computes one posterior, takes the M step from it, and assigns all three weights."""

    def judged(name, own=False):
        answer = answers[name]
        if not answer.arrived:
            return no_answer(answer)
        x = flat(questions[name].arguments[:1])[0]
        before, after = answer.arrays("before"), answer.arrays("after")
        k = len(questions[name].arguments[1][0])
        if any(w.size != k for w in (*before, *after)):
            return verdict([unknown(f"Expected {k} numbers in each of logits, means, lsigmas.",
                                    "Each weight has shape (k,) or (k, 1).")])  # fmt: skip
        findings = []
        if answer.data.get("trainable"):
            findings.append(convention("trainable-weights", "The weights of EMGMM are trainable.",
                                       "They are set by the M step, not by gradients: trainable=False."))
        if answer.data.get("assignable") == 0:
            findings.append(convention("weights-not-assignable",
                                       "A weight is not a variable of K numbers.",
                                       "Make it with self.add_weight or tf.Variable, and use assign."))

        def same(want, compare=agree):
            def together(logits, *others):
                return np.concatenate([logits - logits[0], *others])

            sizes = [np.size(part) for part in want]
            return sizes == [k, k, k] and compare(together(*after), together(*map(np.ravel, want)), 30)

        if own:
            if not isinstance(answer.data.get("own"), list) or not answer.data["own"]:
                return Verdict("wrong", 0.0)
            logits = answer.array("own_posterior")
            by_softmax, by_exp, raw = answer.data["own"]
            wants = [by_softmax]
            wants += [by_exp] if sums_to_one(np.exp(logits)) else []
            wants += [raw] if sums_to_one(logits) else []
            moved = any(np.max(np.abs(a - b)) > 1e-3 for a, b in zip(after, before, strict=True))
            right = moved and any(same([np.float64(part) for part in want]) for want in wants)
            return verdict(findings) if right else Verdict("wrong", 0.0)
        with np.errstate(all="ignore"):
            if same(em(x, before)):
                return verdict(findings)
            named = [m for m in EMGMM_MISTAKES if same(m.pieces["f"](x, before), fits)][:1]
        return verdict(findings + (
            [Finding(m.id, m.message, m.hint, keep=0.6 if m.kind == "term" else 0.4) for m in named]
            or [unknown("The weights after a call are not those of one EM step.",
                        "Posterior of the inputs, softmax, mstep, three assigns.")]
        ))  # fmt: skip

    verdicts = [
        all_must_hold([judged(f"right {shape} normalised"), judged(f"right {shape} shifted")])
        for shape in ("vector", "column")
    ]
    if "own" in answers:
        verdicts += [judged("own"), judged("own", own=True)]
    return best(verdicts)


def preset():
    """Names that given cells may need when a student's own code fails to make them."""
    rng = np.random.default_rng(0)
    parameters = (
        np.log([1 / 4, 1 / 4, 1 / 6, 1 / 6, 1 / 6]),
        np.array([1, -0.5, -2, 0.5, 3]),
        np.log([0.5, 1, 0.2, 0.1, 0.5]),
    )
    return {"training_inputs": draw(rng, parameters, 5000)}


ASSIGNMENT = Assignment("gmm-two-ways", tuple(TASKS), preset, "gmm_two_ways")
