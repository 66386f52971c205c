"""`trajectory_balance_loss`: its value and its gradients."""

from collections.abc import Callable

import numpy as np

from autograder.authoring import STRUCTURE, TAILS, TERM
from autograder.authoring.by_hand import Small, by_hand
from autograder.authoring.inputs import public
from autograder.authoring.precision import doubles, f32
from autograder.authoring.readings import Reading, in_readings, none_arrived
from autograder.engine.assignment import Arguments, Question, Questions
from autograder.engine.counterexample import Lines, in_digits, mean_or_sum
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
from autograder.tasks.gflownet_em import oracle
from autograder.tasks.gflownet_em.inputs import ways

DEEP = "deep"


def questions(rng: np.random.Generator) -> Questions:
    asked = {}
    for label, n in (("twenty", 20), ("nine", 9)):
        log_z, log_pf = rng.normal(1, 1.5, n), np.log(rng.uniform(0.05, 0.95, n))
        log_reward = rng.normal(0.5, 1.5, n)
        asked[label] = Question("balance", f32(log_z, log_pf, log_reward))
    # Leaves far from x have a log-reward as low as this.
    deep = rng.normal(-3, 1, 7), np.log(rng.uniform(0.05, 0.95, 7)), rng.uniform(-90, -25, 7)
    asked[DEEP] = Question("balance", f32(*deep))
    return in_readings(asked)


def mean_of_squares(d: np.ndarray) -> np.ndarray:
    return np.mean(d**2)


def sum_of_squares(d: np.ndarray) -> np.ndarray:
    return np.sum(d**2)


def huber(d: np.ndarray) -> np.ndarray:
    return np.where(np.abs(d) <= 1, 0.5 * d**2, np.abs(d) - 0.5)


