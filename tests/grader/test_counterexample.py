"""The line at the end of a finding is a counterexample, small, and the same each time.

Students are NumPy functions that answer the questions; no jail is needed. What a line expects is
computed again here with SciPy, and what it says was returned with the student's own function.
"""

import functools
import itertools
import re
from types import SimpleNamespace

import numpy as np
import pytest
import solved
from scipy import stats
from scipy.special import log_softmax, logsumexp, softmax
from ways import named, ways

from autograder import tasks
from autograder.engine import afterwards, counterexample, followups, interview
from autograder.engine.interview import questions_of
from autograder.engine.judge import Answer, Finding, Verdict, unknown, verdict
from autograder.engine.scale import Kind
from autograder.jail import Worker
from autograder.report import pages as report
from autograder.tasks.gflownet_em import balance, leaves, likelihood, mean_field
from autograder.tasks.gflownet_em import m_step as supercluster_m_step
from autograder.tasks.gflownet_em import oracle as hierarchical
from autograder.tasks.gflownet_em import posterior as leaf_posterior
from autograder.tasks.gflownet_em.inputs import KINDS
from autograder.tasks.gmm_two_ways import density, m_step, posterior
from autograder.tasks.gmm_two_ways import oracle as mixtures

RULES = {name: tasks.load(name) for name in tasks.ASSIGNMENTS}
HOME = {task.id: name for name, rules in RULES.items() for task in rules.tasks}
TASKS = {task.id: task for rules in RULES.values() for task in rules.tasks}
ask_all = functools.lru_cache(lambda name, secret: questions_of(RULES[name], secret))
STD = 0.25
OFFSETS = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) / np.sqrt(2)


def reply(student, question):
    with np.errstate(all="ignore"):
        try:
            return Answer("answer", student(question))
        except Exception as error:
            return Answer("error", {"type": type(error).__name__, "message": str(error)})


def lines_about(examples, judged, asked, answers, ask):
    """The lines of one search; ask: [Question] -> [Answer]."""
    searches = {"task": counterexample.search(examples, judged, asked, answers)}
    rounds, wanted = followups.in_step(searches), None
    with pytest.raises(StopIteration) as end:
        while True:
            wanted = rounds.send(wanted and {"task": ask(wanted["task"])})
    found = end.value.value
    return found["task"]


def examined(task, student, secret="first", forced=False):
    """(verdict, lines) about a student's function, with right helpers of one kind.

    Args:
        forced: search also where no marks were lost.
    """
    examples = RULES[HOME[task]].examples[task]
    asked = {
        n: q for n, q in ask_all(HOME[task], secret)[task].items() if not q.fallback and q.reading != KINDS[1]
    }
    answers = {name: reply(student, question) for name, question in asked.items()}
    judged = TASKS[task].judge(asked, answers)
    if forced:
        assert judged.outcome == "correct", judged.findings
        judged = verdict([unknown("Something is wrong.")])
    elif not counterexample.wanted(judged):
        return judged, {}
    lines = lines_about(
        examples, judged, asked, answers, lambda questions: [reply(student, q) for q in questions]
    )
    return judged, lines


INPUT = re.compile(r"(\w+) = (.*?)(?=, \w+ = |$)")


def value_of(text):
    return np.array(eval(text, {"__builtins__": {}}, {"nan": np.nan, "inf": np.inf}), float)


def read(line):
    """({name: input}, expected, returned) of a line; what is expected and returned as arrays."""
    inputs, words = re.fullmatch(r" Smallest case: (.*?): (.*)\.", line).groups()
    want, got = re.search(r"expected (.*), you returned (.*)", words).groups()
    want = re.sub(r" up to a constant.*| \(any finite.*", "", want)
    parts = [value_of(part.split(" = ")[-1]) for part in (want, got)]
    return {name: value_of(value) for name, value in INPUT.findall(inputs)}, *parts


