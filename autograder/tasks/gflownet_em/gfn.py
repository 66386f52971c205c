"""`gfn_em`: judged by what it does with its policy, and by what it gains."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.special import softmax

from autograder.authoring import NOTHING, STRUCTURE, TERM
from autograder.authoring.precision import doubles, single
from autograder.engine.assignment import Question, Questions, task
from autograder.engine.judge import (
    Answer,
    Answers,
    Finding,
    Outcome,
    Verdict,
    found,
    known,
    no_answer,
    no_numbers_wrong,
    verdict,
)
from autograder.tasks.gflownet_em import oracle, paths
from autograder.tasks.gflownet_em.inputs import draw, shape_fault
from autograder.tasks.gflownet_em.oracle import LEAVES, PETALS

# Enough for the policy that stands in, and short enough for a loop that is not compiled.
ITERATIONS, STEPS, RATE = 10, 30, 0.02
OWN_STEPS = 60  # a student's own policy learns slower
N = 400
NOISE = 0.8  # of the starts, so that whoever is only nearly right falls behind
# Share of exact EM's gain that is enough, and the least that exact EM gains of mean log-density.
ENOUGH, LEAST_GAIN = 0.85, 0.15
# Root mean square distance within which means count as those of a mistake: sampled M steps are noisy.
NEAR = 0.2
# What is done with the policy: with right functions; without tf.function, for code that XLA compiles, where
# nothing can be noted; and with the student's own, which may take more arguments and have more methods.
PATHS, EAGERLY, OWN_PATHS = "paths", "paths eagerly", "own paths"
# A right answer loses a mode of the posterior in about 1 of 16 runs (25 of 396), as GFlowNets do. Where it
# does so in all of them, a person looks at it, and no points are lost: docs/grading.md.
RUNS = ("mean", "sum", "own", "again", "once more")
RIGHT = ("component_means", "exact_m_step", "Policy", "trajectory_balance_loss", "sample_posterior")


def gfn_questions(rng: np.random.Generator) -> Questions:
    x, start = near_truth(rng, paths.N, 0.3)
    looked = (x, start, paths.ITERATIONS, paths.STEPS, paths.RATE, paths.TABLES, paths.MOST_NOTES)
    asked = {
        name: Question("gfn_paths", looked, stand_ins, {"kind": "array"} | freedom, name, name != PATHS)
        for name, stand_ins, freedom in (
            (PATHS, RIGHT, {}), (EAGERLY, RIGHT, {"eagerly": True}), (OWN_PATHS, (), {})
        )
    }  # fmt: skip
    runs: tuple[tuple[str, tuple[str, ...], dict[str, Any], tuple[float, ...]], ...] = (
        ("mean", RIGHT, {"kind": "array"}, (ITERATIONS, STEPS, RATE)),
        ("tiny", RIGHT, {"kind": "array"}, (1, 2)),  # tells slow from endless
        ("sum", RIGHT, {"kind": "tensor", "summed": True}, (ITERATIONS, STEPS, RATE)),
        ("own", (), {}, (ITERATIONS, OWN_STEPS, RATE)),
        ("again", RIGHT, {"kind": "array"}, (ITERATIONS, STEPS, RATE)),
        ("once more", RIGHT, {"kind": "array"}, (ITERATIONS, STEPS, RATE)),
    )
    for label, stand_ins, freedom, effort in runs:
        arguments = (*clear_start(rng), *effort)
        asked[label] = Question("gfn_em", arguments, stand_ins, freedom, label, fallback=label != "mean")
    return asked


def near_truth(rng: np.random.Generator, n: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """(x, start): data, and means that are so far from the true ones."""
    truth = single(np.sqrt(2) * np.array([[-1, -1], [1, 1], [1, -1], [-1, 1]]))
    truth += single(rng.uniform(-0.15, 0.15, (4, 2)))
    x = draw(rng, truth, n)
    return x, single(truth + noise * rng.standard_normal((4, 2)))


def clear_start(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(x, start): exact EM gains, also with draws for its posterior, and every known mistake falls behind."""
    while True:
        x, start = near_truth(rng, N, NOISE)
        x64, m = doubles((x, start))
        with np.errstate(all="ignore"):
            best = gain(x64, m, oracle.em(x64, m, ITERATIONS))
            if best < LEAST_GAIN:
                continue
            drawn = [gain(x64, m, em_with_draws(x64, m, rng)) for _ in range(5)]
            wrong = [gain(x64, m, way["f"](x64, m)) for mistake in GFN_MISTAKES for way in mistake.variants]
        if min(drawn) > 0.97 * best and not any(some > 0.8 * ENOUGH * best for some in wrong):
            return x, start


