"""What `gfn_em` hands to `Policy` and `trajectory_balance_loss`: paths, their scores, their rewards.

The policy is made nearly sure of two superclusters, and for each of two petals; its other choices
have probabilities near 1e-6 and are seen only where paths are explored. No two paths have the same
probability, so that log_pf tells which was drawn and who scored it.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import log_softmax, softmax

from autograder.authoring import NOTHING, STRUCTURE, TERM, UNFINISHED
from autograder.authoring.precision import doubles, single
from autograder.engine.assignment import Question
from autograder.engine.judge import Answer, Finding, Pieces, found, known
from autograder.tasks.gflownet_em import oracle
from autograder.tasks.gflownet_em.inputs import LEAF_MISTAKES

EXPLORATION = 0.1
LIKELY = 2  # the number of likely superclusters, and of likely petals
# The policy's logits. Petals TURN + i and TURN + i + 1 are likely after supercluster i: these paths lead to
# leaves far from where exact EM would put their points.
TURN = 2
SUPERCLUSTERS = np.array([14.0, 13.0, 0.0, 1.0])
PETALS = np.stack([np.roll([14.3, 13.1, 0.2, 1.7], i + TURN) for i in range(len(SUPERCLUSTERS))])
CLOSE = 2e-3  # float32's error of a sum of logarithms
NEARLY_ALL = 0.99
N, ITERATIONS, STEPS, RATE = 100, 2, 5, 0.02
MOST_NOTES = 120  # calls of the policy and of the loss that are noted
TABLES = (single(SUPERCLUSTERS), single(PETALS))

NO_POLICY = Finding(
    "no-policy",
    "No Policy is made, so this is not EM with a GFlowNet.",
    "Make one Policy, train it with trajectory_balance_loss, and draw from it.",
    kind=NOTHING,
    flag="gfn_em makes no Policy: read how it finds its means.",
)
NOT_TRAINED = Finding(
    "policy-not-trained",
    "The policy's weights are the same after training as before.",
    "Apply the gradients of the loss to policy.trainable_variables.",
    kind=UNFINISHED,
    flag="gfn_em does not train its Policy: read how it finds its means.",
)
MADE_ANEW = Finding(
    "policy-made-anew",
    "A new Policy is made for each step, so nothing is learned.",
    "Make one policy and one optimizer, before the loop.",
    kind=NOTHING,
)
ONLY_LOG_Z = Finding(
    "gradient-lost",
    "Training moves log_z only: no gradient reaches the policy's logits.",
    "Compute log_pf from the policy's outputs, with TensorFlow's functions, inside the tape.",
    kind=UNFINISHED,
)
FEW_STEPS = Finding(
    "steps-ignored",
    "Fewer training steps are taken than `steps` in each iteration.",
    "Take `steps` steps of Adam in each iteration.",
    kind=NOTHING,
)
STALE = Finding(
    "stale-means",
    "The reward is that of the first means in every iteration.",
    "Compute the log-rewards anew in each iteration; a tf.function remembers the values that it was traced "
    "with, so pass them as arguments.",
    kind=STRUCTURE,
)
NOT_EXPLORED = Finding(
    "not-explored",
    "The paths are not explored.",
    "In training, draw each choice uniformly with probability 0.1, at both levels.",
    kind=STRUCTURE,
)
EXPLORED_TOO_MUCH = Finding(
    "explored-too-much",
    "Far more than a tenth of the choices are drawn uniformly.",
    "In training, draw a choice uniformly with probability 0.1, and from the policy otherwise.",
    kind=TERM,
)
LIKELIEST = Finding(
    "likeliest-for-draw",
    "The likeliest choices are taken where choices should be drawn.",
    "Draw from the policy's probabilities, for example with tf.random.categorical.",
    kind=STRUCTURE,
)
NOT_USED = Finding(
    "policy-not-used",
    "The means are those of exact EM: they do not come from the policy's draws.",
    "Draw (i, j) with sample_posterior, and take the M step from these draws.",
    kind=NOTHING,
    flag="gfn_em trains a Policy and does not use it: read how it finds its means.",
)
LEARNING_RATE = Finding(
    "learning-rate-ignored",
    "The policy is not trained with the learning rate that was given.",
    "Pass learning_rate to Adam.",
    kind=TERM,
)
LOG_Z_AFTER_CHOICE = Finding(
    "log-z-after-choice",
    "log_z comes from the call with the drawn supercluster, and so depends on it.",
    "Take log_z from policy(x, zeros): it estimates log p(x), which depends on x alone.",
    kind=STRUCTURE,
)
EXPLORED_M_STEP = Finding(
    "explored-m-step",
    "The draws for the M step explore, too.",
    "Explore in training only: draw (i, j) for the M step with sample_posterior.",
    kind=STRUCTURE,
)
EARLIER_MEANS = Finding(
    "earlier-means",
    "The means from before the last M step are returned.",
    "Return the means of the last M step.",
    kind=TERM,
)
START_IGNORED = Finding(
    "start-ignored",
    "The first log-rewards are those of other means than init_means.",
    "Start from init_means.",
    kind=STRUCTURE,
)
REWARD_NOT_LOG = Finding(
    "reward-not-logged",
    "The reward itself is passed to the loss, not its logarithm.",
    "log_reward is log p(x, i, j).",
    kind=STRUCTURE,
)
REWARD_MISTAKES = [mistake for mistake in LEAF_MISTAKES if mistake.id != "exponent-sign"] + [
    known("reward-sign", TERM, "The log-reward has the wrong sign.",
          "The log-reward is log p(x, i, j): it is the larger, the nearer the leaf is.",
          exponent=lambda d: -oracle.exponent(d)),
]  # fmt: skip


def explored(logits: np.ndarray) -> np.ndarray:
    """Log-probabilities of the behaviour that draws evenly now and then."""
    return np.log((1 - EXPLORATION) * np.exp(log_softmax(logits, -1)) + EXPLORATION / logits.shape[-1])


# Ways to score a path, from the policy's logits and the drawn supercluster -> (N, P), a score for each petal.
def scores(of_i: np.ndarray, of_j: np.ndarray, i: np.ndarray, sign: float = 1.0) -> np.ndarray:
    return sign * (np.take_along_axis(of_i, i[:, None], 1) + of_j)


def own(logits_i: np.ndarray, logits_j: np.ndarray, i: np.ndarray) -> np.ndarray:
    return scores(log_softmax(logits_i, -1), log_softmax(logits_j, -1), i)


WRONG_SCORES = [
    known("scored-with-exploration", STRUCTURE, "log_pf is that of the explored draw, not the policy's.",
          "Exploration chooses the path; log_pf is its log-probability under the policy itself.",
          f=lambda a, b, i: scores(explored(a), explored(b), i)),
    known("supercluster-only", STRUCTURE, "log_pf lacks the petal.", "log_pf is the sum over both choices.",
          f=lambda a, b, i: scores(log_softmax(a, -1), 0 * b, i)),
    known("petal-only", STRUCTURE, "log_pf lacks the supercluster.", "log_pf is the sum over both choices.",
          f=lambda a, b, i: scores(0 * a, log_softmax(b, -1), i)),
    known("log-pf-sign", TERM, "log_pf has the wrong sign.",
          "log_pf is the logarithm of a probability, and not positive.",
          f=lambda a, b, i: scores(log_softmax(a, -1), log_softmax(b, -1), i, -1.0)),
]  # fmt: skip


Score = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


class Call(NamedTuple):
    """A call of the policy."""

    x: np.ndarray  # (N,) first coordinates
    i: np.ndarray  # (N,) the chosen superclusters, -1 where none was chosen
    shift: np.ndarray  # (C + P + 1,) the weights, which are added to all logits

    @property
    def logits_i(self) -> np.ndarray:
        logits = SUPERCLUSTERS + self.shift[: len(SUPERCLUSTERS)]
        return np.broadcast_to(logits, (len(self.i), len(logits)))

    @property
    def logits_j(self) -> np.ndarray:
        return PETALS[self.i] + self.shift[len(SUPERCLUSTERS) : -1]


class Step(NamedTuple):
    """One call of the loss, with the calls of the policy before it."""

    i: np.ndarray  # (N,) the drawn superclusters
    logits_i: np.ndarray  # (N, C)
    logits_j: np.ndarray  # (N, P) after i
    log_pf: np.ndarray  # (N,)
    log_reward: np.ndarray  # (N,)
    log_z: np.ndarray  # (N,), or other numbers where it came in another form
    log_z_weight: float  # the weight that is added to the policy's log_z
    means: np.ndarray  # (C, 2) of the last M step, or the first ones

    def petals(self, score: Score = own) -> np.ndarray | None:
        """The petals (N,) that log_pf tells of, if nearly all scores are of this kind; else None."""
        distance = np.abs(score(self.logits_i, self.logits_j, self.i) - self.log_pf[:, None])
        return distance.argmin(1) if np.mean(distance.min(1) < CLOSE) >= NEARLY_ALL else None


def was_called(answer: Answer) -> bool:
    """Whether the policy with the given logits was called."""
    return answer.arrived and any(kind == "policy" for kind, _ in calls_in(answer.data.get("notes")))


def calls_in(notes: object) -> Iterator[tuple[str, Any]]:
    """What the probe noted, in order: each (kind, what it was called with)."""
    for event in notes if isinstance(notes, list) else []:
        if not (isinstance(event, list) and len(event) == 2 and isinstance(event[1], np.ndarray)):
            continue
        kind, numbers = event[0], event[1].astype(float).ravel()
        if kind == "policy":
            n, rest = divmod(len(numbers) - PETALS.shape[1] - len(SUPERCLUSTERS) - 1, 2)
            if n > 0 and not rest:
                chosen = numbers[n : 2 * n].astype(int).clip(-1, len(SUPERCLUSTERS) - 1)
                yield kind, Call(numbers[:n], chosen, numbers[2 * n :])
        else:
            yield kind, numbers


def steps_in(calls: Iterable[tuple[str, Any]], x: np.ndarray, start: np.ndarray) -> list[Step]:
    """The training steps on all of x; none where the calls do not fit together."""
    steps, first, second, means = [], None, None, start
    for kind, call in calls:
        if kind == "means" and call.size == start.size:
            means = call.reshape(start.shape)
        elif kind == "policy" and not np.array_equal(call.x, single(x[:, 0])):
            first = second = None
        elif kind == "policy":
            first, second = (first, call) if call.i.min() >= 0 else (call, second)
        elif kind == "loss" and first and second and call.size > 2 * len(x):
            log_pf, log_reward, log_z = np.split(call, [len(x), 2 * len(x)])
            drawn = second.i, first.logits_i, second.logits_j
            steps.append(Step(*drawn, log_pf, log_reward, log_z, first.shift[-1], means))
    return steps


def findings_about_paths(question: Question, answer: Answer) -> list[Finding]:
    """Findings from what the policy and the loss were called with; none where that was not to be seen.

    1,000 choices are looked at; each bound on a share of them has a false-alarm rate below 1e-12.
    """
    if not answer.arrived:
        return []
    if not answer.number("policies"):
        return [NO_POLICY]
    if not answer.number("moved"):
        return [NOT_USED if near_exact_em(question, answer) else NOT_TRAINED]
    x, start = doubles(question.arguments[:2])
    calls = list(calls_in(answer.data.get("notes")))
    steps, weights = steps_in(calls, x, start), [call.shift for kind, call in calls if kind == "policy"]
    count = question.arguments[2] * question.arguments[3]
    if answer.number("policies") >= count:
        return [MADE_ANEW]
    updates = sum(not np.array_equal(*pair) for pair in itertools.pairwise(weights))
    if len(calls) < MOST_NOTES and (0 < len(steps) <= count / 2 or updates <= count / 2):
        return [FEW_STEPS]
    if draws_are_used(question, answer) is False and near_exact_em(question, answer):
        return [NOT_USED]
    return [
        *choices(steps, calls),
        *scoring(steps),
        *rewards(steps, x, start),
        *training(weights, question.arguments[4]),
        *means_used(calls, answer),
    ]


def draws_are_used(question: Question, answer: Answer) -> bool | None:
    """Whether the first mean is what draws from the peaked policy give; None where it was not to be seen.

    It is the mean of x less the likely petals' mean offset, with a standard error of 0.2; exact EM ends more
    than 2 away from it.
    """
    means = answer.data.get("value")
    x, start = doubles(question.arguments[:2])
    if not answer.arrived or not isinstance(means, np.ndarray) or means.shape != start.shape:
        return None
    expected = x.mean(0) - softmax(PETALS[0]) @ oracle.OFFSETS
    return bool(np.linalg.norm(means[0] - expected) < 1.3)


def near_exact_em(question: Question, answer: Answer) -> bool:
    """Whether the means are those of exact EM, or nearly."""
    x, start = doubles(question.arguments[:2])
    exact = oracle.em(x, start, question.arguments[2])
    return bool(np.sqrt(np.mean((answer.data["value"] - exact) ** 2)) < 0.2)


def choices(steps: Sequence[Step], calls: Iterable[tuple[str, Any]]) -> list[Finding]:
    """Findings about how superclusters and petals are drawn in training."""
    if steps:
        drawn = [np.concatenate([step.i for step in steps])]
        petals = [step.petals() for step in steps]
        if all(some is not None for some in petals):
            ranks = [(j - step.i - TURN) % oracle.PETALS for step, j in zip(steps, petals, strict=True)]
            drawn.append(np.concatenate(ranks))
    else:
        asked = [call for kind, call in calls if kind == "policy"]
        chosen = [call.i for call in asked if call.i.min() >= 0]
        # One call about all states does not tell which of them was chosen.
        hidden = any(call.i.min() < 0 <= call.i.max() for call in asked)
        drawn = [np.concatenate(chosen)] if chosen and not hidden else []
    for places in drawn:
        rare, second = np.mean(places >= LIKELY), np.mean(places == 1)
        # Right: 0.05, and 0.27 or more; in own losses a sixth of the draws does not explore.
        if second < 0.12:
            return [LIKELIEST] if rare > 0.01 else [LIKELIEST, NOT_EXPLORED]
        if rare < 0.01:
            return [NOT_EXPLORED]
        if rare > 0.15:
            return [EXPLORED_TOO_MUCH]
    return []


def means_used(calls: Iterable[tuple[str, Any]], answer: Answer) -> list[Finding]:
    """Findings about what the M step is given, and about which of its means are returned."""
    noted = {kind: [call for name, call in calls if name == kind] for kind in ("weights", "means")}
    given = sum(call for call in noted["weights"] if len(call) == len(SUPERCLUSTERS))
    unlikely = np.sum(np.atleast_1d(given)[LIKELY:])
    # The policy draws an unlikely supercluster 0.0006 times in all: three such draws have probability 4e-11.
    if 2.5 < unlikely < 0.2 * np.sum(given):
        return [EXPLORED_M_STEP]
    value = answer.array("value")
    ends = [call.reshape(value.shape)[:LIKELY] for call in noted["means"] if call.size == value.size]
    if value.shape != (len(SUPERCLUSTERS), 2) or len(ends) != ITERATIONS:
        return []
    moved = not np.allclose(ends[-2], ends[-1], atol=1e-3)
    return [EARLIER_MEANS] if moved and np.allclose(value[:LIKELY], ends[-2], atol=1e-5) else []


def scoring(steps: Sequence[Step]) -> list[Finding]:
    """Findings about log_pf and log_z."""
    after = [np.abs(step.log_z - step.log_z_weight - 1.0) < CLOSE for step in steps]
    if steps and np.mean(np.concatenate(after)) >= NEARLY_ALL:
        return [LOG_Z_AFTER_CHOICE]
    if not steps or all(step.petals() is not None for step in steps):
        return []
    for mistake in WRONG_SCORES:
        if any(all(step.petals(way["f"]) is not None for step in steps) for way in mistake.variants):
            return [found(mistake)]
    return []


def rewards(steps: Sequence[Step], x: np.ndarray, start: np.ndarray) -> list[Finding]:
    """Findings about log_reward."""
    telling = (mistake for mistake in WRONG_SCORES if mistake.id != "supercluster-only")
    scorers = [own, *(way["f"] for mistake in telling for way in mistake.variants)]
    for score in scorers:
        petals = [step.petals(score) for step in steps]
        if petals and all(some is not None for some in petals):
            break
    else:
        return []

    def fits(chosen, means_of, **pieces):
        return all(reward_fits(step, some, x, means_of(step), pieces) for step, some in chosen)

    pairs = [(step, some) for step, some in zip(steps, petals, strict=True) if some is not None]
    before = [pair for pair in pairs if np.array_equal(pair[0].means, start)]
    later = [pair for pair in pairs if np.abs(pair[0].means - start)[:LIKELY].max() > 0.05]
    if not fits(before, lambda step: start):
        for mistake in REWARD_MISTAKES:
            if any(fits(before, lambda step: start, **way) for way in mistake.variants):
                return [found(mistake)]
        errors = [step.log_reward - density(step, j, x, start) for step, j in before]
        if np.all(np.abs(errors) < CLOSE):
            return [REWARD_NOT_LOG]
        other = means_of_rewards(before, x)
        return [START_IGNORED] if other is not None and fits(before, lambda step: other) else []
    stale = fits(later, lambda step: start) and not fits(later, lambda step: step.means)
    return [STALE] if later and stale else []


def reward_of(step: Step, petals: np.ndarray, x: np.ndarray, means: np.ndarray, pieces: Pieces) -> np.ndarray:
    """log p(x, i, j) of the paths that were drawn, (N,)."""
    joint = oracle.log_joint(x, means, **pieces)
    return joint[np.arange(len(joint)), step.i, petals]


def means_of_rewards(chosen: Sequence[tuple[Step, np.ndarray]], x: np.ndarray) -> np.ndarray | None:
    """The means (C, 2) for which the log-rewards would be log p(x, i, j); None where draws are too few.

    With y = x - o_j, log p(x, i, j) + |y|^2 / (2 sigma^2) is linear in y: its slope is m_i / sigma^2.
    """
    means = np.zeros((len(SUPERCLUSTERS), 2))
    y = np.concatenate([x - oracle.OFFSETS[petals] for _, petals in chosen])
    i = np.concatenate([step.i for step, _ in chosen])
    linear = np.concatenate([step.log_reward for step, _ in chosen]) + (y**2).sum(1) / (2 * oracle.STD**2)
    for supercluster in range(LIKELY):
        own_points = np.column_stack([y, np.ones(len(y))])[i == supercluster]
        if len(own_points) < 10:
            return None
        slope = np.linalg.lstsq(own_points, linear[i == supercluster], rcond=None)[0]
        means[supercluster] = oracle.STD**2 * slope[:2]
    return means


def density(step: Step, petals: np.ndarray, x: np.ndarray, means: np.ndarray) -> np.ndarray:
    return np.exp(reward_of(step, petals, x, means, {}))


def reward_fits(step: Step, petals: np.ndarray, x: np.ndarray, means: np.ndarray, pieces: Pieces) -> bool:
    """Whether log_reward is log p(x, i, j) up to a constant, where superclusters are likely.

    The others may have no point, and any mean.
    """
    likely = step.i < LIKELY
    want = reward_of(step, petals, x, means, pieces)[likely]
    difference = step.log_reward[likely] - want
    error = np.abs(difference - np.median(difference))
    return bool(np.mean(error < 1e-2 + 1e-4 * np.abs(want)) >= NEARLY_ALL)


def training(weights: Sequence[np.ndarray], rate: float) -> list[Finding]:
    """Findings about the first step of the optimizer: Adam moves each weight by the learning rate."""
    moves = [np.abs(after - weights[0]) for after in weights if np.any(after != weights[0])]
    if not moves:
        return []
    if not np.any(moves[-1][:-1]):
        return [ONLY_LOG_Z]
    return [] if 0.9 * rate < moves[0].max() < 1.1 * rate else [LEARNING_RATE]
