"""`Policy`: what its three heads depend on, and whether training moves them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import log_softmax

from autograder.authoring import NOTHING, STRUCTURE
from autograder.authoring.precision import single
from autograder.engine.assignment import Question, Questions, task
from autograder.engine.judge import (
    Answer,
    Answers,
    BadReply,
    Finding,
    Outcome,
    Verdict,
    agree,
    convention,
    cut_short,
    known_exception,
    no_answer,
    unexplained,
    verdict,
)
from autograder.tasks.gflownet_em.inputs import FOUR_SUPERCLUSTERS
from autograder.tasks.gflownet_em.oracle import PETALS

Heads = dict[str, np.ndarray]  # the outputs in one state of the weights
HEADS = ("logits_i", "logits_j", "log_z")
# Short training of all outputs; of each output alone, half of the steps at a fifth of the rate.
STEPS, RATE = 20, 0.05
# Share of its squared error at held-out points that an output loses when it is trained alone, towards targets
# and towards their mirror image. An output that no gradient reaches loses nothing.
LEARNED = 2e-3
STATES = ("initial", "trained", "moved", "trained again", "initial again")
# Smallest change of an output that counts as one.
CHANGE = 1e-3
# How near a bound some output has to come.
NEAR_BOUND = 0.02
N, NOISE, NOISE_SIZE = 96, 0.3, 997


def policy_questions(rng: np.random.Generator) -> Questions:
    asked = {}
    for label, arguments, c, p in (("four", (), 4, PETALS), ("three", (3, PETALS + 1, 16), 3, PETALS + 1)):
        slopes, petals_of = linear_targets(rng, c, p), rng.normal(0, 2, (c, p))
        x, held_out = rng.uniform(-2.5, 2.5, (2, N, 2))
        held_out = held_out[rng.permutation(N) // 2]  # each point twice
        chosen, order = (rng.permutation(np.arange(N) % c) for _ in range(2))
        i, j, z = heads_at(x, slopes, petals_of)
        targets = [
            [log_softmax(sign * i, axis=1), log_softmax(sign * j[np.arange(N), chosen], axis=1), sign * z]
            for sign in (1, -1)
        ]
        noise = rng.normal(0, NOISE, NOISE_SIZE)
        sent = [x, np.eye(c)[chosen], *targets, held_out, np.eye(c)[order], noise]
        arguments = (list(arguments), *singles(sent), STEPS, RATE)
        asked[label] = Question("policy", arguments, kept=heads_at(held_out, slopes, petals_of))
    return asked


def linear_targets(rng: np.random.Generator, c: int, p: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slopes (2, C), (2, P), (2,) of what the heads are trained towards: each depends on x."""
    angle = rng.uniform(0, 2 * np.pi)
    return (
        rng.normal(0, 1.2, (2, c)),
        rng.normal(0, 1.2, (2, p)),
        2 * np.array([np.cos(angle), np.sin(angle)]),
    )


