"""A mistake is charged once where behaviour proves it, and nonsense upstream proves nothing."""

import functools

import numpy as np
import pytest
import solved

from autograder import tasks
from autograder.engine import interview, upstream
from autograder.engine.judge import Answer, unknown, verdict

# Tasks of gmm-two-ways that call each other or have a formula in common.
RELATED = {"mixture_likelihood", "mixture_posterior_logits", "gmm_model", "mstep", "emgmm_model"}


@pytest.fixture(scope="module")
def mixtures(worker):
    return functools.partial(solved.judged, worker, "gmm-two-ways", only=RELATED)


@pytest.fixture(scope="module")
def flownets(worker):
    return functools.partial(solved.judged, worker, "gflownet-em", only={"component_means", *LAZY})


def lost(result):
    return {name: task.points for name, task in result.tasks.items() if task.points != task.max}


# --- what earned points by the student's own outputs, and does not any more --------------------------

SAME_LEAVES = """
def component_means(means):
    return tf.zeros((len(means), 4, 2)) + 1e-7 * np.arange(4 * len(means) * 2).reshape(len(means), 4, 2)
"""
FAR_LEAVES = """
def component_means(means):
    leaves = np.full((len(means), 4, 2), 15.0, dtype="float32")
    leaves[:, 1:] = 18.0
    leaves[0, 0] = 0.0
    return leaves
"""
LYING_LEAVES = """
import sys

def component_means(means):
    if sys._getframe(1).f_code.co_name in ("own_components", "mean_field_step", "exact_posterior"):
        return np.zeros((len(means), 4, 2), dtype="float32")
    return means[:, None] + OFFSETS
"""
LAZY = {
    "exact_posterior": """
def exact_posterior(x, means):
    component_means(means)
    return np.full((len(x), len(means), 4), 1 / (4 * len(means)), dtype="float32")
""",
    "mean_field_step": """
def mean_field_step(x, means, q_j):
    component_means(means)
    return np.full((len(x), len(means)), 1 / len(means), "float32"), np.full((len(x), 4), 0.25, "float32")
""",
    "data_log_likelihood": """
def data_log_likelihood(x, means):
    component_means(means)
    return tf.reduce_mean(-8.0 * tf.reduce_sum(x**2, axis=1)) - np.log(2 * np.pi / 16)
""",
}


@pytest.mark.parametrize(
    "leaves",
    [
        pytest.param(SAME_LEAVES, id="same", marks=pytest.mark.slow),
        pytest.param(FAR_LEAVES, id="far", marks=pytest.mark.slow),
        pytest.param(LYING_LEAVES, id="lying"),
    ],
)
def test_lazy_answers_earn_nothing_by_leaves_that_make_them_right(flownets, leaves):
    result = flownets({"component_means": leaves, **LAZY})
    assert [result.tasks[name].points for name in LAZY] == [0, 0, 0]


def test_constants_earn_nothing_by_an_m_step_that_returns_them(mixtures):
    result = mixtures(
        {
            "mstep": """
def mstep(x, posterior):
    k = posterior.shape[1]
    return [1.0] * k, [2.0] * k, [0.5] * k
""",
            "emgmm_model": """
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits, self.means, self.lsigmas = (tf.Variable(tf.random.normal([k])) for _ in range(3))
        self.k = k

    def call(self, x):
        mixture_posterior_logits(x, self.logits, self.means, self.lsigmas)
        mstep(x, tf.ones((len(x), self.k)))
        self.logits.assign([1.0] * self.k)
        self.means.assign([2.0] * self.k)
        self.lsigmas.assign([0.5] * self.k)
""",
        },
        only={"mstep", "emgmm_model"},
    )
    assert result.tasks["mstep"].points == result.tasks["emgmm_model"].points == 0