def em_with_draws(x: np.ndarray, means: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """EM whose M step takes one draw from the exact posterior for each point."""
    for _ in range(ITERATIONS):
        q = oracle.posterior(x, means).reshape(len(x), -1)
        leaf = (np.cumsum(q, axis=1) < rng.random((len(x), 1))).sum(1).clip(0, q.shape[1] - 1)
        hard = np.eye(q.shape[1])[leaf].reshape(len(x), len(means), PETALS)
        new = oracle.m_step(x, hard)
        means = np.where(np.isfinite(new), new, means)
    return means


def gain(x: np.ndarray, start: np.ndarray, means: np.ndarray) -> float:
    """What the means gain of mean log-density; NaN where they are not finite."""
    return oracle.log_likelihood(x, means) - oracle.log_likelihood(x, start)


def em_with_exponent(scale: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """EM whose log-reward has its exponent multiplied by `scale`."""

    def e_step(x, m):
        return softmax(scale * oracle.exponent(x[:, None, None] - oracle.components(m)), axis=LEAVES)

    return lambda x, m: oracle.em(x, m, ITERATIONS, e_step)


GFN_MISTAKES = [
    known("posterior-ignored", STRUCTURE, "The superclusters fell together: the draws ignore x.",
          "Does the reward reach the loss, and the gradient the policy's weights?",
          f=lambda x, m: np.repeat(x.mean(0, keepdims=True), len(m), axis=0)),
    known("sigma-forgotten", TERM, "The reward lacks sigma in its exponent.",
          "The log-reward is log p(x, i, j), with the variance of the noise.",
          f=em_with_exponent(oracle.STD**2)),
    known("reward-sign", TERM, "The log-reward has the wrong sign.",
          "The log-reward is log p(x, i, j): it is the larger, the nearer the leaf is.",
          f=em_with_exponent(-1.0)),
]  # fmt: skip
UNDECIDED = Finding(
    "not-judged",
    f"In five runs the means gained less than {100 * ENOUGH:.0f} % of what exact EM gains, and no known "
    "mistake explains it. A person will look at it.",
    "Look at the loss while the policy trains: it should fall below one.", kind=NOTHING,
)  # fmt: skip
FROM_ELSEWHERE = Finding(
    "not-judged",
    "The means do not seem to come from the policy's draws. A person will look at it.",
    "Draw (i, j) with sample_posterior, and take the M step from these draws.",
    kind=NOTHING,
)
NOT_SEEN = Finding(
    "not-judged",
    "The means gain enough, but what is done with the policy could not be seen. A person will look at it.",
    "",
    kind=NOTHING,
)
NOT_UPDATED = Finding(
    "means-not-updated",
    "The initial means are returned.",
    "In each iteration: train the policy, sample, take the M step, keep its means.",
    kind=NOTHING,
)
NOT_FINITE = Finding(
    "means-not-finite",
    "The means are NaN or infinite.",
    "Work with logarithms throughout, and handle superclusters that get no sample.",
    kind=NOTHING,
)
LEAVES_RETURNED = Finding(
    "leaves-returned",
    "The means of the leaves are returned.",
    "Return the means of the superclusters, (C, 2).",
    kind=STRUCTURE,
)


@task("gfn_em", "gfn_em", gfn_questions, patience=4.0)  # a loop that is not compiled is right, too
def gfn_em(questions: Questions, answers: Answers) -> Verdict:
    """The policy is trained on explored paths, scored by itself, and EM with it gains what exact EM gains."""
    runs = [label for label in RUNS if label in answers]
    outcomes = {label: outcome(questions[label], answers[label]) for label in runs}
    named = [v for v in outcomes.values() if v is not None]
    if named and max(v.share for v in named) == 0.0:
        return named[0]
    looked = next((n for n in (PATHS, EAGERLY) if n in answers and answers[n].arrived), None)
    if not looked and OWN_PATHS in answers and paths.was_called(answers[OWN_PATHS]):
        looked = OWN_PATHS
    if looked and (mistakes := paths.findings_about_paths(questions[looked], answers[looked])):
        # What the means show, too, is told once.
        seen = {finding.id for finding in mistakes}
        others = [f for v in named[:1] for f in v.findings if f.id not in seen]
        others = [finding for finding in others if not finding.kind.is_about_numbers]
        return verdict([*mistakes, *others])._replace(final=True)
    for label, found_there in outcomes.items():
        if found_there is not None and found_there.share > 0 and no_numbers_wrong(found_there):
            if not looked:
                return Verdict(Outcome.UNGRADED, 0.0, (NOT_SEEN,))
            if paths.draws_are_used(questions[looked], answers[looked]) is False or not follows_policy(
                questions[label], answers[label]
            ):
                return Verdict(Outcome.UNGRADED, 0.0, (FROM_ELSEWHERE,))
            return found_there
    failed = [answers[label] for label in runs if not answers[label].arrived]
    if len(failed) == len(runs):
        return none_ran(questions, answers, failed)
    # Marks come off only for a mistake that is known.
    if named:
        return max(named, key=lambda v: v.share)
    return Verdict(Outcome.UNGRADED, 0.0, (UNDECIDED,))


def follows_policy(question: Question, answer: Answer) -> bool:
    """Whether the means are those of an M step from the policy that stood in, as it is in the end.

    True where the student's own policy took part, or the answer's form does not tell. The policy's 400 draws
    have a standard error below 0.1 in each mean.
    """
    x, start = doubles(question.arguments[:2])
    means, weights = answer.data.get("value"), answer.data.get("weights")
    if not question.stand_ins or not isinstance(weights, list) or len(weights) != 2:
        return True
    if not isinstance(means, np.ndarray) or means.shape != start.shape:
        return True
    (c, _), (first, last) = start.shape, doubles(weights)
    if first.shape != (3 + c, len(last) - 1) or last.shape != (len(last), c + PETALS + 1):
        return False

    def heads(one_hot):
        ones = np.ones((len(x), 1))
        inside = 3.0 * np.hstack([x, np.broadcast_to(one_hot, (len(x), c)), ones]) @ first
        return 3.0 * np.hstack([np.where(inside > 0, inside, 0.2 * inside), ones]) @ last

    q_i = softmax(heads(np.zeros(c))[:, :c], axis=1)
    q_j = np.stack([softmax(heads(one_hot)[:, c : c + PETALS], axis=1) for one_hot in np.eye(c)], axis=1)
    q = q_i[..., None] * q_j
    used = q.sum((0, 2)) > 20
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(means - oracle.m_step(x, q))[used] < 0.5))


