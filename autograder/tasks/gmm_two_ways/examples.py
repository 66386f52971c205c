"""Small inputs for each task of `gmm-two-ways`, and what is wrong with an answer to them."""

from functools import partial

import numpy as np
from scipy import stats
from scipy.special import log_softmax, softmax

from autograder.engine.assignment import Question
from autograder.engine.counterexample import Examples, Ladder, compared, fault, nested, rounded
from autograder.engine.judge import agree
from autograder.tasks.gmm_two_ways import inputs, oracle, sampling, training
from autograder.tasks.gmm_two_ways.inputs import WEIGHTS, column, flat
from autograder.tasks.gmm_two_ways.m_step import half_log, variance


def f32(*values):
    return tuple(np.float32(value) for value in values)


# Of models, whose answers take long: most mistakes show on the first rungs.
FEW = 4


# Rungs are (x, logits, means, lsigmas).
ONE_COMPONENT = (
    f32([[0]], [0], [0], [0]),
    f32([[1]], [0], [0], [0]),
    f32([[2]], [0], [0], [0]),
    f32([[0]], [0], [0], [1]),
    f32([[1]], [0], [0], [1]),
    f32([[2]], [0], [1], [-1]),
    f32([[0]], [1], [0], [0]),
)
TWO_COMPONENTS = (
    f32([[0]], [0, 0], [0, 0], [0, 0]),
    f32([[0]], [0, 0], [0, 1], [0, 0]),
    f32([[0]], [0, 1], [0, 0], [0, 0]),
    f32([[0]], [0, 1], [0, 1], [0, 0]),
    f32([[0]], [0, 0], [0, 0], [0, 1]),
    f32([[2]], [0, 0], [0, 1], [0, 0]),
    f32([[2]], [0, 1], [0, 1], [0, 1]),
    f32([[1]], [1, 2], [0, 3], [-1, 1]),
)
MORE = (
    f32([[0], [1]], [0], [0], [0]),
    f32([[0], [1]], [0, 0], [0, 1], [0, 0]),
    f32([[0], [2]], [0, 1], [0, 1], [0, 1]),
    f32([[0]], [0, 0, 0], [0, 1, 2], [0, 0, 0]),
    f32([[0], [2]], [0, 1, 2], [0, 1, 2], [0, 1, 0]),
)
TAILS = (
    f32([[10]], [0], [0], [0]),
    f32([[10]], [0, 0], [0, 1], [0, 0]),
    f32([[30]], [0], [0], [0]),
    f32([[30]], [0, 0], [0, 1], [0, 0]),
    f32([[1000]], [0, 0], [0, 1], [0, 0]),
    f32([[0]], [0], [0], [-5]),
)
COLUMNS = tuple((x, *column(theta)) for x, *theta in (ONE_COMPONENT[0], *TWO_COMPONENTS[:4]))
DENSITY_RUNGS = (*ONE_COMPONENT, *TWO_COMPONENTS, *MORE, *TAILS, *COLUMNS)
DENSITY_INPUTS = {"x": "N.", "logits": "K", "means": "K", "lsigmas": "K"}


def public():
    """The generator of the inputs that are shrunk: no secret is in it."""
    return np.random.default_rng(0)


def density_probe(k=4):
    rng = public()
    parameters = inputs.mixture(rng, k)
    return inputs.draw(rng, parameters, 40), *parameters


def density_question(function, stand_ins, kind, columns, x, *parameters):
    parameters = column(map(np.ravel, parameters)) if columns else parameters
    return Question("call", (function, kind, x, *parameters), stand_ins)


def density_ways(function, stand_ins=()):
    """Tensors, tensors with parameters of shape (K,1), arrays."""
    return tuple(
        partial(density_question, function, stand_ins, kind, columns)
        for kind, columns in (("tensor", False), ("tensor", True), ("numpy", False))
    )


def likelihood_faults(arguments, answer):
    return fault(answer.array("value"), oracle.log_likelihood(*flat(arguments))[:, None])


def gradient_faults(arguments, answer):
    """What `cut_gradient` compares: the gradient of the sum over x."""
    faults, n = {}, len(arguments[0])
    wants = oracle.gradient(*flat(arguments))
    for name, got, want in zip(WEIGHTS, answer.arrays("gradients"), wants, strict=True):
        if len(want) == 1 and name == "logits":
            continue  # it is 0: one component has all the weight
        words = f"expected the gradient of the summed log p(x) in {name} to be {shown(n * want)}"
        if got.size == 0:
            faults.setdefault("", f"{words}, but none arrives")
        elif not agree(got / n, want, scale=30):
            faults.setdefault("", f"{words}, it is {shown(got)}")
    return faults


