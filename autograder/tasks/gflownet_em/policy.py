"""`Policy`: what its three heads depend on, and whether training moves them."""

import numpy as np
from scipy.special import log_softmax

from autograder.hierarchical_oracle import PETALS
from autograder.judge import (
    BadReply,
    Finding,
    agree,
    convention,
    cut_short,
    known_exception,
    no_answer,
    unknown,
    verdict,
)
from autograder.tasks import Question, task
from autograder.tasks.gflownet_em.inputs import FOUR_SUPERCLUSTERS

HEADS = ("logits_i", "logits_j", "log_z")
STEPS, RATE = 60, 0.02
# Training must take off this share of the error at least.
LEARNED = 0.1
# Smallest change of an output that counts as one.
CHANGE = 1e-3


def policy_questions(rng):
    asked = {}
    for label, arguments, c in (("four", (), 4), ("three", (3, PETALS, 16), 3)):
        n = 48
        x = rng.uniform(-2.5, 2.5, (n, 2))
        one_hot = np.eye(c)[rng.permutation(np.arange(n) % c)]
        # Targets of the kind that a policy must learn: each head's depends on all that it may see.
        to_petals = x @ rng.normal(0, 1.2, (2, PETALS)) + one_hot @ rng.normal(0, 2, (c, PETALS))
        targets = (
            log_softmax(x @ rng.normal(0, 1.2, (2, c)), axis=1),
            log_softmax(to_petals, axis=1),
            x @ rng.normal(0, 1.5, 2) - 2,
        )
        arrays = [np.float32(value) for value in (x, one_hot, *targets)]
        asked[label] = Question("policy", (list(arguments), *arrays, STEPS, RATE))
    return asked


NOT_TRACKED = Finding(
    "tf-variable-not-tracked",
    "Some weights are not in model.trainable_variables, so training does not change them.",
    "Keras 3 does not track tf.Variable attributes: use Keras layers, or self.add_weight.", keep=0.4,
)  # fmt: skip
NO_WEIGHTS = Finding(
    "no-weights", "The outputs are made without any weights: there is nothing to train.",
    "Make layers, or weights with self.add_weight, in __init__, and use them in call.", keep=0.0,
)  # fmt: skip
NOT_TRAINED = Finding(
    "not-trained", "Training does not improve {}.",
    "Use layers, and TensorFlow's functions in call; NumPy's, and rounding, cut the gradient.", keep=0.4,
)  # fmt: skip
PETALS_IGNORE_I = Finding(
    "petals-ignore-the-supercluster", "logits_j does not depend on the supercluster.",
    "The petal is chosen after the supercluster: feed i_one_hot into the network, too.", keep=0.4,
)  # fmt: skip
IGNORES_X = Finding(
    "ignores-x", "{} does not depend on x.",
    "Each of the three outputs is a function of the network's inputs, which x is one of.", keep=0.4,
)  # fmt: skip
PROBABILITIES = Finding(
    "probabilities-for-logits", "{} holds probabilities, not logits.",
    "Leave the softmax to those who use the policy: return the last layer's values as they are.", keep=0.4,
)  # fmt: skip
WRONG_ORDER = Finding(
    "wrong-order", "The three outputs come in another order.",
    "Return logits_i, logits_j, log_z.", keep=0.4,
)  # fmt: skip


@task("policy", 10, "Policy", policy_questions)
def policy(questions, answers):
    """Logits of supercluster and petal, and log Z, each a trainable function of what it may depend on."""
    four, three = (judge_width(questions[n], answers[n]) for n in ("four", "three"))
    if three.findings == (WRONG_ORDER,):
        return three  # with four of each it does not show in the shapes
    if three.outcome != "correct" and four.outcome == "correct":
        return three if cut_short(three) else verdict([FOUR_SUPERCLUSTERS])
    if four.outcome == "error" and three.outcome != "error":
        return three
    return four