CLIPPED = Finding(
    "reward-clipped",
    "Small log-rewards are cut off: the loss is right for likely leaves only.",
    "Use log_reward as it comes. Logarithms need no floor.",
    kind=TAILS,
)
NOT_REDUCED = convention(
    "not-reduced", "The loss is one number per path, not one for all.", "Take the mean over the batch."
)
BALANCE_MISTAKES = [
    known("policy-sign", TERM, "The log-probability of the path has the wrong sign.",
          "Balance: Z times the probability of the path equals the reward.",
          residual=lambda z, p, r: z - p - r),
    known("reward-sign", TERM, "The log-reward has the wrong sign.",
          "Balance: Z times the probability of the path equals the reward.",
          residual=lambda z, p, r: z + p + r),
    known("log-z-sign", TERM, "log Z has the wrong sign.",
          "Balance: Z times the probability of the path equals the reward.",
          residual=lambda z, p, r: p - z - r),
    known("log-z-missing", TERM, "log Z is left out.",
          "The probability of a path is its reward divided by Z.", residual=lambda z, p, r: p - r),
    known("policy-missing", TERM, "The log-probability of the path is left out.",
          "Balance: Z times the probability of the path equals the reward.", residual=lambda z, p, r: z - r),
    known("reward-missing", TERM, "The log-reward is left out.",
          "Balance: Z times the probability of the path equals the reward.", residual=lambda z, p, r: z + p),
    known("log-z-of-the-batch", TERM, "log Z is averaged over the batch.",
          "Each path has its own log Z: it depends on x.", residual=lambda z, p, r: np.mean(z) + p - r),
    known("squared-separately", STRUCTURE, "Both sides are squared before they are subtracted.",
          "Subtract first, then square: the loss is zero only where every residual is.",
          *({"residual": lambda z, p, r: (z + p) ** 2 - r**2, "reduce": reduce}
            for reduce in (np.mean, np.sum))),
    known("not-squared", STRUCTURE, "The residual is not squared.",
          "The loss is zero only where every residual is.", reduce=np.mean),
    known("absolute", STRUCTURE, "Absolute residuals are averaged, not squared ones.",
          "Square the residual of each path.", reduce=lambda d: np.mean(np.abs(d))),
    known("squared-after-the-mean", STRUCTURE, "The mean residual is squared.",
          "Residuals of opposite signs must not cancel: square each, then average.",
          reduce=lambda d: np.mean(d) ** 2),
    known("squared-after-the-mean", STRUCTURE, "The sum of the residuals is squared.",
          "Residuals of opposite signs must not cancel: square each, then average.",
          reduce=lambda d: np.sum(d) ** 2),
    known("variance", STRUCTURE, "The variance of the residuals is returned: log Z no longer matters.",
          "Square the residuals themselves, without taking off their mean.", reduce=np.var),
    known("root", STRUCTURE, "The square root of the loss is taken.", "The loss is the mean of the squares.",
          {"reduce": lambda d: np.sqrt(np.mean(d**2))}, {"reduce": lambda d: np.sqrt(np.sum(d**2))}),
    known("halved", TERM, "The loss is halved.",
          "The loss is the mean of the squared residuals, without a factor.",
          {"reduce": lambda d: 0.5 * np.mean(d**2)}, {"reduce": lambda d: 0.5 * np.sum(d**2)}),
    known("divided-twice", TERM, "The mean is divided by the number of paths once more.",
          "reduce_mean divides by the number of paths already.", reduce=lambda d: np.mean(d**2) / len(d)),
    known("linear-for-large", STRUCTURE, "Large residuals count linearly: this is Huber's loss.",
          "Square every residual, also the large ones.", {"reduce": lambda d: np.mean(huber(d))},
          {"reduce": lambda d: np.sum(huber(d))}),
    known("negative", TERM, "The sign of the loss is flipped.", "Training minimises the squared residuals.",
          reduce=lambda d: -np.mean(d**2)),
    known("exponentiated", STRUCTURE, "Probabilities are subtracted, not their logarithms.",
          "Stay in log space: a product of probabilities is a sum of logarithms.",
          residual=lambda z, p, r: np.exp(z + p) - np.exp(r)),
    known("log-of-reward-twice", STRUCTURE, "The logarithm of the reward is taken twice.",
          "log_reward is a logarithm already.", residual=lambda z, p, r: z + p - np.log(np.abs(r))),
    known("exponentiated-reward", STRUCTURE, "The reward is used where its logarithm belongs.",
          "All three arguments are logarithms.", residual=lambda z, p, r: z + p - np.exp(r)),
    known("outer-difference", STRUCTURE, "Every path is compared with every other.",
          "All three have the shape (N,): broadcasting (N,) against (N, 1) gives (N, N).",
          {"residual": lambda z, p, r: z[:, None] + p - r},
          {"residual": lambda z, p, r: (z + p)[:, None] - r}),
]  # fmt: skip
REDUCTIONS = {"mean": mean_of_squares, "sum": sum_of_squares, "none": np.square}


def judge(reading: Reading) -> Verdict:
    if fault := none_arrived(reading):
        return fault
    likely = reading.but(DEEP)
    right = [name for name, reduce in REDUCTIONS.items() if reading.agrees({"reduce": reduce})]
    if not right and any(likely.agrees({"reduce": REDUCTIONS[name]}) for name in ("mean", "sum")):
        return verdict([CLIPPED])
    if not right:

        def agrees(pieces):
            return any(reading.agrees({"reduce": REDUCTIONS[name], **pieces}) for name in ("mean", "sum"))

        got = reading.all()[0]
        words = "The loss is not the mean of the squared residuals."
        if got.size != 1:
            words = f"Expected one number, got an array of shape {list(got.shape)}."
        hint = "Try one path: the loss is then (log_z + log_pf - log_reward)^2."
        return verdict(explain(agrees, BALANCE_MISTAKES, reading.all()) or [unknown(words, hint)])
    findings = [NOT_REDUCED] if right == ["none"] else []
    return verdict(findings + gradient_faults(reading, summed=right != ["mean"]))