def shown(values):
    return nested(np.ravel(values), lambda value: rounded(value, 4))


GRADIENT_RUNGS = (
    f32([[1]], [0], [0], [0]),
    f32([[2]], [0], [0], [0]),
    f32([[1]], [0, 0], [0, 3], [0, 0]),
    f32([[1], [2]], [0, 1], [0, 2], [0, 1]),
)
LIKELIHOOD = (
    Ladder(
        DENSITY_INPUTS,
        DENSITY_RUNGS,
        density_ways("mixture_likelihood"),
        likelihood_faults,
        density_probe,
    ),
    Ladder(DENSITY_INPUTS, GRADIENT_RUNGS, (lambda *a: Question("gradient", a),), gradient_faults),
)


def posterior_faults(arguments, answer):
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


POSTERIOR = (
    Ladder(
        DENSITY_INPUTS,
        tuple(rung for rung in DENSITY_RUNGS if len(rung[1]) > 1),
        density_ways("mixture_posterior_logits", ("mixture_likelihood",)),
        posterior_faults,
        density_probe,
    ),
)


def mstep_faults(arguments, answer):
    x, r = np.float64(arguments[0]).ravel(), np.float64(arguments[1])
    logits, means, lsigmas = map(np.ravel, answer.arrays("parts"))

    def up_to_a_constant(got, want, scale):
        return got.size == want.size and agree(got - got[:1], want - want[:1])

    faults = fault(logits, oracle.new_weights(x, r), "logits", "up to a constant", right=up_to_a_constant)
    faults |= fault(means, oracle.new_means(x, r), "means")
    # Right around the student's own means is right.
    if means.size != r.shape[1] or not agree(lsigmas, half_log(variance(x, r, means))):
        faults |= fault(lsigmas, oracle.new_lsigmas(x, r), "lsigmas")
    return faults


def eighths(arguments):
    """The posterior in eighths, so that its rows sum to 1 exactly."""
    x, r = arguments
    r = np.round(8 * r) / 8
    r[:, -1] = 1 - r[:, :-1].sum(1)
    return x, np.where(r.min(1, keepdims=True) < 0, np.eye(r.shape[1])[0], r).astype(np.float32)


def mstep_probe():
    rng = public()
    x = inputs.draw(rng, inputs.mixture(rng, 3), 30)
    return eighths((x, np.float32(rng.dirichlet([1.0] * 3, 30))))


MSTEP = (
    Ladder(
        {"x": "N.", "posterior": "NK"},
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
        (
            lambda x, r: Question("mstep", (x, "tensor", r, "tensor")),
            lambda x, r: Question("mstep", (x, "numpy", r, "numpy")),
            lambda x, r: Question("mstep", (x, "numpy", r, "tensor")),
        ),
        mstep_faults,
        mstep_probe,
        eighths,
    ),
)


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
GMM_RATE = 0.1


def gmm_question(x, *parameters):
    return Question("gmm", (x, parameters, GMM_RATE), ("mixture_likelihood",))


def gmm_faults(arguments, answer):
    """The start, then the output, then one step of gradient descent."""
    x, *parameters = flat(arguments)
    k, start = len(parameters[0]), [*map(np.ravel, answer.arrays("start"))]
    for name, values in zip(WEIGHTS, start, strict=True):
        if values.size != k:
            return {"": f"GMM({k}) has {values.size} numbers in {name}, expected {k}"}
        if not np.all(np.isfinite(values)):
            return {"": f"GMM({k}) starts with {name} = {shown(values)}"}
    if k > 1 and inputs.all_equal(start):
        parts = ", ".join(f"{name} = {shown(v)}" for name, v in zip(WEIGHTS, start, strict=True))
        return {"": f"GMM({k}) starts with {parts}, so its components never differ"}
    for name, got, want in zip(WEIGHTS, answer.arrays("set"), parameters, strict=True):
        if not agree(got, want):
            return {"": f"{name} was set to {shown(want)}, and is {shown(got)} after a call"}
    if faults := fault(answer.array("value"), oracle.log_likelihood(x, *parameters)[:, None]):
        return faults
    moved, steps = answer.arrays("moved"), oracle.gradient(x, *parameters)
    for name, got, before, step in zip(WEIGHTS, moved, parameters, steps, strict=True):
        if got.size != k or not agree((got - before) / GMM_RATE, step, scale=50):
            words = compared(got, before + GMM_RATE * step, name).replace("you returned", "the model has")
            return {"": f"after a step of SGD({GMM_RATE}) on -mean(model(x)) {words}"}
    return {}