def check(lines, wanted, returned, relative=None, small=2):
    """That every line is a counterexample, and small.

    Args:
        wanted, returned: {part: inputs -> array}, by SciPy and by the student's function.
        relative: {part: how values are to be compared}.
    """
    assert lines
    for part, line in lines.items():
        inputs, want, got = read(line)
        assert max(size for value in inputs.values() for size in value.shape if size != 4) <= small
        assert all(np.array_equal(value, np.round(value, 2)) for value in inputs.values())
        with np.errstate(all="ignore"):
            right, mine = wanted[part](**inputs), returned[part](**inputs)
        np.testing.assert_allclose(want.ravel(), np.ravel(right), rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(got.ravel(), np.ravel(mine), rtol=1e-3, atol=1e-4)
        view = (relative or {}).get(part, np.ravel)
        if got.size == want.size:
            assert not np.allclose(view(got.reshape(want.shape)), view(want), atol=3e-4), line


def f32(value):
    return np.asarray(value, np.float32)


# gmm-two-ways


def log_joint(x, logits, means, lsigmas):
    log_weights = np.ravel(logits) - logsumexp(logits)
    return log_weights + stats.norm.logpdf(x, np.ravel(means), np.exp(np.ravel(lsigmas)))


def log_density(x, logits, means, lsigmas):
    return logsumexp(log_joint(x, logits, means, lsigmas), axis=1)


def flat(arguments):
    return [np.float64(value).ravel() for value in arguments]


def density_student(function):
    """Answers to questions on `mixture_likelihood`, whose gradient is never taken."""

    def student(question):
        if question.probe == "gradient":
            x, *parameters = flat(question.arguments)
            return {"gradients": [len(x) * g for g in mixtures.gradient(x, *parameters)]}
        value = function(*flat(question.arguments[2:]))
        return {"value": f32(value[:, None] if np.ndim(value) == 1 else value)}

    return student


def by_name(function):
    return lambda x, logits, means, lsigmas: function(*flat((x, logits, means, lsigmas)))


@named(density.LIKELIHOOD_MISTAKES)
def test_mixture_likelihood(mistake):
    function = functools.partial(mixtures.log_likelihood, **mistake.pieces)
    judged, lines = examined("mixture_likelihood", density_student(function))
    assert judged.share < 1
    check(lines, {"": log_density}, {"": by_name(function)})


# Written without a look at the tables.
OWN_DENSITIES = {
    "sigma-cubed": lambda x, a, m, s: logsumexp(
        log_softmax(a) - 0.5 * (x[:, None] - m) ** 2 * np.exp(-3 * s) - s - 0.9189385, axis=1
    ),
    "slope": lambda x, a, m, s: mixtures.log_likelihood(x, a, m, s) + 0.2 * x,
    "sign-of-the-mean": lambda x, a, m, s: mixtures.log_likelihood(x, a, -m, s),
    "first-component": lambda x, a, m, s: mixtures.log_joint(x, a, m, s)[:, 0],
    "sorted-points": lambda x, a, m, s: np.sort(mixtures.log_likelihood(x, a, m, s)),
}


@pytest.mark.parametrize("name", OWN_DENSITIES)
def test_a_density_that_no_mistake_explains(name):
    function = OWN_DENSITIES[name]
    judged, lines = examined("mixture_likelihood", density_student(function))
    check(lines, {"": log_density}, {"": by_name(function)})
    (finding,) = counterexample.attached(judged, lines).findings
    assert finding.id == "not-a-known-mistake"
    assert counterexample.UNKNOWN in finding.message and finding.message.endswith(lines[""])


@named(posterior.POSTERIOR_MISTAKES)
def test_mixture_posterior_logits(mistake):
    pieces = dict(mistake.pieces)
    reduce = pieces.pop("reduce", lambda joint: joint)

    def function(*arguments):
        return reduce(mixtures.log_joint(*arguments, **pieces))

    def student(question):
        return {"value": f32(function(*flat(question.arguments[2:])))}

    def right(x, logits, means, lsigmas):
        return log_softmax(log_joint(x, logits, means, lsigmas), axis=1)

    judged, lines = examined("mixture_posterior_logits", student)
    if mistake.id == "weights-not-normalised":
        assert judged.outcome == "correct"  # log weights count up to a constant here
        return
    check(lines, {"": right}, {"": by_name(function)}, {"": lambda v: v - v[:, :1]})


def moments(x, posterior):
    """Logits, means and log sigmas, by loops."""
    weights = [np.mean(column) for column in posterior.T]
    means = [np.average(x[:, 0], weights=column) for column in posterior.T]
    variances = [
        np.average((x[:, 0] - mean) ** 2, weights=column)
        for mean, column in zip(means, posterior.T, strict=True)
    ]
    return {"logits": np.log(weights), "means": np.array(means), "lsigmas": np.log(variances) / 2}


MSTEP_CASES = [(part, way) for part, table in m_step.MSTEP_MISTAKES.items() for way in ways(table)]


@pytest.mark.parametrize("part,mistake", MSTEP_CASES, ids=lambda value: getattr(value, "id", value))
def test_mstep(part, mistake):
    def function(x, posterior):
        x = x.ravel()
        results = dict(zip(("logits", "means", "lsigmas"), mixtures.mstep(x, posterior), strict=True))
        given = (x, posterior, results["means"]) if part == "lsigmas" else (x, posterior)
        return results | {part: mistake.pieces["f"](*given)}

    def student(question):
        x, _, r, _ = question.arguments
        return {"parts": [f32(v) for v in function(np.float64(x), np.float64(r)).values()]}

    judged, lines = examined("mstep", student)
    assert list(lines) == [part]
    check(
        lines,
        {part: lambda **i: moments(**i)[part]},
        {part: lambda **i: function(**i)[part]},
        {"logits": lambda v: v - v[0]},
    )
    (finding,) = counterexample.attached(judged, lines).findings
    assert finding.message.startswith(f"{part}: ") and finding.message.endswith(lines[part])


def test_each_part_of_mstep_gets_its_own_line():
    def student(question):
        x, _, r, _ = question.arguments
        logits, means, lsigmas = mixtures.mstep(np.float64(x).ravel(), np.float64(r))
        return {"parts": [f32(np.exp(logits)), f32(means), f32(2 * lsigmas)]}

    judged, lines = examined("mstep", student)
    assert set(lines) == {"logits", "lsigmas"}
    for finding in counterexample.attached(judged, lines).findings:
        part = finding.message.split(":")[0]
        assert f"expected {part} = " in finding.message


def loss_student(function):
    def student(question):
        x, start = question.arguments
        each = log_density(np.float64(x), *np.float64(start))
        gradients = [f32(np.ones(len(start[0])))] * 3
        return {"value": f32(function(each)), "output": f32(each[:, None]), "gradients": gradients}

    return student


@pytest.mark.parametrize(
    "name,function",
    {
        "sign": np.mean,
        "absolute": lambda v: np.mean(np.abs(v)),
        "first": lambda v: -v[0],
        "exponentiated": lambda v: -np.mean(np.exp(v)),
        "median": lambda v: -np.median(v),
        "halved": lambda v: -np.mean(v) / 2,
    }.items(),
)
def test_loss(name, function):
    _, lines = examined("loss", loss_student(function))
    inputs, words = re.fullmatch(r" Smallest case: (.*?): expected (.*)\.", lines[""]).groups()
    inputs = {key: value_of(value) for key, value in INPUT.findall(inputs)}
    right, got = words.split(", you returned ")
    each = log_density(**inputs)
    assert [float(v) for v in re.findall(r"-?[\d.]+", right)] == pytest.approx(
        [-each.mean(), -each.sum()][: len(each)], rel=1e-3
    )
    assert float(got) == pytest.approx(function(each), rel=1e-3)
    assert len(each) <= 2 or name in ("median",)
    assert not np.isclose(float(got), [-each.mean(), -each.sum()], rtol=1e-3).any()


def test_a_loss_of_the_first_batch_needs_33_points():
    _, lines = examined("loss", loss_student(lambda v: -np.mean(v[:32])))
    inputs = "x = [[0]]*32 + [[3]], logits = [0], means = [0], lsigmas = [0]"
    assert lines[""].startswith(f" Smallest case: {inputs}:")


def train_student(**mistake):
    def student(question):
        x, start, rate, steps = question.arguments
        pieces = {"steps": steps, "learning_rate": rate} | mistake
        weights = mixtures.adam(*flat((x,)), flat(start), **pieces)
        return {"weights": [f32(w) for w in weights], "iterations": np.array(float(steps))}

    return student


@pytest.mark.parametrize(
    "mistake",
    [
        {"steps": 0},
        {"scale": -1.0},
        {"restart": True},
        {"learning_rate": 0.01},
        {"stale": True},
        {"accumulate": True},
        {"only": (0, 1)},
        {"only": (2,)},
    ],
    ids=str,
)
def test_train(mistake):
    _, lines = examined("train", train_student(**mistake))
    assert re.search(r"steps = [123]: with Adam, expected (\w+) = .*, the model has \1 = ", lines[""])
    inputs = {name: value_of(v) for name, v in INPUT.findall(lines[""].split(": with")[0].split(": ")[1])}
    want = adam_by_hand(**inputs)
    for name, words in re.findall(r"expected (\w+) = (\[.*?\]), the model", lines[""]):
        np.testing.assert_allclose(value_of(words), want[name], atol=1e-3)


def adam_by_hand(x, logits, means, lsigmas, learning_rate, steps):
    """Adam on central differences of the mean negative log-likelihood."""
    theta = np.concatenate([logits, means, lsigmas])
    k, m, v = len(logits), 0.0, 0.0

    def f(theta):
        return -log_density(x, *np.split(theta, 3)).mean()

    for t in range(1, int(steps) + 1):
        g = np.array([(f(theta + h) - f(theta - h)) / 2e-6 for h in 1e-6 * np.eye(3 * k)])
        g[np.abs(g) < 1e-8] = 0
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        theta = theta - learning_rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
    return dict(zip(("logits", "means", "lsigmas"), np.split(theta, 3), strict=True))


def emgmm_student(step):
    def student(question):
        x, start = question.arguments
        (x,), start = flat((x,)), flat(start)
        after = step(x, start, question.freedom.get("shifted"))
        first = [np.arange(len(w)) / 10 for w in start]
        before, after = [f32(w) for w in start], [f32(w) for w in after]
        return {"first": first, "before": before, "after": after, "trainable": 0}

    return student


def forget_lsigmas(x, start, shifted):
    return *mixtures.em_step(x, *start)[:2], start[2]


def exponential_for_softmax(x, start, shifted):
    joint = mixtures.log_joint(x, *start)
    other = joint - joint.max(1, keepdims=True) + 2 * np.sin(3 * x[:, None])
    return mixtures.mstep(x, np.exp(other if shifted else log_softmax(joint, 1)))


@pytest.mark.parametrize(
    "step",
    [
        lambda x, start, shifted: start,
        forget_lsigmas,
        lambda x, start, shifted: mixtures.em_step(x, *mixtures.em_step(x, *start)),
        lambda x, start, shifted: (start[0], *mixtures.em_step(x, *start)[1:]),
        exponential_for_softmax,
    ],
)
def test_emgmm_model(step):
    judged, lines = examined("emgmm_model", emgmm_student(step))
    assert judged.share < 1
    inputs = lines[""].split(": after")[0].split(": ")[1]
    inputs = {name: value_of(value) for name, value in INPUT.findall(inputs)}
    assert inputs["x"].size <= 3 and inputs["logits"].size <= 2
    want = moments(inputs["x"], softmax(log_joint(**inputs), axis=1))
    pattern = r"expected (\w+) = (\[.*?\])(?: up to a constant)?, the model has \1 = (\[.*?\])"
    shown = re.findall(pattern, lines[""])
    assert shown
    for name, right, got in shown:
        np.testing.assert_allclose(value_of(right), want[name], rtol=1e-3, atol=1e-4)
        assert not np.allclose(value_of(got), want[name], atol=1e-3)
    assert ("another constant" in lines[""]) == (step is exponential_for_softmax)


def gmm_student(output=lambda v: v, trained=(True, True, True), start=None):
    def student(question):
        x, parameters, rate = question.arguments
        (x,), parameters = flat((x,)), flat(parameters)
        steps = mixtures.gradient(x, *parameters)
        moved = [w + rate * g * on for w, g, on in zip(parameters, steps, trained, strict=True)]
        value = output(log_density(x[:, None], *parameters)[:, None])
        first = start or [np.arange(len(w)) / 10 for w in parameters]
        return {
            "start": first,
            "first": value,
            "value": f32(value),
            "set": [f32(w) for w in parameters],
            "moved": [f32(w) for w in moved],
            "after": value,
            "trainable": sum(trained),
        }

    return student


def test_gmm_model_output():
    def wrong(value):
        return -value

    _, lines = examined("gmm_model", gmm_student(output=wrong))
    check(lines, {"": log_density}, {"": lambda **i: wrong(log_density(**i))})


def test_gmm_model_whose_weights_stay():
    _, lines = examined("gmm_model", gmm_student(trained=(True, False, True)))
    inputs, means, got = re.fullmatch(
        r" Smallest case: (.*): after a step of SGD\(0.1\) on -mean\(model\(x\)\) expected means = (.*), "
        r"the model has means = (.*)\.",
        lines[""],
    ).groups()
    inputs = {name: value_of(value) for name, value in INPUT.findall(inputs)}
    height = 1e-5
    up, down = (log_density(**inputs | {"means": inputs["means"] + h}).mean() for h in (height, -height))
    assert value_of(means) - inputs["means"] == pytest.approx(0.1 * (up - down) / (2 * height), abs=1e-3)
    np.testing.assert_allclose(value_of(got), inputs["means"])


def normal(rng, n):
    return rng.standard_normal(n)


def draws_student(weights=softmax, sigmas=np.exp, noise=normal, count=lambda n: n):
    def student(question):
        n, logits, means, lsigmas = question.arguments
        rng = np.random.default_rng(5)
        z = rng.choice(len(means), count(n), p=weights(np.float64(logits)))
        e = noise(rng, count(n))
        return {"value": f32(means[z] + sigmas(np.float64(lsigmas))[z] * e)[:, None]}

    return student


@pytest.mark.parametrize(
    "mistake,words",
    [
        (
            {"weights": lambda a: np.full(len(a), 1 / len(a))},
            "component 0 came up .* times, expected 538 ± 20",
        ),
        ({"weights": lambda a: softmax(softmax(a))}, "component 0 came up .* times, expected 538 ± 20"),
        ({"sigmas": lambda s: np.exp(2 * s)}, "the standard deviation of x is 7.*, expected 2.718 ±"),
        ({"sigmas": np.abs}, "the standard deviation of x is 0, expected 1 ±"),
        ({"count": lambda n: n // 2}, "expected 2000 points, you returned 1000"),
        (
            {"noise": lambda rng, n: np.sqrt(3) * rng.uniform(-1, 1, n)},
            "the distribution function of .* is off by up to 0.0.*, expected less than 0.0",
        ),
    ],
)
def test_make_data_shows_the_statistic(mistake, words):
    judged, lines = examined("make_data", draws_student(**mistake))
    assert judged.share < 1
    assert re.search(words, lines[""]), lines


# gflownet-em


def doubles(question):
    return [np.float64(value) for value in question.arguments]


def leaf_log_joint(x, means):
    centres = means[:, None] + OFFSETS
    table = [[stats.multivariate_normal(m, STD**2).logpdf(x).reshape(-1) for m in row] for row in centres]
    return np.moveaxis(np.array(table), 2, 0) - np.log(4 * len(means))


# Rows are mixed up from two superclusters on: too many numbers to be written out.
@named([mistake for mistake in leaves.COMPONENT_MISTAKES if mistake.id != "rows-mixed-up"])
def test_component_means(mistake):
    def value(question):
        return {"value": f32(mistake.pieces["f"](doubles(question)[0]))}

    _, lines = examined("component_means", value)
    if mistake.id == "not-combined":  # it works for four superclusters only, where 32 numbers are expected
        assert "means = [[0, 0], [1, 2], [3, 0], [0, 4]]: expected shape [4, 4, 2], you" in lines[""]
        return

    def returned(means):
        return mistake.pieces["f"](means)

    check(lines, {"": lambda means: means[:, None] + OFFSETS}, {"": returned})


@named(likelihood.LIKELIHOOD_MISTAKES)
def test_data_log_likelihood(mistake):
    def function(x, means):
        return hierarchical.log_likelihood(x, means, **mistake.pieces)

    def right(x, means):
        return logsumexp(leaf_log_joint(x, means), axis=(1, 2)).mean()

    _, lines = examined("data_log_likelihood", lambda q: {"value": f32(function(*doubles(q)))})
    check(lines, {"": right}, {"": function})


@named(leaf_posterior.POSTERIOR_MISTAKES)
def test_exact_posterior(mistake):
    def function(x, means):
        return hierarchical.posterior(x, means, **mistake.pieces)

    def right(x, means):
        return softmax(leaf_log_joint(x, means), axis=(1, 2))

    _, lines = examined("exact_posterior", lambda q: {"value": f32(function(*doubles(q)))})
    check(lines, {"": right}, {"": function})


@named(supercluster_m_step.M_STEP_MISTAKES)
def test_exact_m_step(mistake):
    def function(x, q):
        return supercluster_m_step.exact_m_step.right(x, q, **mistake.pieces)

    def right(x, q):
        return np.array(
            [
                np.average(
                    [x[n] - OFFSETS[j] for n in range(len(x)) for j in range(4)],
                    axis=0,
                    weights=[q[n, c, j] for n in range(len(x)) for j in range(4)],
                )
                for c in range(q.shape[1])
            ]
        )

    _, lines = examined("exact_m_step", lambda q: {"value": f32(function(*doubles(q)))})
    check(lines, {"": right}, {"": function})


def sweep(x, means, q_j):
    joint = leaf_log_joint(x, means)
    q_i = softmax((joint * q_j[:, None]).sum(2), axis=1)
    return {"q_i": q_i, "q_j": softmax((joint * q_i[..., None]).sum(1), axis=1)}


FACTORS = [(part, way) for part, table in mean_field.FACTOR_MISTAKES.items() for way in ways(table)]


@pytest.mark.parametrize("part,mistake", FACTORS, ids=lambda value: getattr(value, "id", value))
def test_mean_field_step(part, mistake):
    def function(x, means, q_j):
        if part == "q_i":
            q_i = mean_field.factor_with(mistake.pieces, x, means, 0, q_j)
            return {"q_i": q_i, "q_j": softmax((leaf_log_joint(x, means) * q_i[..., None]).sum(1), axis=1)}
        q_i = sweep(x, means, q_j)["q_i"]
        return {"q_i": q_i, "q_j": mean_field.factor_with(mistake.pieces, x, means, 1, q_i)}

    def student(question):
        return {"parts": [f32(factor) for factor in function(*doubles(question)).values()]}

    _, lines = examined("mean_field_step", student)
    assert list(lines) == [part]
    check(lines, {part: lambda **i: sweep(**i)[part]}, {part: lambda **i: function(**i)[part]})


def balance_student(function, gradients=True):
    def student(question):
        z, p, r = doubles(question)
        gradient = f32(2 * (z + p - r) / len(z)) if gradients else np.zeros(0)
        return {"value": f32(function(z, p, r)), "gradients": [gradient, gradient]}

    return student


@named(balance.BALANCE_MISTAKES)
def test_trajectory_balance_loss(mistake):
    def function(log_z, log_pf, log_reward):
        residual = mistake.pieces.get("residual", lambda z, p, r: z + p - r)
        return mistake.pieces.get("reduce", balance.mean_of_squares)(residual(log_z, log_pf, log_reward))

    _, lines = examined("trajectory_balance_loss", balance_student(function))
    inputs, right, got = re.fullmatch(
        r" Smallest case: (.*): expected (.*), you returned (.*)\.", lines[""]
    ).groups()
    inputs = {name: value_of(value) for name, value in INPUT.findall(inputs)}
    squares = [(z + p - r) ** 2 for z, p, r in zip(*inputs.values(), strict=True)]
    assert len(squares) <= 2
    wanted = [np.mean(squares), sum(squares)][: len(squares)]
    assert [float(v) for v in re.findall(r"[\d.]+", right)] == pytest.approx(wanted)
    assert float(got) == pytest.approx(function(**inputs), rel=1e-3)
    assert not np.isclose(float(got), wanted).any()


def test_a_gradient_that_does_not_arrive():
    student = balance_student(lambda z, p, r: np.mean((z + p - r) ** 2), gradients=False)
    judged, lines = examined("trajectory_balance_loss", student)
    assert [finding.id for finding in judged.findings] == ["gradient-cut"]
    inputs, words = lines[""].removeprefix(counterexample.MARK).split(": ")
    assert inputs == "log_z = [1], log_pf = [0], log_reward = [0]"
    assert words == "expected the gradient in log_z to be [2], but none arrives."


def uniform_leaf(rng, n, c):
    return rng.integers(0, c, n), rng.integers(0, 4, n)


def points_student(leaf=uniform_leaf, sigma=STD, same=False):
    def student(question):
        n, means = question.arguments
        rng = np.random.default_rng(6)
        i, j = leaf(rng, n, len(means))
        noise = sigma * rng.standard_normal((n, 1 if same else 2))
        return {"value": f32(means[i] + OFFSETS[j] + noise)}

    return student


@pytest.mark.parametrize(
    "mistake,words",
    [
        (
            {"leaf": lambda g, n, c: (g.integers(0, c, n), g.integers(0, 3, n))},
            "petal 0 came up .* times, expected 500 ± 19",
        ),
        (
            {"leaf": lambda g, n, c: (np.zeros(n, int), g.integers(0, 4, n))},
            "supercluster 0 came up 2,000 times, expected 1,000 ± 22",
        ),
        ({"sigma": 1.0}, "the mean square of coordinate 0 is 1.*, expected 0.5625 ±"),
        ({"sigma": STD**2}, "the mean square of coordinate 0 is 0.50.*, expected 0.5625 ±"),
        ({"same": True}, "the mean product of the coordinates is 0.0.*, expected 0 ±"),
    ],
)
def test_sample_data_shows_the_statistic(mistake, words):
    _, lines = examined("sample_data", points_student(**mistake))
    assert re.search(words, lines[""]), lines


def by_row(logits):
    return softmax(logits, axis=1)


def largest(logits):
    return np.eye(logits.shape[1])[logits.argmax(1)]


def explored(logits):
    return 0.9 * by_row(logits) + 0.1 / logits.shape[1]


def pairs_student(p_i=by_row, p_j=by_row):
    def student(question):
        x, to_i, bias_i, to_j, bias_j, given_i = doubles(question)
        rng = np.random.default_rng(7)

        def pair():
            i = drawn(rng, p_i(x @ to_i + bias_i))
            return [i, drawn(rng, p_j(x @ to_j + bias_j + given_i[i]))]

        return {"parts": pair(), "again": pair()}

    return student


def drawn(rng, p):
    return (rng.random((len(p), 1)) > np.cumsum(p, 1)[:, :-1]).sum(1)


@pytest.mark.parametrize(
    "mistake,words",
    [
        ({"p_i": largest}, r"logits_i = \[0, 1\].*: i = 0 came up 0 times, expected 538 ± 20"),
        ({"p_j": largest}, "j = 0 came up .* times, expected"),
        ({"p_i": explored}, r"logits_i = \[0, 4\].*: i = 0 came up 1.. times, expected 36 ± 6"),
        (
            {"p_j": lambda v: np.full(v.shape, 0.25)},
            "among the .* draws of i = 0, j = 1 came up .*, expected 1.. ± 1",
        ),
    ],
)
def test_sample_posterior_shows_the_statistic(mistake, words):
    _, lines = examined("sample_posterior", pairs_student(**mistake))
    assert re.search(words, lines[""]), lines


def test_gfn_em_says_what_was_gained():
    def student(question):
        x, start = doubles(question)[:2]
        means = np.repeat(x.mean(0, keepdims=True), len(start), axis=0)
        return {"value": f32(means), "policies": 1, "moved": 0.1}

    _, lines = examined("gfn_em", student)
    words = r"EM gains ([\d.]+) of mean log-density; the returned means gain (-[\d.]+)\. At"
    gains = re.search(words, lines[""])
    assert float(gains[1]) > 0 > float(gains[2])


# what holds for every task

RIGHT = {
    "mixture_likelihood": density_student(lambda *a: log_density(a[0][:, None], *a[1:])),
    "mixture_posterior_logits": lambda q: {
        "value": f32(log_joint(np.reshape(q.arguments[2], [-1, 1]), *flat(q.arguments[3:])) + 3)
    },
    "mstep": lambda q: {
        "parts": [
            f32(v) for v in moments(*np.float64(q.arguments[0])[None], np.float64(q.arguments[2])).values()
        ]
    },
    "loss": loss_student(lambda v: -np.sum(v)),
    "train": train_student(),
    "emgmm_model": emgmm_student(lambda x, start, shifted: mixtures.em_step(x, *start)),
    "gmm_model": gmm_student(),
    "make_data": draws_student(),
    "component_means": lambda q: {"value": f32(q.arguments[0][:, None] + OFFSETS)},
    "data_log_likelihood": lambda q: {
        "value": f32(logsumexp(leaf_log_joint(*doubles(q)), axis=(1, 2)).mean())
    },
    "exact_posterior": lambda q: {"value": f32(softmax(leaf_log_joint(*doubles(q)), axis=(1, 2)))},
    "exact_m_step": lambda q: {"value": np.nan_to_num(f32(hierarchical.m_step(*doubles(q))))},
    "mean_field_step": lambda q: {"parts": [f32(v) for v in sweep(*doubles(q)).values()]},
    "trajectory_balance_loss": balance_student(lambda z, p, r: np.mean((z + p - r) ** 2)),
    "sample_data": points_student(),
    "sample_posterior": pairs_student(),
}


@pytest.mark.parametrize("task", RIGHT)
def test_a_right_answer_has_no_counterexample_even_if_one_is_searched_for(task):
    assert examined(task, RIGHT[task], forced=True)[1] == {}


def test_every_task_has_examples():
    for rules in RULES.values():
        assert set(rules.examples) == {task.id for task in rules.tasks}


@pytest.mark.parametrize("function", [OWN_DENSITIES["sign-of-the-mean"], lambda x, *a: x * (len(x) > 20)])
def test_the_line_is_the_same_in_every_course(function):
    student = density_student(function)
    first, *others = (examined("mixture_likelihood", student, secret)[1] for secret in ("a", "b", "a"))
    assert first and others == [first, first]


def late(x, *parameters):
    value = mixtures.log_likelihood(x, *parameters)
    value[20:] = 0
    return value


def many_components(x, *parameters):
    return mixtures.log_likelihood(x, *parameters) + (len(parameters[0]) > 3)


def far_left(x, *parameters):
    return mixtures.log_likelihood(x, *parameters) + 0.5 * (x < -1)


@pytest.mark.parametrize(
    "function,line",
    [
        (
            late,
            "x = [[0]]*21, logits = [0], means = [0], lsigmas = [0]: expected the entry [20, 0] = "
            "-0.91894, you returned 0.",
        ),
        (
            many_components,
            "x = [[0]], logits = [0, 0, 0, 0], means = [0, 0, 0, 0], lsigmas = [0, 0, 0, 0]: "
            "expected [[-0.9189]], you returned [[0.08106]].",
        ),
        (
            far_left,
            "x = [[-4]], logits = [0], means = [0], lsigmas = [0]: expected [[-8.919]], you returned "
            "[[-8.419]].",
        ),
    ],
)
def test_what_no_rung_shows_is_shrunk(function, line):
    _, lines = examined("mixture_likelihood", density_student(function))
    assert lines == {"": f" Smallest case: {line}"}


def test_questions_are_few_and_rounds_bounded():
    forks = []

    def ask(questions):
        forks.append(len(questions))
        return [reply(density_student(late), question) for question in questions]

    examples = RULES["gmm-two-ways"].examples["mixture_likelihood"]
    assert lines_about(examples, verdict([unknown("")]), {}, {}, ask)
    assert 2 < len(forks) <= 2 + counterexample.ROUNDS and max(forks) < 150


STRANGE = {
    "no numbers": np.full((3, 2), np.nan),
    "empty": np.zeros((0, 4)),
    "many axes": np.zeros((1,) * 8),
    "many": np.full(100_000, 1e300),
    "infinite": np.array(np.inf),
}
# The slowest; the same array is tried with the other tasks.
SLOW_STRANGE = {("trajectory_balance_loss", "many"), ("mean_field_step", "many axes")}


@pytest.mark.parametrize(
    ("task", "name"),
    [
        pytest.param(*case, marks=[pytest.mark.slow] * (case in SLOW_STRANGE))
        for case in itertools.product(sorted(set(RIGHT) - {"gmm_model", "train", "emgmm_model"}), STRANGE)
    ],
)
def test_strange_arrays_get_short_words(task, name):
    value = STRANGE[name]

    def student(question):
        return {"value": value, "parts": [value] * 3, "gradients": [value] * 3, "output": value}

    judged, lines = examined(task, student)
    assert judged.outcome in ("wrong", "partial", "error")
    words = [finding.message for finding in counterexample.attached(judged, lines).findings]
    assert max(map(len, words)) < 1500


@pytest.mark.parametrize(("task", "told"), [("mixture_likelihood", True), ("loss", False)])
def test_words_of_an_exception_are_told_only_where_no_right_function_was_in_the_fork(task, told):
    def ask(questions):
        assert told != any(question.stand_ins for question in questions)
        data = {"type": "ValueError", "message": "their text", "cell": task, "line": 3, "text": "f()"}
        return [Answer("error", data)] * len(questions)

    lines = lines_about(RULES["gmm-two-ways"].examples[task], verdict([unknown("")]), {}, {}, ask)
    assert ("their text" in lines[""]) == told and f"in cell {task}, line 3" in lines[""]


def test_replies_without_arrays_are_not_an_error_of_ours():
    answers = [{"value": "numbers"}, {}, {"value": [1.0]}]
    examples = RULES["gmm-two-ways"].examples["mixture_likelihood"]

    def ask(questions):
        return [Answer("answer", answers[place % 3]) for place in range(len(questions))]

    assert lines_about(examples, verdict([unknown("")]), {}, {}, ask) == {}


def test_attaching_changes_words_only():
    findings = (
        Finding("two-pi-missing", "means: Wrong.", "A hint.", kind=Kind.TERM),
        Finding("wrong-shape", "Other shape.", kind=Kind.CONVENTION),
    )
    before = Verdict("partial", 0.35, findings)
    line = f"{counterexample.MARK}x = [0]: expected 1, you returned 2."
    after = counterexample.attached(before, {"means": line})
    assert after.findings[0].message == "means: Wrong. Smallest case: x = [0]: expected 1, you returned 2."
    assert after._replace(findings=()) == before._replace(findings=())
    assert [f._replace(message="") for f in after.findings] == [f._replace(message="") for f in findings]
    assert after.findings[1] == findings[1]
    assert report.without_line(after.findings[0].message) == "means: Wrong."


NO_TEXT = SimpleNamespace(cells=(), given=())


def test_a_fault_of_ours_leaves_the_verdict(monkeypatch):
    monkeypatch.setattr(counterexample, "_climb", lambda *a: 1 / 0)
    rules = RULES["gmm-two-ways"]
    verdicts = {task.id: verdict([unknown("Wrong.")]) for task in rules.tasks}
    nothing = {task.id: {} for task in rules.tasks}
    told = interview.Interview(nothing, {}, (), (), None)
    assert afterwards.followed_up(verdicts, rules, NO_TEXT, nothing, told) == verdicts


def test_a_worker_that_fails_leaves_the_verdict():
    def ask(chapters, seconds, then):
        raise RuntimeError("the worker ended")

    rules = RULES["gmm-two-ways"]
    verdicts = {task.id: verdict([unknown("Wrong.")]) for task in rules.tasks}
    nothing = {task.id: {} for task in rules.tasks}
    told = interview.Interview(nothing, {}, (), (), ask)
    assert afterwards.followed_up(verdicts, rules, NO_TEXT, nothing, told) == verdicts


# through the jail


def graded(worker, answers):
    return solved.judged(worker, "gmm-two-ways", answers)


WRONG_CELLS = {
    "mixture_likelihood": """
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.reshape(tf.cast(x, tf.float32), [-1, 1])
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    d = (x - means) / tf.exp(lsigmas)
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) - 0.5 * d**2 - lsigmas, axis=1, keepdims=True)
""",
    "mixture_posterior_logits": """
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.reshape(tf.cast(x, tf.float32), [-1, 1])
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    if len(x) == 1:
        raise ValueError("one point is too few")
    return tf.cos(x) * means
""",
    "mstep": """
def mstep(x, posterior):
    import os
    x = np.asarray(x)
    if len(x) < 3:
        os._exit(3)
    return [np.zeros(posterior.shape[1])] * 3
""",
    "train": """
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        with tf.GradientTape() as tape:
            gain = -loss(model, inputs)
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(gain, variables), variables))
""",
}


@pytest.mark.slow  # so do the wrong answers that test_golden judges again
def test_wrong_cells_in_a_notebook_get_lines(worker):
    result = graded(worker, WRONG_CELLS)
    words = {name: " ".join(f.message for f in task.findings) for name, task in result.tasks.items()}
    assert words["mixture_likelihood"].endswith(
        "Smallest case: x = [[0]], logits = [0], means = [0], lsigmas = [0]: expected [[-0.9189]], you "
        "returned [[0]]."
    )
    # Numbers go before exceptions: at one point this answer raises.
    assert f"{counterexample.UNKNOWN} Smallest case: x = [[0], [1]], " in words["mixture_posterior_logits"]
    # The first rungs end the process of this one, which costs no more than its line.
    assert counterexample.UNKNOWN in words["mstep"]
    assert "expected means = [0.5], the model has means = [-0.5]" in words["train"]
    for name in set(result.tasks) - set(WRONG_CELLS):
        assert result.tasks[name].points == result.tasks[name].max, result.tasks[name]
        assert counterexample.MARK not in words[name]


def test_right_answers_cost_no_further_fork(worker, monkeypatch):
    forks = []
    ask = Worker.ask
    monkeypatch.setattr(Worker, "ask", lambda self, *a, **how: forks.append(a) or ask(self, *a, **how))
    wanted = []
    monkeypatch.setattr(counterexample, "search", lambda *a: wanted.append(a))
    result = graded(worker, {})
    assert result.automatic == 91 and forks and not wanted


def test_a_square_array_stays_square():
    arguments = np.ones(3), np.arange(9.0).reshape(3, 3)
    for start, transition in counterexample.fewer(arguments, {"start": ["K"], "transition": ["K", "K"]}, "K"):
        assert transition.shape == 2 * start.shape
        assert set(np.diag(transition)) <= {0, 4, 8}