def gradient_faults(reading: Reading, summed: bool) -> list[Finding]:
    """Findings about the gradients of a right loss."""
    missing, wrong = set(), set()
    for label, answer in reading.answers.items():
        log_z, log_pf, log_reward = reading.inputs(label)
        want = 2 * (log_z + log_pf - log_reward) / (1 if summed else len(log_z))
        for part, got in zip(("log_z", "log_pf"), answer.arrays("gradients", 2), strict=True):
            if got.size == 0:
                missing.add(part)
            elif got.size != want.size or not agree(got.ravel(), want):
                wrong.add(part)
    if not missing and not wrong:
        return []
    words = f"No gradient reaches {' and '.join(sorted(missing))}." if missing else (
        f"The gradient with respect to {' and '.join(sorted(wrong))} is wrong."
    )  # fmt: skip
    hint = "Use TensorFlow's functions, not NumPy's, and no tf.stop_gradient."
    return [Finding("gradient-cut", words, hint, TERM)]


# Rungs are (log_z, log_pf, log_reward).
BALANCE_RUNGS = (
    f32([1], [0], [0]),
    f32([0], [-1], [0]),
    f32([0], [0], [1]),
    f32([3], [-1], [0]),
    f32([0], [-1], [2]),
    f32([3], [-1], [1]),
    f32([1, 0], [0, 0], [0, 0]),
    f32([1, -1], [0, 0], [0, 0]),
    f32([0, 0], [-1, -2], [0, 0]),
    f32([1, 0], [0, 0], [0, 1]),
    f32([1, 2], [-1, -2], [3, 0]),
)


def value_faults(arguments: Arguments, answer: Answer) -> Lines:
    return mean_or_sum(answer.array("value"), oracle.trajectory_balance(*doubles(arguments)))


def small_gradient_faults(arguments: Arguments, answer: Answer) -> Lines:
    if value_faults(arguments, answer):
        return {}  # the gradient of a wrong loss says nothing more
    log_z, log_pf, log_reward = doubles(arguments)
    residual = 2 * (log_z + log_pf - log_reward)
    for name, got in zip(("log_z", "log_pf"), answer.arrays("gradients", 2), strict=True):
        words = f"expected the gradient in {name} to be {in_digits(residual / len(residual))}"
        if len(residual) > 1:
            words += f" (of the mean) or {in_digits(residual)} (of the sum)"
        if got.size == 0:
            return {"": f"{words}, but none arrives"}
        if not any(got.size == w.size and agree(got, w) for w in (residual, residual / len(residual))):
            return {"": f"{words}, it is {in_digits(got)}"}
    return {}


def probe() -> tuple[np.ndarray, ...]:
    rng = public()
    return f32(
        np.round(rng.normal(1, 1.5, 20), 1),
        np.round(-rng.uniform(0.1, 3, 20), 1),
        np.round(rng.normal(0.5, 1.5, 20), 1),
    )


def reply(question: Question, parts: list[np.ndarray]) -> Reply:
    """Of a loss whose gradients are not asked about."""
    return {"value": parts[0], "gradients": []}


def residual(log_z: np.ndarray, log_pf: np.ndarray, log_reward: np.ndarray) -> np.ndarray:
    return log_z + log_pf - log_reward


@by_hand(
    "trajectory_balance_loss", questions, judge, BALANCE_MISTAKES,
    small=tuple(Small(BALANCE_RUNGS, ways("balance"), probe, faults=faults)
                for faults in (value_faults, small_gradient_faults)),
    reply=reply, axes={"log_z": "N", "log_pf": "N", "log_reward": "N"},
)  # fmt: skip
def trajectory_balance_loss(
    log_z: np.ndarray,
    log_pf: np.ndarray,
    log_reward: np.ndarray,
    residual: Callable[..., np.ndarray] = residual,
    reduce: Callable[[np.ndarray], np.ndarray] = mean_of_squares,
) -> np.ndarray:
    """The mean, or the sum, of (log Z + log P_F - log R)^2; gradients reach log Z and log P_F."""
    return reduce(residual(log_z, log_pf, log_reward))
