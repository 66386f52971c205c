"""`train`: steps of the given optimizer."""

import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from autograder.authoring import NOTHING, STRUCTURE, TERM
from autograder.authoring.precision import double
from autograder.engine.assignment import OWN, Arguments, Question, Questions, task
from autograder.engine.judge import (
    Answer,
    Answers,
    Finding,
    Pieces,
    Verdict,
    all_must_hold,
    explain,
    first_or_right,
    known,
    no_answer,
    unknown,
    verdict,
)
from autograder.engine.remembering import remembered
from autograder.tasks.gmm_two_ways import oracle
from autograder.tasks.gmm_two_ways.inputs import Parameters, draw, flat, mixture

SUM, MEAN = "right sum", "right mean"  # what the right loss returns
STEPS = 6
ADAM_RATE = 0.08
POINTS = 70


def well_conditioned_training(rng: np.random.Generator) -> tuple[np.ndarray, Parameters]:
    """Data and a start for which Adam takes the same path on the mean and on the sum of the loss.

    On it every known mistake takes another. The loss falls in all, but rises in between, so that who
    waits for that stops early.
    """
    while True:
        logits, means, lsigmas = mixture(rng, 3)
        x, away = draw(rng, (0.3 * logits, means, lsigmas), POINTS), np.float32(rng.uniform())
        start = (logits - np.float32(0.5), means + 0.4 * away, lsigmas + 0.3 * away)
        x64, theta, settings = double(x).ravel(), flat(start), (STEPS, ADAM_RATE)
        path = [oracle.adam(x64, theta, steps, ADAM_RATE) for steps in range(STEPS + 1)]
        losses = [-np.mean(oracle.log_likelihood(x64, *parameters)) for parameters in path]
        if max(np.diff(losses)[1:4]) < 1e-3 or losses[-1] > losses[0] - 0.03:
            continue
        right = path[-1]
        total = oracle.adam(x64, theta, *settings, scale=len(x))
        # Gradients that are shorter than a bound are not clipped.
        ways = [way for mistake in TRAIN_MISTAKES for way in mistake.variants if "clip" not in way]
        mistaken = [with_mistake(x64, theta, way) for way in ways]
        if apart(right, total) < 1e-4 and min(apart(right, m) for m in mistaken) > 0.01:
            return x, start


def with_mistake(x: np.ndarray, start: Sequence[np.ndarray], pieces: Pieces) -> list[np.ndarray]:
    pieces = {"steps": STEPS, "learning_rate": ADAM_RATE, **pieces}
    seen = pieces.pop("inputs", np.asarray)(x)
    return oracle.adam(seen[: pieces.pop("part", None)], start, **pieces)


def _predicted(arguments, pieces):
    """As `with_mistake`, from the arguments of a question."""
    x, start, *_ = arguments
    x, *start = flat((x, *start))
    return with_mistake(x, start, pieces)


predicted = remembered(_predicted, most=4096)


def apart(first: Iterable[np.ndarray], second: Iterable[np.ndarray]) -> float:
    return max(np.max(np.abs(a - b)) for a, b in zip(first, second, strict=True))


def train_questions(rng: np.random.Generator) -> Questions:
    """With the sum as the right loss; the mean tells apart mistakes that all clip the sum's gradients."""
    x, start = well_conditioned_training(rng)
    right = ("mixture_likelihood", "GMM", "loss")
    asked = {}
    for name, stand_ins, freedom in (
        (SUM, right, {"summed": True}),
        (MEAN, right, {"summed": False}),
        (OWN, (), {}),
    ):
        arguments = (x, start, ADAM_RATE, STEPS)
        asked[name] = Question("train", arguments, stand_ins, freedom, name, fallback=name != SUM)
    return asked


def clipped_by_norm(gradients: list[np.ndarray], most: float) -> list[np.ndarray]:
    return [g * min(1.0, most / np.linalg.norm(g)) for g in gradients]


def clipped_together(gradients: list[np.ndarray], most: float) -> list[np.ndarray]:
    """All by one factor, as by their global norm."""
    return [g * min(1.0, most / np.linalg.norm(np.concatenate(gradients))) for g in gradients]


def clipped_by_value(gradients: list[np.ndarray], most: float) -> list[np.ndarray]:
    return [np.clip(g, -most, most) for g in gradients]