def test_a_lazy_model_earns_nothing_by_a_likelihood_of_the_same_formula(mixtures):
    result = mixtures(
        {
            "mixture_likelihood": """
def mixture_likelihood(x, logits, means, lsigmas):
    return tf.cast(x, tf.float32) + tf.reduce_sum(logits) + tf.reduce_sum(means) + tf.reduce_sum(lsigmas)
""",
            "gmm_model": """
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        for name in ("logits", "means", "lsigmas"):
            setattr(self, name, self.add_weight(shape=(k,), initializer="random_normal", name=name))

    def call(self, x):
        mixture_likelihood(x, self.logits, self.means, self.lsigmas)
        weights = tf.reduce_sum(self.logits) + tf.reduce_sum(self.means) + tf.reduce_sum(self.lsigmas)
        return tf.cast(x, tf.float32) + weights
""",
        },
        only={"mixture_likelihood", "gmm_model"},
    )
    assert result.tasks["mixture_likelihood"].points == result.tasks["gmm_model"].points == 0


# --- shared helpers ----------------------------------------------------------------------------------

HALF_MISSING = """
def {name}(x, logits, means, lsigmas):
    {touch}
    x = tf.cast(x, tf.float32)
    l, m, s = (tf.reshape(p, (1, -1)) for p in (logits, means, lsigmas))
    return tf.nn.log_softmax(l) - s - 0.5 * np.log(2 * np.pi) - ((x - m) / tf.exp(s)) ** 2
"""
IDENTITY = "def h(v):\n    return v\n# %% cell\n"
TOUCH = "x, logits, means, lsigmas = h(x), h(logits), h(means), h(lsigmas)"


def test_a_mistake_written_out_twice_is_not_excused_by_a_helper_that_does_nothing(mixtures):
    likelihood = (
        HALF_MISSING.format(name="mixture_likelihood", touch=TOUCH)
        .replace("return ", "return tf.reduce_logsumexp(")
        .rstrip()
        + ", axis=1, keepdims=True)\n"
    )
    result = mixtures(
        {
            "mixture_likelihood": IDENTITY + likelihood,
            "mixture_posterior_logits": HALF_MISSING.format(name="mixture_posterior_logits", touch=TOUCH),
        },
        only={"mixture_likelihood", "mixture_posterior_logits"},
    )
    assert lost(result) == {"mixture_likelihood": 15, "mixture_posterior_logits": 9}


def test_a_mistake_written_out_again_is_not_excused_by_calling_the_helper_for_nothing(mixtures):
    helper = HALF_MISSING.format(name="log_joint", touch="pass") + "# %% cell\n"
    again = HALF_MISSING.format(name="mixture_posterior_logits", touch="log_joint(x, logits, means, lsigmas)")
    result = mixtures(
        {
            "mixture_likelihood": helper
            + """
def mixture_likelihood(x, logits, means, lsigmas):
    return tf.reduce_logsumexp(log_joint(x, logits, means, lsigmas), axis=1, keepdims=True)
""",
            "mixture_posterior_logits": again,
        },
        only={"mixture_likelihood", "mixture_posterior_logits"},
    )
    assert lost(result) == {"mixture_likelihood": 15, "mixture_posterior_logits": 9}


MODEL = """
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        for name in ("logits", "means", "lsigmas"):
            setattr(self, name, self.add_weight(shape=(k,), initializer="random_normal", name=name))

    def call(self, x):
        return tf.reduce_logsumexp(log_joint(x, {weights}), axis=1, keepdims=True)
"""
RIGHT_WEIGHTS = "self.logits, self.means, self.lsigmas"


def helper_of_three(weights):
    return {
        "mixture_likelihood": HALF_MISSING.format(name="log_joint", touch="pass")
        + """# %% cell
def mixture_likelihood(x, logits, means, lsigmas):
    return tf.reduce_logsumexp(log_joint(x, logits, means, lsigmas), axis=1, keepdims=True)
""",
        "mixture_posterior_logits": """
def mixture_posterior_logits(x, logits, means, lsigmas):
    return tf.nn.log_softmax(log_joint(x, logits, means, lsigmas))
""",
        "gmm_model": MODEL.format(weights=weights),
    }


