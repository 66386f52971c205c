"""Small inputs for each task of `gmm-two-ways`, and what is wrong with an answer to them."""

from functools import partial
from typing import Any

import numpy as np
import scipy
from scipy.special import softmax

from autograder.authoring.counting import likely
from autograder.authoring.precision import Numbers, double, f32
from autograder.engine.assignment import Arguments, Question, Questions
from autograder.engine.counterexample import Examples, Ladder, Lines, fault, rounded
from autograder.engine.judge import Answer, Answers, Magnitude, Verdict, agree
from autograder.tasks.gmm_two_ways import oracle, sampling, training
from autograder.tasks.gmm_two_ways.inputs import DENSITY, FEW, WEIGHTS, flat

TRAIN_INPUTS = {**DENSITY, "learning_rate": "", "steps": ""}


def train_rung(
    x: Numbers, logits: Numbers, means: Numbers, lsigmas: Numbers, rate: float, steps: int
) -> Arguments:
    return *f32(x, logits, means, lsigmas, rate), np.int32(steps)


def train_question(freedom: dict[str, Any], x: np.ndarray, *rest: Any) -> Question:
    *parameters, rate, steps = rest
    arguments = (x, tuple(parameters), float(rate), int(steps))
    return Question("train", arguments, ("mixture_likelihood", "GMM", "loss"), freedom)


def train_faults(arguments: Arguments, answer: Answer) -> Lines:
    *start, rate, steps = arguments
    x, *start = flat(start)
    wants = oracle.adam(x, start, int(steps), float(rate))
    faults: Lines = {}
    for name, got, want in zip(WEIGHTS, answer.arrays("weights"), wants, strict=True):
        if len(want) == 1 and name == "logits":
            continue  # one component has all the weight, whatever its logit
        faults |= fault(got, want, name, right=training_agrees)
    words = "; ".join(faults.values()).replace("you returned", "the model has")
    return {"": f"with Adam, {words}"} if faults else {}


def training_agrees(got: np.ndarray, want: np.ndarray, scale: Magnitude = None) -> bool:
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


def emgmm_question(freedom: dict[str, Any], x: np.ndarray, *parameters: np.ndarray) -> Question:
    right = ("mixture_likelihood", "mixture_posterior_logits", "mstep")
    return Question("emgmm", (x, parameters), right, freedom)


def agree_up_to_a_constant(got: np.ndarray, want: np.ndarray, scale: Magnitude = None) -> bool:
    return got.size == want.size and agree(got - got[:1], want - want[:1], scale)


def emgmm_faults(arguments: Arguments, answer: Answer, posterior: str = "a right posterior") -> Lines:
    x, *start = flat(arguments)
    k, after = len(start[0]), [*map(np.ravel, answer.arrays("after"))]
    faults: Lines = {}
    for name, got in zip(WEIGHTS, answer.arrays("before"), strict=True):
        if got.size != k:
            return {"": f"EMGMM({k}) has {got.size} numbers in {name}, expected {k}"}
    for name, got, want in zip(WEIGHTS, after, oracle.em_step(x, *start), strict=True):
        if name == "logits":
            faults |= fault(got, want, name, "up to a constant", 30, agree_up_to_a_constant)
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
        DENSITY,
        EMGMM_RUNGS,
        tuple(partial(emgmm_question, {"shifted": shifted, "column": shape}) for shape in (False, True)),
        partial(emgmm_faults, posterior=words),
        few=FEW,
    )
    for shifted, words in (
        (False, "normalised posterior logits"),
        (True, "posterior logits that have another constant in each row"),
    )
)


def draws_faults(arguments: Arguments, answer: Answer) -> Lines:
    """Number of points, then count, mean, spread and shape of each component."""
    n, logits, means, lsigmas = arguments
    x, weights = answer.array("value").ravel(), softmax(double(logits))
    if x.size != n:
        return {"": f"expected {n} points, you returned {x.size}"}
    if not np.all(np.isfinite(x)):
        return {"": "some of the points are not finite"}
    z = np.argmin(np.abs(x[:, None] - double(means)), axis=1)
    for k, (weight, mean, sigma) in enumerate(
        zip(weights, double(means), np.exp(double(lsigmas)), strict=True)
    ):
        e = x[z == k]
        count, name = len(e), f"component {k}" if len(means) > 1 else "x"
        if not likely(count, len(x), weight, sampling.FALSE_ALARM):
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
        test = scipy.stats.kstest((e - mean) / sigma, "norm")
        if test.pvalue < sampling.FALSE_ALARM:
            return {
                "": f"the distribution function of {name} is off by up to {test.statistic:.2f}, expected "
                f"less than {scipy.stats.kstwo.isf(1e-3, count):.2f}"
            }
    return {}


def sample_question(*arguments: Any) -> Question:
    return Question("sample", arguments)


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
    (sample_question,),
    draws_faults,
)


def make_data_statistic(questions: Questions, answers: Answers, verdict: Verdict) -> str:
    """What the judged draws show where the small ones show nothing."""
    for name in ("many", "few", "five"):
        if name in answers and answers[name].arrived:
            arguments = questions[name].arguments
            if faults := draws_faults(arguments, answers[name]):
                return f" {arguments[0]:,} draws of {len(arguments[1])} components: {faults['']}."
    return ""


EXAMPLES = {
    "make_data": Examples((MAKE_DATA,), make_data_statistic),
    "train": Examples(TRAIN),
    "emgmm_model": Examples(EMGMM),
}