def none_ran(questions: Questions, answers: Answers, failed: Sequence[Answer]) -> Verdict:
    """The verdict when no run brought means."""
    raised = [answer for answer in failed if answer.kind == "error"]
    if raised:
        return no_answer(raised[0])
    if any(answer.kind == "timeout" for answer in failed) and "tiny" in answers and answers["tiny"].arrived:
        if not answers["tiny"].number("policies"):
            return verdict([paths.NO_POLICY])
        result = outcome(questions["tiny"], answers["tiny"])
        if result is not None and not result.share:
            return result
        # It works, and is too slow for the time that a task has: not for us to judge.
        words = "It works, but no run ended in the time allowed. A person will look at it."
        return Verdict(Outcome.UNGRADED, 0.0, (Finding("not-judged", words, "", kind=NOTHING),))
    return no_answer(failed[0])


def outcome(question: Question, answer: Answer) -> Verdict | None:
    """The verdict on one run; None if its means fit neither the gain nor a known mistake."""
    if not answer.arrived:
        return None
    x, start = doubles(question.arguments[:2])
    value, findings = answer.array("value"), []
    c = len(start)
    wanted = gain(x, start, oracle.em(x, start, question.arguments[2]))

    def enough(means):
        with np.errstate(all="ignore"):
            return bool(gain(x, start, means) >= ENOUGH * wanted)

    if value.size == 2 * c:
        means = value.reshape(c, 2)
        if value.shape == (2, c):
            means = value.T
        if value.shape != (c, 2):
            findings.append(shape_fault(value.shape, f"[{c}, 2]", "One row for each supercluster."))
    elif value.size == 2 * c * PETALS and enough(value.reshape(c, PETALS, 2).mean(1)):
        return verdict([LEAVES_RETURNED])
    else:
        words = f"Expected means of shape [{c}, 2], got {list(value.shape)}."
        return verdict([Finding("not-the-means", words, "Return the last means.", kind=NOTHING)])
    if not np.all(np.isfinite(means)):
        return verdict([*findings, NOT_FINITE])
    if enough(means):
        return verdict(findings)
    if np.abs(means - start).max() < 1e-4:
        return verdict([*findings, NOT_UPDATED])
    if answer.number("moved") == 0.0 and answer.number("policies"):
        return verdict([*findings, paths.NOT_TRAINED])
    with np.errstate(all="ignore"):
        for mistake in GFN_MISTAKES:
            errors = (means - way["f"](x, start) for way in mistake.variants)
            if any(np.sqrt(np.mean(error**2)) < NEAR for error in errors):
                return verdict([*findings, found(mistake)])
    return None
