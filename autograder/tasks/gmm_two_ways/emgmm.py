"""`EMGMM`: one E and one M step, assigned."""

import functools
import itertools
from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import expit, log_softmax, softmax

from autograder.authoring import STRUCTURE, TERM, UNFINISHED
from autograder.authoring.precision import single
from autograder.engine.assignment import Question, Questions, task
from autograder.engine.judge import (
    Answer,
    Answers,
    Finding,
    Verdict,
    advice,
    agree,
    all_must_hold,
    best,
    convention,
    explain,
    first_or_right,
    fits,
    found,
    known,
    no_answer,
    no_numbers_wrong,
    unexplained,
    unknown,
    verdict,
)
from autograder.engine.scale import Kind
from autograder.tasks.gmm_two_ways import oracle
from autograder.tasks.gmm_two_ways.inputs import SYMMETRIC_START, Parameters, all_equal, draw, flat, mixture
from autograder.tasks.gmm_two_ways.m_step import half_log, variance

Step = Callable[[np.ndarray, Parameters], Parameters]  # x, the weights before -> those after


def clear_start(rng: np.random.Generator) -> tuple[np.ndarray, Parameters]:
    """Data and a start from which every known mistake leads to other weights."""
    while True:
        start = mixture(rng, 3)
        x = draw(rng, start, 80)
        logits, means, lsigmas = start
        start = (logits - np.float32(1.0), means + np.float32(0.3), single(np.maximum(lsigmas, -1) + 0.3))
        arguments = flat((x, *start))
        with np.errstate(all="ignore"):
            ends = [("", together(*oracle.em_step(*arguments)))]
            ends += [
                (mistake.id, together(*way["f"](arguments[0], arguments[1:])))
                for mistake in EMGMM_MISTAKES
                for way in mistake.variants
            ]
        # Ten times the tolerance of the judge.
        pairs = itertools.permutations(ends, 2)
        if not any(a != b and fits(one, other, 300) for (a, one), (b, other) in pairs):
            return x, start


def together(logits: np.ndarray, *others: np.ndarray) -> np.ndarray:
    """All three in one row, the logits without their constant."""
    with np.errstate(invalid="ignore"):
        return np.concatenate([np.ravel(logits - logits[0]), *map(np.ravel, others)])


def emgmm_questions(rng: np.random.Generator) -> Questions:
    x, start = clear_start(rng)
    asked = {"own": Question("emgmm", (x, start), fallback=True)}
    right = ("mixture_likelihood", "mixture_posterior_logits", "mstep")
    for shifted in (False, True):
        for shape in (False, True):
            name = f"right {'column' if shape else 'vector'} {'shifted' if shifted else 'normalised'}"
            freedom = {"shifted": shifted, "column": shape}
            asked[name] = Question("emgmm", (x, start), right, freedom)
    asked[FIRST_CALL] = Question("emgmm_first_call", (x, start), right)
    asked[LARGE] = Question("emgmm", (x, start), right, {"large": True})
    return asked


FIRST_CALL, LARGE = "first call", "large"
LARGE_LOGITS = advice(
    "large-logits",
    "Advice: where all posterior logits are larger by 300, the new weights are not finite.",
    "A constant for each point does not change the posterior: tf.nn.softmax subtracts the largest logit "
    "first.",
)


