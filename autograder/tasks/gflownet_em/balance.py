"""`trajectory_balance_loss`: its value and its gradients."""

import numpy as np

from autograder.engine.assignment import Question, task
from autograder.engine.judge import (
    Finding,
    Mistake,
    agree,
    convention,
    explain,
    fits,
    no_answer,
    unknown,
    verdict,
)
from autograder.engine.scale import Kind
from autograder.tasks.gflownet_em import oracle

DEEP = "deep"


def balance_questions(rng):
    asked = {}
    for label, n in (("twenty", 20), ("nine", 9)):
        log_z, log_pf = rng.normal(1, 1.5, n), np.log(rng.uniform(0.05, 0.95, n))
        log_reward = rng.normal(0.5, 1.5, n)
        asked[label] = Question("balance", tuple(np.float32(v) for v in (log_z, log_pf, log_reward)))
    # Leaves far from x have a log-reward as low as this.
    deep = rng.normal(-3, 1, 7), np.log(rng.uniform(0.05, 0.95, 7)), rng.uniform(-90, -25, 7)
    asked[DEEP] = Question("balance", tuple(np.float32(v) for v in deep))
    return asked


def mean_of_squares(d):
    return np.mean(d**2)


def sum_of_squares(d):
    return np.sum(d**2)


def huber(d):
    return np.where(np.abs(d) <= 1, 0.5 * d**2, np.abs(d) - 0.5)


CLIPPED = Finding(
    "reward-clipped", "Small log-rewards are cut off: the loss is right for likely leaves only.",
    "Use log_reward as it comes. Logarithms need no floor.", kind=Kind.TAILS,
)  # fmt: skip
BALANCE_MISTAKES = [
    Mistake("policy-sign", Kind.TERM, "The log-probability of the path has the wrong sign.",
            "Balance: Z times the probability of the path equals the reward.",
            {"residual": lambda z, p, r: z - p - r}),
    Mistake("reward-sign", Kind.TERM, "The log-reward has the wrong sign.",
            "Balance: Z times the probability of the path equals the reward.",
            {"residual": lambda z, p, r: z + p + r}),
    Mistake("log-z-sign", Kind.TERM, "log Z has the wrong sign.",
            "Balance: Z times the probability of the path equals the reward.",
            {"residual": lambda z, p, r: p - z - r}),
    Mistake("log-z-missing", Kind.TERM, "log Z is left out.",
            "The probability of a path is its reward divided by Z.",
            {"residual": lambda z, p, r: p - r}),
    Mistake("policy-missing", Kind.TERM, "The log-probability of the path is left out.",
            "Balance: Z times the probability of the path equals the reward.",
            {"residual": lambda z, p, r: z - r}),
    Mistake("reward-missing", Kind.TERM, "The log-reward is left out.",
            "Balance: Z times the probability of the path equals the reward.",
            {"residual": lambda z, p, r: z + p}),
    Mistake("not-squared", Kind.STRUCTURE, "The residual is not squared.",
            "The loss is zero only where every residual is.",
            {"reduce": np.mean}),
    Mistake("absolute", Kind.STRUCTURE, "Absolute residuals are averaged, not squared ones.",
            "Square the residual of each path.",
            {"reduce": lambda d: np.mean(np.abs(d))}),
    Mistake("squared-after-the-mean", Kind.STRUCTURE, "The mean residual is squared.",
            "Residuals of opposite signs must not cancel: square each, then average.",
            {"reduce": lambda d: np.mean(d) ** 2}),
    Mistake("squared-after-the-mean", Kind.STRUCTURE, "The sum of the residuals is squared.",
            "Residuals of opposite signs must not cancel: square each, then average.",
            {"reduce": lambda d: np.sum(d) ** 2}),
    Mistake("variance", Kind.STRUCTURE, "The variance of the residuals is returned: log Z no longer matters.",
            "Square the residuals themselves, without taking off their mean.",
            {"reduce": np.var}),
    Mistake("root", Kind.STRUCTURE, "A root is taken of the loss.",
            "The loss is the mean of the squares itself.",
            {"reduce": lambda d: np.sqrt(np.mean(d**2))}),
    Mistake("root", Kind.STRUCTURE, "A root is taken of the loss.",
            "The loss is the mean of the squares itself.",
            {"reduce": lambda d: np.sqrt(np.sum(d**2))}),
    Mistake("halved", Kind.TERM, "The loss is halved.",
            "The loss is the mean of the squared residuals, without a factor.",
            {"reduce": lambda d: 0.5 * np.mean(d**2)}),
    Mistake("halved", Kind.TERM, "The loss is halved.",
            "The loss is the mean of the squared residuals, without a factor.",
            {"reduce": lambda d: 0.5 * np.sum(d**2)}),
    Mistake("divided-twice", Kind.TERM, "The mean is divided by the number of paths once more.",
            "reduce_mean divides by the number of paths already.",
            {"reduce": lambda d: np.mean(d**2) / len(d)}),
    Mistake("linear-for-large", Kind.STRUCTURE, "Large residuals count linearly: this is Huber's loss.",
            "Square every residual, also the large ones.",
            {"reduce": lambda d: np.mean(huber(d))}),
    Mistake("linear-for-large", Kind.STRUCTURE, "Large residuals count linearly: this is Huber's loss.",
            "Square every residual, also the large ones.",
            {"reduce": lambda d: np.sum(huber(d))}),
    Mistake("negative", Kind.TERM, "The sign of the loss is turned.",
            "Training minimises the squared residuals.",
            {"reduce": lambda d: -np.mean(d**2)}),
    Mistake("exponentiated", Kind.STRUCTURE, "Probabilities are subtracted, not their logarithms.",
            "Stay in log space: a product of probabilities is a sum of logarithms.",
            {"residual": lambda z, p, r: np.exp(z + p) - np.exp(r)}),
    Mistake("log-of-reward-twice", Kind.STRUCTURE, "The logarithm of the reward is taken twice.",
            "log_reward is a logarithm already.",
            {"residual": lambda z, p, r: z + p - np.log(np.abs(r))}),
    Mistake("exponentiated-reward", Kind.STRUCTURE, "The reward is used where its logarithm belongs.",
            "All three arguments are logarithms.",
            {"residual": lambda z, p, r: z + p - np.exp(r)}),
    Mistake("outer-difference", Kind.STRUCTURE, "Every path is compared with every other.",
            "All three have the shape (N,): broadcasting (N,) against (N, 1) gives (N, N).",
            {"residual": lambda z, p, r: z[:, None] + p - r}),
    Mistake("outer-difference", Kind.STRUCTURE, "Every path is compared with every other.",
            "All three have the shape (N,): broadcasting (N,) against (N, 1) gives (N, N).",
            {"residual": lambda z, p, r: (z + p)[:, None] - r}),
]  # fmt: skip