def judge_width(question, answer):
    """The verdict on a policy made with one set of arguments."""
    if not answer.arrived:
        return no_answer(answer)
    x, one_hot = question.arguments[1:3]
    n, c = one_hot.shape
    start = dict(zip(HEADS, answer.arrays("start"), strict=True))
    wanted = {"logits_i": (n, c), "logits_j": (n, PETALS), "log_z": (n,)}
    if answer.data.get("count") != 3:
        return verdict([unknown("Expected three outputs, got another number of them.",
                                "return logits_i, logits_j, log_z")])  # fmt: skip
    sizes = [start[head].size for head in HEADS]
    if sizes != [n * c, n * PETALS, n]:
        if sorted(sizes) == sorted([n * c, n * PETALS, n]):
            return verdict([WRONG_ORDER])
        return verdict([unknown(
            f"Expected outputs of shapes [N, {c}], [N, {PETALS}], [N], got "
            f"{', '.join(str(list(start[head].shape)) for head in HEADS)}.",
            "The widths are n_superclusters, n_petals and one.")])  # fmt: skip
    findings = []
    shapes = [head for head in HEADS if start[head].shape != wanted[head]]
    if shapes:
        findings.append(convention(
            "wrong-shape", f"{', '.join(shapes)}: expected {list(wanted[shapes[0]])} for N = {n} points, got "
            f"{list(start[shapes[0]].shape)}.", "log_z has one axis: take column 0 of its layer."))
    findings += one_point(answer, c, bool(shapes))
    return verdict(findings + faults_of_training(answer, n, c))


def one_point(answer, c, known):
    """Findings about a batch of one point."""
    single = answer.data.get("single")
    if known and isinstance(single, list) and len(single) == 3:
        return []
    wanted = [(1, c), (1, PETALS), (1,)]
    if isinstance(single, list) and len(single) == 3:
        got = [part.shape for part in answer.arrays("single")]
        if got == wanted:
            return []
        words = f"For one point the shapes should be {wanted}, got {got}."
    else:
        kind = known_exception(answer.data.get("single_error"))
        words = f"It fails for one point: {kind or 'an exception'}."
    return [convention("fails-for-one-point", words,
                       "tf.squeeze without an axis removes the axis of the points, too.")]  # fmt: skip


def faults_of_training(answer, n, c):
    """Findings about what the outputs depend on, and whether gradients reach all weights."""
    if not any(answer.number(name) for name in ("untracked", "trainable", "used")):
        return [NO_WEIGHTS]
    if answer.number("untracked") or answer.number("trainable") == 0:
        return [NOT_TRACKED]
    before, after = answer.array("error_before"), answer.array("error_after")
    start, trained = (
        dict(zip(HEADS, answer.arrays(name), strict=True)) for name in ("start", "trained")
    )
    if [trained[head].size for head in HEADS] != [start[head].size for head in HEADS]:
        raise BadReply("The outputs change their shapes.")
    if before.shape != (3,) or after.shape != (3,):
        raise BadReply("Expected three errors.")
    rows = {head: trained[head].reshape(n, -1) for head in HEADS}
    # Logits mean something up to a constant for each point.
    chosen = [log_softmax(p.reshape(n, PETALS), axis=1) for p in answer.arrays("trained_chosen", c)
              if p.size == n * PETALS]  # fmt: skip
    log_p_i = log_softmax(rows["logits_i"], axis=1)
    views = {"logits_i": [log_p_i], "logits_j": chosen, "log_z": [rows["log_z"]]}
    fixed = [head for head in HEADS if not any(map(varies, views[head]))]
    findings = []
    if fixed:
        findings.append(said(IGNORES_X, fixed))
    if len(chosen) == c and not any(np.abs(p - chosen[0]).max() > CHANGE for p in chosen[1:]):
        findings.append(PETALS_IGNORE_I)
    probabilities = [
        head for head in HEADS[:2] if all(is_probabilities(v[head].reshape(n, -1)) for v in (start, trained))
    ]
    if probabilities:
        findings.append(said(PROBABILITIES, probabilities))
    if findings:
        return findings
    stuck = [h for h, b, a in zip(HEADS, before, after, strict=True) if not a < (1 - LEARNED) * b]
    return [said(NOT_TRAINED, stuck)] if stuck else []


def said(finding, heads):
    return finding._replace(message=finding.message.format(" and ".join(heads)))


def varies(rows):
    return bool(np.any(np.ptp(rows, axis=0) > CHANGE))


def is_probabilities(rows):
    return bool(np.all(rows >= 0) and agree(rows.sum(1), np.ones(len(rows))))
