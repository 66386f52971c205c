"""`train`: steps of the given optimizer."""

import functools

import numpy as np

from autograder.authoring import NOTHING, STRUCTURE, TERM
from autograder.engine.assignment import Question, task
from autograder.engine.judge import (
    Finding,
    all_must_hold,
    explain,
    first_or_right,
    known,
    no_answer,
    unknown,
    verdict,
)
from autograder.tasks.gmm_two_ways import oracle
from autograder.tasks.gmm_two_ways.inputs import draw, flat, mixture

STEPS = 6
ADAM_RATE = 0.08
POINTS = 70


def well_conditioned_training(rng):
    """Data and a start for which Adam takes the same path on the mean and on the sum of the loss.

    On it every known mistake takes another. The loss falls in all, but rises in between, so that who
    waits for that stops early.
    """
    while True:
        logits, means, lsigmas = mixture(rng, 3)
        x, away = draw(rng, (0.3 * logits, means, lsigmas), POINTS), np.float32(rng.uniform())
        start = (logits - np.float32(0.5), means + 0.4 * away, lsigmas + 0.3 * away)
        x64, theta, settings = np.float64(x).ravel(), flat(start), (STEPS, ADAM_RATE)
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


def with_mistake(x, start, pieces):
    pieces = {"steps": STEPS, "learning_rate": ADAM_RATE, **pieces}
    return oracle.adam(x[: pieces.pop("part", None)], start, **pieces)


def apart(first, second):
    return max(np.max(np.abs(a - b)) for a, b in zip(first, second, strict=True))


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


def clipped_by_norm(gradients, most):
    return [g * min(1.0, most / np.linalg.norm(g)) for g in gradients]


def clipped_together(gradients, most):
    """All by one factor, as by their global norm."""
    return [g * min(1.0, most / np.linalg.norm(np.concatenate(gradients))) for g in gradients]


def clipped_by_value(gradients, most):
    return [np.clip(g, -most, most) for g in gradients]


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
    known("own-optimizer", STRUCTURE, "Another optimizer than the given one is used.",
          "Use the optimizer that is passed in, with its learning rate.",
          *({"learning_rate": rate} for rate in (0.001, 0.005, 0.01, 0.1))),
    known("gradients-clipped", STRUCTURE, "The gradients are clipped.",
          "Pass the gradients to the optimizer as they are.",
          *({"clip": lambda gradients, clip=clip, most=most: clip(gradients, most)}
            for clip in (clipped_by_norm, clipped_together, clipped_by_value)
            for most in (0.1, 1.0))),
    known("not-all-inputs", STRUCTURE, "Only the first points count.",
          "Compute the gradient of the loss on all inputs in each step.",
          *({"part": part} for part in (1, 32, POINTS // 2))),
    known("stale-gradient", STRUCTURE, "The gradient is computed once and used in every step.",
          "Compute the gradient inside the loop.", stale=True),
    known("weights-left-out", STRUCTURE, "Only some of the weights are updated.",
          "Update all of model.trainable_variables.",
          *({"only": only} for only in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2)))),
]  # fmt: skip


def explain_by_iterations(iterations, steps, n):
    """Why training that works is not the training that was asked for."""
    if iterations == 0:
        return Finding("own-optimizer", "Another optimizer than the given one is used.",
                       "Use the optimizer that is passed in.", kind=STRUCTURE)  # fmt: skip
    if iterations > steps:
        return Finding("minibatches",
                       f"The optimizer took {iterations:.0f} steps, not {steps}: the inputs were split.",
                       "Use all inputs in each step; with fit, set batch_size=len(inputs).", STRUCTURE)
    return Finding("not-all-inputs", "The steps are not those of the loss on all inputs.",
                   "Compute the gradient of the loss on all inputs in each step.", kind=STRUCTURE)


# Learning rates of other optimizers that are tried, and how far from a path, relative to its length, the end
# of training may be: minibatches end within 0.6, weights that come from elsewhere beyond 0.7.
OTHER_RATES = np.geomspace(1e-3, 3.0, 28)
NEAR_PATH = 0.7


def descends(x, start, got, iterations, steps, rate):
    """Whether the weights lie where an optimizer could have taken them, all three of them.

    With the given optimizer that is Adam with as many steps as it counted; else Adam or gradient descent
    with any learning rate.
    """
    if any(np.array_equal(*pair) for pair in zip(start, got, strict=True)):
        return False
    if iterations > steps * len(x):
        return False
    if iterations:
        paths = [oracle.adam(x, start, int(iterations), rate)]
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


def is_plain_descent(x, start, got, steps):
    """Whether the weights are those of gradient descent with some learning rate, however short its path."""
    first, end = np.concatenate(start), np.concatenate(got)
    rate = SMALL_STEP
    with np.errstate(all="ignore"):
        for _ in range(4):
            path = np.concatenate(oracle.descent(x, start, steps, rate)) - first
            rate *= np.linalg.norm(end - first) / np.linalg.norm(path)
        return bool(np.linalg.norm(end - first - path) < ON_PATH * np.linalg.norm(path))


@task("train", "train", train_questions)
def train(questions, answers):
    """Exactly `steps` steps of the given optimizer, each on all inputs, change the given model."""
    x, start, rate, steps = questions["right mean"].arguments  # the other questions have the same
    x, *start = flat((x, *start))
    predicted = functools.cache(lambda *pieces: with_mistake(x, start, dict(pieces)))

    def judged(name):
        answer = answers[name]
        if not answer.arrived:
            return no_answer(answer)
        got = answer.arrays("weights")
        summed = questions[name].freedom.get("summed")

        def agrees(pieces):
            # Adam forgets the scale of its gradients, a bound on them does not.
            scaled = {"scale": len(x), **pieces} if summed and "clip" in pieces else pieces
            want = predicted(*scaled.items())
            return all(g.size == w.size for g, w in zip(got, want, strict=True)) and apart(got, want) < 2e-3

        if agrees({}):
            return verdict([])
        known = explain(agrees, TRAIN_MISTAKES)
        if not known and all(g.size == w.size for g, w in zip(got, start, strict=True)):
            before, after, best = (
                np.mean(oracle.log_likelihood(x, *theta))
                for theta in (start, got, oracle.adam(x, start, steps, rate))
            )
            iterations = answer.array("iterations").ravel()[:1].sum()
            improved = after - before > 0.2 * (best - before)
            descended = improved and descends(x, start, got, iterations, steps, rate)
            if descended or not iterations and after > before and is_plain_descent(x, start, got, steps):
                known = [explain_by_iterations(iterations, steps, len(x))]
        return verdict(
            known
            or [unknown("The weights after training are not those of the given optimizer.",
                        "In each step: gradients of the loss on all inputs, then apply_gradients.")]
        )  # fmt: skip

    first = all_must_hold([judged("right mean"), judged("right sum")])
    return first_or_right(first, [judged("own")] if "own" in answers else [])