GMM = (Ladder(DENSITY_INPUTS, MODEL_RUNGS, (gmm_question,), gmm_faults, few=FEW),)


def loss_question(x, *parameters):
    return Question("loss", (x, parameters), ("mixture_likelihood", "GMM"))


def loss_faults(arguments, answer):
    got, each = answer.array("value"), -oracle.log_likelihood(*flat(arguments))
    if got.size != 1 or not any(agree(got, want) for want in (each.mean(), each.sum())):
        right = f"expected {rounded(each.mean(), 4)}"
        if len(each) > 1:
            right += f" (the mean) or {rounded(each.sum(), 4)} (the sum)"
        return {"": f"{right}, you returned {shown(got) if got.size != 1 else rounded(got.ravel()[0], 4)}"}
    cut = [n for n, g in zip(WEIGHTS, answer.arrays("gradients"), strict=True) if g.size == 0]
    return {"": f"no gradient of the loss arrives in {' and '.join(cut)}"} if cut else {}


LOSS = (
    Ladder(
        DENSITY_INPUTS,
        (
            *ONE_COMPONENT[:2],
            f32([[0]], [0], [0], [-2]),
            f32([[0], [1]], [0], [0], [0]),
            f32([[0], [2]], [0], [0], [0]),
            f32([[0], [1]], [0], [0], [-2]),
            f32([[0], [2]], [0, 1], [0, 1], [0, 1]),
            f32([[0]] * 32 + [[3]], [0], [0], [0]),
        ),
        (loss_question,),
        loss_faults,
        density_probe,
    ),
)


TRAIN_INPUTS = {**DENSITY_INPUTS, "learning_rate": "", "steps": ""}


def train_rung(x, logits, means, lsigmas, rate, steps):
    return *f32(x, logits, means, lsigmas, rate), np.int32(steps)


def train_question(freedom, x, logits, means, lsigmas, rate, steps):
    arguments = (x, (logits, means, lsigmas), float(rate), int(steps))
    return Question("train", arguments, ("mixture_likelihood", "GMM", "loss"), freedom)


def train_faults(arguments, answer):
    *start, rate, steps = arguments
    x, *start = flat(start)
    wants, faults = oracle.adam(x, start, int(steps), float(rate)), {}
    for name, got, want in zip(WEIGHTS, answer.arrays("weights"), wants, strict=True):
        if len(want) == 1 and name == "logits":
            continue  # one component has all the weight, whatever its logit
        faults |= fault(got, want, name, right=lambda g, w, _: training_agrees(g, w))
    words = "; ".join(faults.values()).replace("you returned", "the model has")
    return {"": f"with Adam, {words}"} if faults else {}


def training_agrees(got, want):
    return got.size == want.size and training.apart([got], [want]) < 2e-3


TRAIN_RUNGS = (
    train_rung([[2]], [0], [0], [0], 0.5, 1),
    train_rung([[2]], [0], [0], [0], 1, 2),
    train_rung([[2]], [0], [0], [0], 1, 3),
    train_rung([[0], [3]], [0, 0], [0, 2], [0, 0], 0.5, 1),
    train_rung([[0], [3]], [0, 0], [0, 2], [0, 0], 0.5, 3),
    train_rung([[0]] * 40 + [[3]] * 40, [0], [1], [0], 0.5, 1),
)
TRAIN = tuple(
    Ladder(TRAIN_INPUTS, TRAIN_RUNGS, (partial(train_question, {"summed": summed}),), train_faults, few=FEW)
    for summed in (False, True)
)


def emgmm_question(freedom, x, *parameters):
    right = ("mixture_likelihood", "mixture_posterior_logits", "mstep")
    return Question("emgmm", (x, parameters), right, freedom)


def emgmm_faults(arguments, answer, posterior="a right posterior"):
    x, *start = flat(arguments)
    k, after, faults = len(start[0]), [*map(np.ravel, answer.arrays("after"))], {}
    for name, got in zip(WEIGHTS, answer.arrays("before"), strict=True):
        if got.size != k:
            return {"": f"EMGMM({k}) has {got.size} numbers in {name}, expected {k}"}
    for name, got, want in zip(WEIGHTS, after, oracle.em_step(x, *start), strict=True):
        if name == "logits":
            faults |= fault(got, want, name, "up to a constant", 30, lambda g, w, s: agree(
                g - g[:1], w - w[:1], s) if g.size == w.size else False)  # fmt: skip
        else:
            faults |= fault(got, want, name, scale=30)
    words = "; ".join(faults.values()).replace("you returned", "the model has")
    return {"": f"after one call with {posterior}, {words}"} if faults else {}