def heads_at(
    x: np.ndarray, slopes: Sequence[np.ndarray], petals_of: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the heads are trained towards: logits_i (N, C), logits_j after each i (N, C, P), log_z (N,)."""
    to_i, to_j, to_z = slopes
    return x @ to_i, (x @ to_j)[:, None] + petals_of, x @ to_z


def singles(values: Iterable[Any]) -> list[Any]:
    """Arrays, and lists of them, in float32."""
    return [singles(value) if isinstance(value, list) else single(value) for value in values]


NOT_TRACKED = Finding(
    "tf-variable-not-tracked",
    "Some weights are not in model.trainable_variables, so training does not change them.",
    "Keras 3 does not track tf.Variable attributes: use Keras layers, or self.add_weight.",
    STRUCTURE,
)
NO_WEIGHTS = Finding(
    "no-weights",
    "The outputs are made without any weights: there is nothing to train.",
    "Make layers, or weights with self.add_weight, in __init__, and use them in call.",
    kind=NOTHING,
)
NOTHING_MATTERS = Finding(
    "ignores-its-inputs",
    "Nothing depends on the inputs: not on x, and not on the supercluster.",
    "Feed x and i_one_hot into layers, and mind how their weights start: layers that all start at zero get "
    "no gradient.",
    kind=NOTHING,
)
DIFFERS = Finding(
    "differs-from-call-to-call",
    "The same inputs and weights give different outputs in each call.",
    "Make layers once, in __init__, not in call, and draw no random numbers in call.",
    kind=STRUCTURE,
)
NOT_TRAINED = Finding(
    "not-trained",
    "Training does not improve {}.",
    "Use layers, and TensorFlow's functions in call; NumPy's, and rounding, cut the gradient.",
    STRUCTURE,
)
PETALS_IGNORE_I = Finding(
    "petals-ignore-the-supercluster",
    "logits_j does not depend on the supercluster.",
    "The petal is chosen after the supercluster: feed i_one_hot into the network, too.",
    kind=STRUCTURE,
)
IGNORES_X = Finding(
    "ignores-x",
    "x has no effect on {}.",
    "Each of the three outputs must depend on x: make x an input of the network.",
    STRUCTURE,
)
PROBABILITIES = Finding(
    "probabilities-for-logits",
    "There are probabilities, not logits, in {}.",
    "Leave the softmax to those who use the policy: return the last layer's values as they are.",
    STRUCTURE,
)
FOUR_PETALS = convention(
    "four-petals",
    "logits_j has four columns, whatever n_petals is.",
    "Take the width of logits_j from n_petals.",
)
NO_HIDDEN_LAYER = Finding(
    "no-hidden-layer",
    "All outputs are linear in x: there is no hidden layer, or it has no activation.",
    "Put a layer with `hidden` units and an activation, such as tf.nn.leaky_relu, before the three outputs.",
    kind=STRUCTURE,
)
BOUNDED = Finding(
    "bounded-outputs",
    "There is a bound on {}: all values lie between {} and {}.",
    "The last layer of each output has no activation: logits and log Z may be any number.",
    kind=STRUCTURE,
)
NEVER_NEGATIVE = Finding(
    "bounded-outputs",
    "log_z is never negative.",
    "The last layer of each output has no activation: logits and log Z may be any number.",
    kind=STRUCTURE,
)
DEPENDS_ON_BATCH = Finding(
    "depends-on-the-batch",
    "The outputs for a point change when it is passed alone.",
    "Compute each row of the outputs from the same row of x and i_one_hot, without means over the batch.",
    kind=STRUCTURE,
)
WRONG_ORDER = Finding(
    "wrong-order",
    "The three outputs are in the wrong order.",
    "Return logits_i, logits_j, log_z.",
    kind=STRUCTURE,
)


@task("policy", "Policy", policy_questions, patience=2.0)  # a model that is not compiled is right, too
def policy(questions: Questions, answers: Answers) -> Verdict:
    """Logits of supercluster and petal, and log Z, each a trainable function of what it may depend on."""
    four, three = (judge_width(questions[n], answers[n]) for n in ("four", "three"))
    if three.findings == (WRONG_ORDER,):
        return three  # with four of each it does not show in the shapes
    if three.findings == (FOUR_PETALS,):
        return verdict([*four.findings, FOUR_PETALS]) if four.outcome != Outcome.ERROR else four
    if three.outcome != Outcome.CORRECT and four.outcome == Outcome.CORRECT:
        return three if cut_short(three) else verdict([FOUR_SUPERCLUSTERS])
    if four.outcome == Outcome.ERROR and three.outcome != Outcome.ERROR:
        return three
    return four


def judge_width(question: Question, answer: Answer) -> Verdict:
    """The verdict on a policy made with one set of arguments."""
    if not answer.arrived:
        return no_answer(answer)
    n, c, p = question.kept[1].shape
    start = dict(zip(HEADS, answer.arrays("start"), strict=True))
    wanted = {"logits_i": (n, c), "logits_j": (n, p), "log_z": (n,)}
    if answer.data.get("count") != 3:
        words = "Expected three outputs, got another number of them."
        return unexplained(words, "return logits_i, logits_j, log_z")
    sizes = [start[head].size for head in HEADS]
    if sizes != [n * c, n * p, n]:
        if sorted(sizes) == sorted([n * c, n * p, n]):
            return verdict([WRONG_ORDER])
        if sizes == [n * c, n * PETALS, n]:
            return verdict([FOUR_PETALS])
        returned = ", ".join(str(list(start[head].shape)) for head in HEADS)
        words = f"Expected outputs of shapes [N, {c}], [N, {p}], [N], got {returned}."
        return unexplained(words, "The widths are n_superclusters, n_petals and one.")
    findings = []
    shapes = [head for head in HEADS if start[head].shape != wanted[head]]
    if shapes:
        want, got = wanted[shapes[0]], start[shapes[0]].shape
        words = f"{', '.join(shapes)}: expected {list(want)} for N = {n} points, got {list(got)}."
        findings.append(convention("wrong-shape", words, "log_z has one axis: take column 0 of its layer."))
    findings += one_point(answer, c, p, bool(shapes)) + faults_of_training(question, answer)
    if not findings and not same_alone(answer, start):
        return verdict([DEPENDS_ON_BATCH])
    return verdict(findings)


def same_alone(answer: Answer, start: Heads) -> bool:
    """Whether the first point, without any choice, gives the same outputs alone as in its batch."""
    logits_i, _, log_z = answer.arrays("single", 3)
    alone = {"logits_i": logits_i, "log_z": log_z}
    return all(np.allclose(start[head][:1], value, 1e-3, 1e-3) for head, value in alone.items())


def one_point(answer: Answer, c: int, p: int, known: bool) -> list[Finding]:
    """Findings about a batch of one point."""
    single = answer.data.get("single")
    if known and isinstance(single, list) and len(single) == 3:
        return []
    wanted = [(1, c), (1, p), (1,)]
    if isinstance(single, list) and len(single) == 3:
        got = [part.shape for part in answer.arrays("single")]
        if got == wanted:
            return []
        words = f"For one point the shapes should be {wanted}, got {got}."
    else:
        kind = known_exception(answer.data.get("single_error"))
        words = f"It fails for one point: {kind or 'an exception'}."
    hint = "tf.squeeze without an axis removes the axis of the points, too."
    return [convention("fails-for-one-point", words, hint)]


def faults_of_training(question: Question, answer: Answer) -> list[Finding]:
    """Findings about what the outputs depend on, and whether gradients reach all weights.

    Only how many weights there are is taken from the jail; all else is told from outputs, at points whose
    targets never enter it.
    """
    if not any(answer.number(name) for name in ("untracked", "trainable", "used")):
        return [NO_WEIGHTS]
    states = {name: heads_in(question, answer, name) for name in STATES}
    findings = faults_of_dependence(states) or faults_of_weights(question, answer, states)
    repeated = all(same(states[name], states[f"{name} again"]) for name in ("initial", "trained"))
    if repeated and all(same(state, twice(question, state)) for state in states.values()):
        return findings
    return [DIFFERS._replace(kind=NOTHING) if findings else DIFFERS]


def heads_in(question: Question, answer: Answer, name: str) -> Heads:
    """{head: array} of the outputs in one state of the weights: (N, C), (N, C, P), (N, 1)."""
    n, c, p = question.kept[1].shape
    logits_i, log_z, *logits_j = answer.arrays(name, 2 + c)
    if logits_i.size != n * c or log_z.size != n or any(part.size != n * p for part in logits_j):
        raise BadReply("The outputs change their shapes.")
    after_each = np.stack([part.reshape(n, p) for part in logits_j], axis=1)
    return dict(zip(HEADS, (logits_i.reshape(n, c), after_each, log_z.reshape(n, 1)), strict=True))


def twice(question: Question, state: Heads) -> Heads:
    """The outputs at the other row that holds the same point."""
    order = np.lexsort(question.arguments[5].T).reshape(-1, 2)
    other = np.empty(order.size, int)
    other[order] = order[:, ::-1]
    return {head: values[other] for head, values in state.items()}


def same(first: Heads, second: Heads) -> bool:
    return all(np.allclose(first[head], second[head], 1e-3, 1e-3) for head in HEADS)


def relative(values: np.ndarray) -> np.ndarray:
    """The values (N, ...), logits only up to a constant for each point."""
    return values - values.mean(-1, keepdims=True) if values.shape[-1] > 1 else values


def faults_of_dependence(states: Mapping[str, Heads]) -> list[Finding]:
    """Findings about inputs that change no output, or have nothing to do with the weights."""
    trained = {head: relative(states["trained"][head]) for head in HEADS}
    by_weights = {head: relative(states["moved"][head]) - trained[head] for head in HEADS}
    fixed = [head for head in HEADS if not (varies(trained[head]) and varies(by_weights[head]))]
    blind = not all(varies(some["logits_j"].swapaxes(0, 1)) for some in (trained, by_weights))
    if len(fixed) == len(HEADS):
        return [NOTHING_MATTERS]
    ignored = [said(IGNORES_X, fixed)] if fixed else []
    return ignored + [PETALS_IGNORE_I] * blind


def faults_of_weights(question: Question, answer: Answer, states: Mapping[str, Heads]) -> list[Finding]:
    """Findings about what is trained, where the outputs depend on all that they should."""
    if answer.number("untracked") or answer.number("trainable") == 0:
        return [NOT_TRACKED]
    probabilities = [
        head for head in HEADS[:2] if all(map(is_probabilities, (s[head] for s in states.values())))
    ]
    if probabilities:
        return [said(PROBABILITIES, probabilities)]
    stuck = [head for head, lost in error_lost(question, answer).items() if not lost > LEARNED]
    if stuck:
        return [said(NOT_TRAINED, stuck)]
    points = question.arguments[5]
    if all(is_linear(points, state[head]) for state in states.values() for head in ("logits_i", "log_z")):
        return [NO_HIDDEN_LAYER]
    return bounded(states)


def is_linear(x: np.ndarray, values: np.ndarray) -> bool:
    """Whether values (N, K) are a linear function of x (N, 2), plus constants."""
    design = np.column_stack([x, np.ones(len(x))])
    error = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return bool(np.abs(error).max() <= 1e-4 * max(1.0, np.abs(values).max()))


def bounded(states: Mapping[str, Heads]) -> list[Finding]:
    """The finding about outputs that come near a bound of an activation, and never go beyond it."""
    values = {head: np.concatenate([state[head].ravel() for state in states.values()]) for head in HEADS}
    for low, high in ((-1, 1), (0, 1)):
        heads = [head for head in HEADS if reaches(values[head], low) and reaches(-values[head], -high)]
        if heads:
            return [BOUNDED._replace(message=BOUNDED.message.format(listed(heads), low, high))]
    return [NEVER_NEGATIVE] if reaches(values["log_z"], 0) else []


def reaches(values: np.ndarray, low: float) -> bool:
    """Whether the least value is this bound, or slightly above it."""
    return bool(low <= values.min() < low + NEAR_BOUND)


def error_lost(question: Question, answer: Answer) -> dict[str, float]:
    """{head: share of its error that it loses when trained alone}, towards the worse of its two targets."""
    of_i, of_j, of_z = question.kept
    rows, chosen = np.arange(len(of_j)), question.arguments[6].argmax(1)
    wanted = dict(zip(HEADS, (of_i, of_j[rows, chosen], of_z), strict=True))
    start = heads_in(question, answer, "initial")
    first = start | {"logits_j": start["logits_j"][rows, chosen]}
    alone = answer.arrays("alone", 2 * len(HEADS))
    if any(part.size != wanted[HEADS[place // 2]].size for place, part in enumerate(alone)):
        raise BadReply("The outputs change their shapes.")
    after = iter(alone)
    return {
        head: min(1 - error(next(after), sign * to) / error(first[head], sign * to) for sign in (1, -1))
        for head, to in wanted.items()
    }


def error(values: np.ndarray, target: np.ndarray) -> float:
    """Mean squared error; logits (N, K) count up to a constant for each point."""
    values = values.reshape(target.shape)
    if target.ndim > 1:
        values, target = log_softmax(values, axis=1), log_softmax(target, axis=1)
    return float(np.mean((values - target) ** 2))


def listed(heads: Iterable[str]) -> str:
    """The names as a sentence lists them."""
    *first, last = heads
    return f"{', '.join(first)} and {last}" if first else last


def said(finding: Finding, heads: Iterable[str]) -> Finding:
    return finding._replace(message=finding.message.format(listed(heads)))


def varies(rows: np.ndarray) -> bool:
    """Whether numbers change along the first axis."""
    return bool(np.any(np.ptp(rows, axis=0) > CHANGE))


def is_probabilities(rows: np.ndarray) -> bool:
    return bool(np.all(rows >= 0) and agree(rows.sum(-1), np.ones(rows.shape[:-1])))