@task("trajectory_balance_loss", "trajectory_balance_loss", balance_questions)
def trajectory_balance_loss(questions, answers):
    """The mean, or the sum, of (log Z + log P_F - log R)^2; gradients reach log Z and log P_F."""
    for answer in answers.values():
        if not answer.arrived:
            return no_answer(answer)
    inputs = {name: [np.float64(v) for v in question.arguments] for name, question in questions.items()}
    values = {name: answer.array("value") for name, answer in answers.items()}

    def agrees(pieces, compare=fits):
        residual = pieces.get("residual", lambda z, p, r: z + p - r)
        reductions = [pieces["reduce"]] if "reduce" in pieces else [mean_of_squares, sum_of_squares]
        return any(
            all(same(got, reduce(residual(*inputs[name])), compare) for name, got in values.items())
            for reduce in reductions
        )

    def right_when(reduce, asked):
        wants = {name: reduce(oracle.trajectory_balance(*inputs[name])) for name in asked}
        return all(same(values[name], wants[name], agree) for name in asked)

    reductions = {"mean": np.mean, "sum": np.sum, "none": np.asarray}
    right = [name for name, reduce in reductions.items() if right_when(reduce, inputs)]
    if not right and any(right_when(reduce, inputs.keys() - {DEEP}) for reduce in (np.mean, np.sum)):
        return verdict([CLIPPED])
    if not right:
        got = next(iter(values.values()))
        return verdict(explain(agrees, BALANCE_MISTAKES, values.values()) or [unknown(
            "The loss is not the mean of the squared residuals." if got.size == 1 else
            f"Expected one number, got an array of shape {list(got.shape)}.",
            "Try one path: the loss is then (log_z + log_pf - log_reward)^2.")])  # fmt: skip
    findings = []
    if right == ["none"]:
        findings.append(convention("not-reduced", "The loss is one number per path, not one for all.",
                                   "Take the mean over the batch."))  # fmt: skip
    return verdict(findings + gradient_faults(inputs, answers, summed=right != ["mean"]))


def same(got, want, compare):
    return got.size == np.size(want) and compare(got.ravel(), np.ravel(want))


def gradient_faults(inputs, answers, summed):
    """Findings about the gradients of a right loss."""
    missing, wrong = set(), set()
    for name, (log_z, log_pf, log_reward) in inputs.items():
        want = 2 * (log_z + log_pf - log_reward) / (1 if summed else len(log_z))
        for part, got in zip(("log_z", "log_pf"), answers[name].arrays("gradients", 2), strict=True):
            if got.size == 0:
                missing.add(part)
            elif got.size != want.size or not agree(got.ravel(), want):
                wrong.add(part)
    if not missing and not wrong:
        return []
    words = f"No gradient reaches {' and '.join(sorted(missing))}." if missing else (
        f"The gradient with respect to {' and '.join(sorted(wrong))} is wrong."
    )  # fmt: skip
    return [Finding("gradient-cut", words,
                    "Use TensorFlow's functions, not NumPy's, and no tf.stop_gradient.", kind=Kind.TERM)]