EMGMM_RUNGS = (
    f32([[0], [2]], [0], [0], [0]),
    f32([[0], [4]], [0], [0], [0]),
    f32([[0], [2]], [0, 0], [0, 1], [0, 0]),
    f32([[0], [2]], [0, 1], [0, 1], [0, 0]),
    f32([[0], [1], [3]], [0, 1], [0, 2], [0, 0]),
    f32([[0], [1], [3]], [0, 1], [0, 2], [0, 1]),
)
EMGMM = tuple(
    Ladder(
        DENSITY_INPUTS,
        EMGMM_RUNGS,
        tuple(
            partial(emgmm_question, {"shifted": shifted, "column": shape}) for shape in (False, True)
        ),
        partial(emgmm_faults, posterior=words),
        few=FEW,
    )
    for shifted, words in (
        (False, "normalised posterior logits"),
        (True, "posterior logits that have another constant in each row"),
    )
)


def draws_faults(arguments, answer):
    """Number of points, then count, mean, spread and shape of each component."""
    n, logits, means, lsigmas = arguments
    x, weights = answer.array("value").ravel(), softmax(np.float64(logits))
    if x.size != n:
        return {"": f"expected {n} points, you returned {x.size}"}
    if not np.all(np.isfinite(x)):
        return {"": "some of the points are not finite"}
    z = np.argmin(np.abs(x[:, None] - np.float64(means)), axis=1)
    for k, (weight, mean, sigma) in enumerate(zip(weights, np.float64(means), np.exp(np.float64(lsigmas)),
                                                  strict=True)):  # fmt: skip
        e = x[z == k]
        count, name = len(e), f"component {k}" if len(means) > 1 else "x"
        if stats.binomtest(count, len(x), min(weight, 1.0)).pvalue < sampling.FALSE_ALARM:
            error = np.sqrt(n * weight * (1 - weight))
            return {"": f"{name} came up {count:,} times, expected {n * weight:,.0f} ± {error:,.0f}"}
        if count < 2:
            continue
        for what, got, want, error in (
            ("mean", e.mean(), mean, sigma / np.sqrt(count)),
            ("standard deviation", e.std(), sigma, sigma / np.sqrt(2 * count)),
        ):
            if abs(got - want) > 6 * error:
                words = f"{rounded(got, 4)}, expected {rounded(want, 4)} ± {rounded(error, 2)}"
                return {"": f"the {what} of {name} is {words}"}
        if (values := len(np.unique(e))) < count / 2:
            return {"": f"{count:,} draws of {name} have only {values:,} different values"}
        test = stats.kstest((e - mean) / sigma, "norm")
        if test.pvalue < sampling.FALSE_ALARM:
            return {"": f"the distribution function of {name} is off by up to {test.statistic:.2f}, expected "
                    f"less than {stats.kstwo.isf(1e-3, count):.2f}"}  # fmt: skip
    return {}


DRAWS = 2000
MAKE_DATA = Ladder(
    {"N": "", "logits": "K", "means": "K", "lsigmas": "K"},
    tuple(
        (DRAWS, *f32(*theta))
        for theta in (
            ([0], [0], [0]),
            ([0], [5], [0]),
            ([0], [0], [1]),
            ([0, 0], [-100, 100], [0, 0]),
            ([0, 1], [-100, 100], [0, 0]),
            ([0, 1], [-100, 100], [0, 1]),
            ([0, 3], [-100, 100], [0, 1]),
        )
    ),
    (lambda *arguments: Question("sample", arguments),),
    draws_faults,
)


def make_data_statistic(questions, answers, verdict):
    """What the judged draws show where the small ones show nothing."""
    for name in ("many", "few", "five"):
        if name in answers and answers[name].arrived:
            arguments = questions[name].arguments
            if faults := draws_faults(arguments, answers[name]):
                return f" {arguments[0]:,} draws of {len(arguments[1])} components: {faults['']}."
    return ""


EXAMPLES = {
    "make_data": Examples((MAKE_DATA,), make_data_statistic),
    "mixture_likelihood": Examples(LIKELIHOOD),
    "gmm_model": Examples(GMM),
    "loss": Examples(LOSS),
    "train": Examples(TRAIN),
    "mixture_posterior_logits": Examples(POSTERIOR),
    "mstep": Examples(MSTEP),
    "emgmm_model": Examples(EMGMM),
}
