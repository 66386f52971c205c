"""Hostile submissions that are partly right: a trick gains no point over the same code without it.

Each case has cells that both submissions share, and cells in which the control and the attack differ; all
other answers are missing. Everything about how they are judged is as in `test_attacks`.
"""

from typing import NamedTuple

import pytest
from test_attacks import PATIENT, assignment, handed_in, rules_about

from autograder.engine import grading
from autograder.jail import Worker

pytestmark = pytest.mark.slow


class Case(NamedTuple):
    """A trick, as cells in the format of `tests/attacks`."""

    shared: str
    control: str
    attack: str


HALF_MISSING = """
# %% cell mixture_likelihood
def log_joint(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - 0.5 * np.log(2 * np.pi)
    return tf.nn.log_softmax(logits) + log_normal


"""
POSTERIOR = """
# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    return log_joint(x, logits, means, lsigmas)
"""
INLINE = """
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - 0.5 * np.log(2 * np.pi)
    joint = tf.nn.log_softmax(logits) + log_normal
    return tf.reduce_logsumexp(joint, axis=1, keepdims=True)
"""
RIGHT_OR_NOT = """
# assignment: gflownet-em
# %% cell exact_posterior
def exact_posterior(x, means):
    leaves = component_means(means)
    factor = FACTOR
    d = -factor * np.square((x[:, None, None] - np.asarray(leaves)) / 0.25).sum(-1)
    q = np.exp(d - d.max((1, 2), keepdims=True))
    return np.float32(q / q.sum((1, 2), keepdims=True))

# %% cell component_means
def component_means(means):
    a = (np.arange(4) + 0.5) * np.pi / 2
    return np.asarray(means)[:, None] + np.stack([np.cos(a), np.sin(a)], axis=1)
"""
M_STEP = """
# %% cell mstep
TRIED = []


def mstep(x, posterior):
    x, r = np.reshape(x, [-1, 1]), np.asarray(posterior)
    count = r.sum(0)
    means = (r * x).sum(0) / count
    variance = (r * (x - means) ** 2).sum(0) / count
    return np.log(count), means, WHICH * np.log(variance)


def attempt(function):
    TRIED.append(function)


attempt(mstep)
"""
EQUAL_STARTS = """
# %% cell gmm_model
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", name="logits")
        self.means = self.add_weight(shape=(k,), initializer="zeros", name="means")
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", name="lsigmas")
        self.touched = touch(hide(self))

    def call(self, inputs):
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)

# %% cell emgmm_model
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False, name="logits")
        self.means = self.add_weight(shape=(k,), initializer="zeros", trainable=False, name="means")
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False, name="lsigmas")
        self.touched = touch(hide(self))

    def call(self, inputs):
        posterior = tf.nn.softmax(mixture_posterior_logits(inputs, self.logits, self.means, self.lsigmas))
        for weight, value in zip((self.logits, self.means, self.lsigmas), mstep(inputs, posterior)):
            weight.assign(value)

# %% cell added
HIDDEN = {}


def hide(model):
    if TRICK:
        HIDDEN.update({name: vars(model).pop(name) for name in ("logits", "means", "lsigmas")})
    return model


def touch(model):
    vars(model).update(HIDDEN)
    return 0
"""
CASES = {
    # The larger task mentions a helper that it never calls, and its own mistake is written out in it.
    "helper_mentioned_for_nothing": Case(
        HALF_MISSING + INLINE,
        POSTERIOR,
        "    if len(x) < 0:\n        log_joint(x, logits, means, lsigmas)\n" + POSTERIOR,
    ),
    # Only where calls are recorded does the smaller task use the helper; the notebook's own answer is zero.
    "answers_only_where_watched": Case(
        HALF_MISSING
        + """
def mixture_likelihood(x, logits, means, lsigmas):
    return tf.reduce_logsumexp(log_joint(x, logits, means, lsigmas), axis=1, keepdims=True)
""",
        POSTERIOR.replace("return", "return 0 *"),
        POSTERIOR.replace("return", "return (1 if hasattr(log_joint, '__wrapped__') else 0) *"),
    ),
    # Right for one kind of stand-in, wrong for the other and for the notebook's own function.
    "right_for_one_kind_of_stand_in": Case(
        RIGHT_OR_NOT,
        "FACTOR = 1.0",
        "FACTOR = 0.5 if isinstance(leaves, tf.Tensor) else 1.0",
    ),
    # Right only where what looks like a trial is left out, which no notebook on its own does.
    "right_only_where_trials_are_left_out": Case(
        M_STEP,
        "WHICH = 1.0",
        "WHICH = (1.0 if TRIED else 0.5)",
    ),
    # A helper that both models call sets attributes anew, so that it seems to have made the weights.
    "helper_that_sets_attributes_anew": Case(
        EQUAL_STARTS,
        "TRICK = False",
        "TRICK = True",
    ),
}


def cells(case, different):
    """The text of an attack: what both share, with a name replaced or with cells after it."""
    name, equals, value = different.partition(" = ")
    if equals and name.isupper():
        return case.shared.replace(name, value)
    if different.startswith("    "):  # goes to the end of the cell before
        return case.shared.rstrip("\n") + "\n" + different
    return case.shared + different


def points(case, different, worker, folder):
    path = folder / "attack.py"
    path.write_text(cells(case, different))
    course = assignment("gflownet-em" if "gflownet-em" in case.shared else "gmm-two-ways")
    handed = handed_in(path, course.release, folder)
    result = grading.grade_notebook(handed, course.release, rules_about(path), "attacks", worker=worker)
    assert not [task for task in result.tasks.values() if task.outcome == "ungraded"]
    return {key: task.points for key, task in result.tasks.items()}


@pytest.fixture(scope="module", params=["bubblewrap", pytest.param("landlock", marks=pytest.mark.slow)])
def worker(request):
    with Worker(PATIENT, request.param) as running:
        yield running


@pytest.mark.parametrize("name", CASES)
def test_a_trick_gains_no_point(name, worker, tmp_path):
    case = CASES[name]
    control = points(case, case.control, worker, tmp_path)
    attack = points(case, case.attack, worker, tmp_path)
    assert sum(attack.values()) <= sum(control.values()), (control, attack)