def em(
    x: np.ndarray, start: Parameters, r: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return oracle.mstep(x, oracle.posterior(x, *start) if r is None else r)


def keep_old(place: int) -> Step:
    def step(x, start):
        new = list(em(x, start))
        new[place] = start[place]
        return new

    return step


def repeat(count: int) -> Step:
    def steps(x, start):
        for _ in range(count):
            start = em(x, start)
        return start

    return steps


def around_old_means(x: np.ndarray, start: Parameters) -> Parameters:
    r = oracle.posterior(x, *start)
    logits, means, _ = em(x, start)
    return logits, means, half_log(variance(x, r, start[1]))


def sequential(*places: Sequence[int]) -> Step:
    """Parameters in this order, each from a posterior computed anew after the ones before were assigned."""

    def step(x, start):
        current = list(start)
        for together in places:
            new = em(x, current)
            for place in together:
                current[place] = new[place]
        return current

    return step


ORDERS = (
    *(tuple((place,) for place in order) for order in itertools.permutations(range(3))),
    *(halves for some in ((0,), (1,), (2,))
      for halves in ((some, tuple({0, 1, 2} - {*some})), (tuple({0, 1, 2} - {*some}), some))),
)  # fmt: skip


EMGMM_MISTAKES = [
    known("nothing-assigned", UNFINISHED, "The weights do not change.",
          "Assign the results of the M step to the weights.", f=lambda x, s: s),
    known("logits-not-assigned", TERM, "The logits are not assigned.", "Assign all three results.",
          f=keep_old(0)),
    known("means-not-assigned", TERM, "The means are not assigned.", "Assign all three results.",
          f=keep_old(1)),
    known("lsigmas-not-assigned", TERM, "The log sigmas are not assigned.", "Assign all three results.",
          f=keep_old(2)),
    known("posterior-recomputed", STRUCTURE, "The posterior is computed anew between assignments.",
          "One E step, then one M step from that posterior.",
          *({"f": sequential(*order)} for order in ORDERS)),
    *(known("several-steps", TERM, f"{count} EM steps are taken in one call.",
              "One call is one E and one M step.", {"f": repeat(count)}) for count in (2, 3, 5, 10)),
    known("probabilities-assigned", STRUCTURE, "Weights are assigned to the logits.",
          "The logits are the logarithm of the weights, as mstep returns them.",
          f=lambda x, s: [softmax(em(x, s)[0]), *em(x, s)[1:]]),
    known("sigma-assigned", TERM, "Sigma is assigned to the log sigmas.",
          "The weight holds the logarithm, as mstep returns it.",
          f=lambda x, s: [*em(x, s)[:2], np.exp(em(x, s)[2])]),
    known("added-to-the-old-weights", STRUCTURE, "The results are added to the old weights.",
          "The M step gives the new values themselves: assign, not assign_add.",
          f=lambda x, s: [old + new for old, new in zip(s, em(x, s), strict=True)]),
    known("centred-at-the-old-means", TERM, "Sigma is computed around the old means.",
          "The new sigma is the spread around the new mean.", f=around_old_means),
    known("hard-assignment", STRUCTURE, "Each point counts for its likeliest component only.",
          "Pass the probabilities themselves to mstep.",
          f=lambda x, s: em(x, s, np.eye(len(s[0]))[oracle.posterior(x, *s).argmax(1)])),
    known("normalised-over-data", STRUCTURE, "The posterior is normalised over the data axis.",
          "For each point the probabilities of its components sum to one.",
          {"f": lambda x, s: em(x, s, softmax(oracle.log_joint(x, *s), axis=0))},
          {"f": lambda x, s: em(x, s, softmax(log_softmax(oracle.log_joint(x, *s), 1), axis=0))}),
    known("logits-for-probabilities", STRUCTURE, "Logits are passed to mstep, not probabilities.",
          "Apply softmax to the posterior logits first.",
          {"f": lambda x, s: em(x, s, log_softmax(oracle.log_joint(x, *s), axis=1))},
          {"f": lambda x, s: em(x, s, oracle.log_joint(x, *s) + 0.5 * oracle.LOG_2PI)}),
    known("exponential-for-softmax", STRUCTURE, "The exponential is taken of logits that are not normalised.",
          "Posterior logits are known up to a constant per point: use softmax.",
          {"f": lambda x, s: em(x, s, np.exp(shifted_logits(x, s)))},
          {"f": lambda x, s: em(x, s, np.exp(oracle.log_joint(x, *s)))}),
    known("sigmoid-for-softmax", STRUCTURE, "A sigmoid is applied to the posterior logits, not softmax.",
          "The probabilities of a point's components sum to 1: softmax over the components sees to that.",
          {"f": lambda x, s: em(x, s, expit(log_softmax(oracle.log_joint(x, *s), axis=1)))},
          {"f": lambda x, s: em(x, s, expit(shifted_logits(x, s)))}),
]  # fmt: skip


def shifted_logits(x: np.ndarray, start: Parameters) -> np.ndarray:
    """The stand-in's posterior logits, with a constant of their own for each point."""
    joint = oracle.log_joint(x, *start)
    return joint - joint.max(1, keepdims=True) + 2 * np.sin(3 * x[:, None])


TRAINABLE = convention(
    "trainable-weights",
    "The weights of EMGMM are trainable.",
    "They are set by the M step, not by gradients: trainable=False.",
)
NOT_ASSIGNABLE = convention(
    "weights-not-assignable",
    "A weight is not a variable of K numbers.",
    "Make it with self.add_weight or tf.Variable, and use assign.",
)
NO_EM_STEP = unknown(
    "The weights after a call are not those of one EM step.",
    "Posterior of the inputs, softmax, mstep, three assigns.",
)


@task("emgmm_model", "EMGMM", emgmm_questions)
def emgmm_model(questions: Questions, answers: Answers) -> Verdict:
    """A call computes one posterior, takes the M step from it, and assigns all three weights."""

    def judged(name):
        return judge_step(questions[name], answers[name])

    first = best(
        all_must_hold([judged(f"right {shape} normalised"), judged(f"right {shape} shifted")])
        for shape in ("vector", "column")
    )
    result = first_or_right(first, [judged("own")] if "own" in answers else [])
    if not no_numbers_wrong(result):
        return result
    return verdict([*result.findings, *first_call(answers, questions), *large_logits(answers)])


def judge_step(question: Question, answer: Answer) -> Verdict:
    """The verdict on one call of the model."""
    if not answer.arrived:
        return no_answer(answer)
    x, k = flat(question.arguments[:1])[0], len(question.arguments[1][0])
    before, after = answer.arrays("before"), answer.arrays("after")
    if any(w.size != k for w in (*before, *after)):
        words = f"Expected {k} numbers in each of logits, means, lsigmas."
        return unexplained(words, "Each weight has shape (k,) or (k, 1).")
    findings = []
    if all_equal(answer.arrays("first")):
        # The EM step is the task; its start costs less here than in GMM.
        findings.append(SYMMETRIC_START._replace(kind=Kind.CONVENTION))
    if answer.number("trainable"):
        findings.append(TRAINABLE)
    if answer.data.get("assignable") == 0:
        findings.append(NOT_ASSIGNABLE)

    def same(want, compare=agree):
        sizes = [np.size(part) for part in want]
        return sizes == [k, k, k] and compare(together(*after), together(*map(np.ravel, want)), 30)

    with np.errstate(all="ignore"):
        if same(em(x, before)):
            return verdict(findings)
    given = [weights.tobytes() for weights in (x, *before)]
    named = explain(lambda pieces: same(weights_after(pieces["f"], *given), fits), EMGMM_MISTAKES)
    return verdict(findings + (named or [NO_EM_STEP]))


@functools.lru_cache(maxsize=4096)
def weights_after(step: Step, x: bytes, *before: bytes) -> Parameters:
    """What a mistake makes of the weights, which a question sets to the same in every submission.

    Args:
        x, before: bytes of float64.
    """
    return step(np.frombuffer(x), [np.frombuffer(weights) for weights in before])


def first_call(answers: Answers, questions: Questions) -> list[Finding]:
    """The finding about a model that takes several steps when it is called for the first time."""
    answer = answers[FIRST_CALL]
    if not answer.arrived:
        return []
    before, after = answer.arrays("before"), answer.arrays("after")
    x = flat(questions[FIRST_CALL].arguments[:1])[0]
    if len({part.size for part in (*before, *after)}) > 1:
        return []
    for mistake in (mistake for mistake in EMGMM_MISTAKES if mistake.id == "several-steps"):
        with np.errstate(all="ignore"):
            want = together(*mistake.variants[0]["f"](x, before))
        if fits(together(*after), want, 30):
            return [found(mistake)._replace(message=f"At the first call: {mistake.message}")]
    return []


def large_logits(answers: Answers) -> list[Finding]:
    """Advice for a model that is right, and not where posterior logits are large."""
    answer = answers[LARGE]
    finite = not answer.arrived or all(np.all(np.isfinite(part)) for part in answer.arrays("after"))
    return [] if finite else [LARGE_LOGITS]