def standardised(x: np.ndarray) -> np.ndarray:
    return (x - x.mean()) / x.std()


TRAIN_MISTAKES = [
    known("not-trained", NOTHING, "The model's weights do not change.",
          "Apply the gradients to the variables of the given model.", steps=0),
    known("one-step", STRUCTURE, "One step is taken, not `steps`.", "Repeat the gradient step in a loop.",
          steps=1),
    known("off-by-one", TERM, "One step too few is taken.", "for _ in range(steps)", steps=STEPS - 1),
    known("off-by-one", TERM, "One step too many is taken.", "for _ in range(steps)", steps=STEPS + 1),
    known("stops-early", STRUCTURE, "Fewer steps are taken than `steps`.",
          "Take all the steps, whatever the loss does in between.",
          *({"steps": steps} for steps in range(2, STEPS - 1))),
    known("twice-the-steps", TERM, "Two steps are taken for each one.",
          "Apply the gradients once in each turn of the loop.", steps=2 * STEPS),
    known("climbs", TERM, "The steps climb the loss.",
          "Pass the gradients to the optimizer as they are: it descends.", scale=-1.0),
    known("new-optimizer-each-step", STRUCTURE, "A new optimizer is made at each step.",
          "Adam remembers earlier gradients: use the given optimizer throughout.", restart=True),
    known("own-optimizer", STRUCTURE, "The given optimizer is not used.",
          "Use the optimizer that is passed in, with its learning rate.",
          *({"learning_rate": rate} for rate in (0.001, 0.005, 0.01, 0.1))),
    known("gradients-clipped", STRUCTURE, "The gradients are clipped.",
          "Pass the gradients to the optimizer as they are.",
          *({"clip": functools.partial(clip, most=most)}
            for clip in (clipped_by_norm, clipped_together, clipped_by_value)
            for most in (0.1, 1.0))),
    known("not-all-inputs", STRUCTURE, "Only the first points count.",
          "Compute the gradient of the loss on all inputs in each step.",
          *({"part": part} for part in (1, 32, POINTS // 2))),
    known("stale-gradient", STRUCTURE, "The gradient is computed once and used in every step.",
          "Compute the gradient inside the loop.", stale=True),
    known("gradients-accumulated", STRUCTURE, "Each step uses the sum of all gradients so far.",
          "Apply the gradients of the current step alone.", accumulate=True),
    known("inputs-standardised", STRUCTURE, "The inputs are standardised: the model is fitted to other data.",
          "Compute the gradients on the inputs as they are.", inputs=standardised),
    known("weights-left-out", STRUCTURE, "Only some of the weights are updated.",
          "Update all of model.trainable_variables.",
          *({"only": only} for only in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2)))),
]  # fmt: skip


def explain_by_iterations(iterations: float, steps: int, n: int) -> Finding:
    """Why training that works is not the training that was asked for."""
    if iterations == 0:
        return Finding(
            "own-optimizer",
            "The given optimizer is not used.",
            "Use the optimizer that is passed in.",
            kind=STRUCTURE,
        )
    if iterations > steps:
        return Finding(
            "minibatches",
            f"The optimizer took {iterations:.0f} steps, not {steps}: the inputs were split.",
            "Use all inputs in each step; with fit, set batch_size=len(inputs).",
            STRUCTURE,
        )
    return Finding(
        "not-all-inputs",
        "The steps are not those of the loss on all inputs.",
        "Compute the gradient of the loss on all inputs in each step.",
        kind=STRUCTURE,
    )


# Learning rates of other optimizers that are tried, and how far from a path, relative to its length, the end
# of training may be: minibatches end within 0.6, weights that come from elsewhere beyond 0.7.
OTHER_RATES = np.geomspace(1e-3, 3.0, 28)
NEAR_PATH = 0.7


def descends(
    x: np.ndarray,
    start: Sequence[np.ndarray],
    got: Sequence[np.ndarray],
    iterations: float,
    steps: int,
    rate: float,
) -> bool:
    """Whether the weights lie where an optimizer could have taken them, all three of them.

    With the given optimizer that is Adam with as many steps as it counted; else Adam or gradient descent
    with any learning rate.
    """
    if any(np.array_equal(*pair) for pair in zip(start, got, strict=True)):
        return False
    if iterations > steps * len(x):
        return False
    if iterations:
        paths = iter([oracle.adam(x, start, int(iterations), rate)])
    else:
        paths = (
            path(x, start, steps, other)
            for other in OTHER_RATES
            for path in (oracle.adam, oracle.descent, functools.partial(oracle.descent, momentum=0.9))
        )
    first, end = np.concatenate(start), np.concatenate(got)
    with np.errstate(all="ignore"):
        return any(
            np.linalg.norm(end - last) < NEAR_PATH * np.linalg.norm(last - first)
            for last in map(np.concatenate, paths)
        )


SMALL_STEP, ON_PATH = 1e-6, 0.02


def is_plain_descent(
    x: np.ndarray, start: Sequence[np.ndarray], got: Sequence[np.ndarray], steps: int
) -> bool:
    """Whether the weights are those of gradient descent with some learning rate, however short its path."""
    first, end = np.concatenate(start), np.concatenate(got)
    rate = SMALL_STEP
    with np.errstate(all="ignore"):
        for _ in range(4):
            path = np.concatenate(oracle.descent(x, start, steps, rate)) - first
            rate *= float(np.linalg.norm(end - first) / np.linalg.norm(path))
        return bool(np.linalg.norm(end - first - path) < ON_PATH * np.linalg.norm(path))


class Training(NamedTuple):
    """What `train` was asked to do."""

    x: np.ndarray  # (N,)
    start: Parameters
    rate: float
    steps: int
    arguments: Arguments  # all of them, as the question has them

    def agrees(self, got: Parameters, pieces: Pieces, summed: bool) -> bool:
        """Whether weights are right, or what a mistake gives.

        Args:
            summed: whether the loss is the sum. Adam nearly forgets the scale of its gradients; a bound on
                them, or gradients near 0, show it.
        """

        def same(want: list[np.ndarray]) -> bool:
            return all(g.size == w.size for g, w in zip(got, want, strict=True)) and apart(got, want) < 2e-3

        scales = (len(self.x), 1.0) if summed else (1.0,)
        return any(same(predicted(self.arguments, {"scale": scale, **pieces})) for scale in scales)

    def other_training(self, got: Parameters, answer: Answer) -> list[Finding]:
        """Findings about weights that another kind of training could have given."""
        if any(g.size != w.size for g, w in zip(got, self.start, strict=True)):
            return []
        iterations = answer.array("iterations").ravel()[:1].sum()
        before, after, best = (
            np.mean(oracle.log_likelihood(self.x, *theta))
            for theta in (self.start, got, oracle.adam(self.x, self.start, self.steps, self.rate))
        )
        improved = after - before > 0.2 * (best - before)
        descended = improved and descends(self.x, self.start, got, iterations, self.steps, self.rate)
        plain = not iterations and after > before and is_plain_descent(self.x, self.start, got, self.steps)
        return [explain_by_iterations(iterations, self.steps, len(self.x))] if descended or plain else []


WRONG_WEIGHTS = unknown(
    "The weights after training are not those of the given optimizer.",
    "In each step: gradients of the loss on all inputs, then apply_gradients.",
)


@task("train", "train", train_questions)
def train(questions: Questions, answers: Answers) -> Verdict:
    """Exactly `steps` steps of the given optimizer, each on all inputs, change the given model."""
    x, start, rate, steps = questions[SUM].arguments  # the other questions have the same
    x, *start = flat((x, *start))
    asked = Training(x, start, rate, steps, questions[SUM].arguments)

    def judged(*names: str) -> list[Verdict]:
        """The verdicts on those of the questions that were answered."""
        return [judge_training(asked, questions[name], answers[name]) for name in names if name in answers]

    return first_or_right(all_must_hold(judged(MEAN, SUM)), judged(OWN))


def judge_training(asked: Training, question: Question, answer: Answer) -> Verdict:
    """The verdict on the weights after one training."""
    if not answer.arrived:
        return no_answer(answer)
    got, summed = answer.arrays("weights"), bool(question.freedom.get("summed"))
    if asked.agrees(got, {}, summed):
        # The given optimizer counts its steps: a copy of it can take the same ones.
        used = bool(answer.array("iterations").any())
        return verdict([] if used else [explain_by_iterations(0, asked.steps, len(asked.x))])
    known = explain(functools.partial(asked.agrees, got, summed=summed), TRAIN_MISTAKES)
    return verdict(known or asked.other_training(got, answer) or [WRONG_WEIGHTS])