def test_a_helper_of_three_tasks_is_charged_in_the_largest_alone(mixtures):
    result = mixtures(helper_of_three(RIGHT_WEIGHTS))
    assert lost(result) == {"mixture_likelihood": 15}
    for name in ("mixture_posterior_logits", "gmm_model"):
        assert "`log_joint`" in result.tasks[name].findings[-1].message


# --- calls that the student's code wrote into the record itself --------------------------------------


def forged(own, rules, arguments, calls):
    """Answers with calls of a helper that forgot the 1/2, each with so many parameters as arguments."""
    known = ((q, mistake) for q in rules.quantities for mistake in q.mistakes if mistake.id == "half-missing")
    quantity, mistake = next(known)
    answers = {}
    for name, question in own.items():
        inputs = rules.inputs(question)[quantity.of]
        part, logits = np.float32(quantity.compute(*inputs, **mistake.variants[0])), np.float32(inputs[1])
        call = {"name": "h", "parts": [part] * 4, "arguments": [logits] * arguments, "made": []}
        answers[name] = Answer("answer", {"calls": [call] * calls})
    return answers


@pytest.mark.parametrize(
    ("arguments", "calls", "found"),
    [(3, 2, 28), (upstream.ARGUMENTS_LIMIT, 1, 14), (upstream.ARGUMENTS_LIMIT + 1, 1, 0), (12, 40, None)],
)
def test_what_calls_should_have_returned_has_a_limit(arguments, calls, found):
    rules = tasks.load("gmm-two-ways")
    (task,) = (task for task in rules.tasks if task.id == "mixture_posterior_logits")
    own = upstream._own_questions(rules, interview.questions_of(rules, "s")[task.id])
    case = upstream.Case(task, own, (upstream.Suspect("h", frozenset({"half-missing"}), "GMM"),))
    mistaken = upstream._mistaken_calls(forged(own, rules, arguments, calls), case, rules)
    parts = [part for *_, entry in mistaken for part in entry["parts"]]
    assert found is None or len(mistaken) == found
    assert sum(slope.size for part in parts for _, slope in part["slopes"]) <= upstream.SLOPES_LIMIT


def test_only_questions_whose_calls_are_put_right_are_asked_again():
    rules = tasks.load("gmm-two-ways")
    (task,) = (task for task in rules.tasks if task.id == "mixture_posterior_logits")
    asked = interview.questions_of(rules, "s")[task.id]
    own = upstream._own_questions(rules, asked)
    case = upstream.Case(task, own, (upstream.Suspect("h", frozenset({"half-missing"}), "GMM"),))
    known = {name: Answer("answer", {"value": np.zeros(1)}) for name in asked}
    told = interview.Interview({task.id: known}, {}, (), (), None)
    rounds = upstream._put_right(case, rules, told, asked, verdict([unknown("Wrong.")]))
    assert [question.replace for question in next(rounds)] == [()] * len(own)
    first = {name: known[name]._replace(data=known[name].data | {"calls": []}) for name in own}
    (mistaken, call), *_ = forged(own, rules, 3, 1).items()
    first[mistaken] = call._replace(data=known[mistaken].data | call.data)
    (again,) = rounds.send([*first.values()])
    assert again._replace(watch=(), replace=()) == own[mistaken] and len(again.replace) == 1


def test_what_else_is_wrong_is_still_charged(mixtures):
    # The gradient of the means is cut in the model itself.
    weights = "self.logits, tf.stop_gradient(self.means), self.lsigmas"
    result = mixtures(helper_of_three(weights))
    assert lost(result) == {"mixture_likelihood": 15, "gmm_model": 9}
    assert result.tasks["gmm_model"].findings[0].id == "weight-not-trained"
