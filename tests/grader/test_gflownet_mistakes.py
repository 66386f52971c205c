"""Each named mistake of `gflownet-em` is named, and costs what the scale says; none needs the jail."""

import functools
import itertools

import numpy as np
import pytest
from ways import answer, earning_more, named, ways

from autograder import tasks
from autograder.authoring.precision import doubles
from autograder.engine.interview import questions_of
from autograder.engine.judge import Answer
from autograder.engine.scale import SCALE
from autograder.tasks.gflownet_em import (
    balance,
    gfn,
    leaves,
    likelihood,
    m_step,
    mean_field,
    oracle,
    posterior,
    posterior_sampling,
    sampling,
)
from autograder.tasks.gflownet_em.inputs import KINDS

RULES = tasks.load("gflownet-em")
TASKS = {task.id: task for task in RULES.tasks}
SECRETS = ("first", "second")
secrets = pytest.mark.parametrize("secret", ["first", pytest.param("second", marks=pytest.mark.slow)])


@functools.cache
def ask(task, secret):
    """The questions of one task; those of all take most of a second."""
    return questions_of(RULES._replace(tasks=(TASKS[task],)), secret)[task]


def judged(task, secret, value, name="value", once=False):
    """The verdict on answers that are `value(question)`, None if it raises.

    What is asked end to end stays unasked; once: so does what is asked with a second kind of right helpers.
    """
    asked = {n: q for n, q in ask(task, secret).items() if not (q.fallback or once and q.reading == KINDS[1])}
    with np.errstate(all="ignore"):
        given = {}
        for n, question in asked.items():
            result = value(question)
            if result is None:
                given[n] = Answer("error", {"type": "ValueError", "message": "shapes"})
                continue
            parts = [np.asarray(part, np.float32) for part in (result if name == "parts" else [result])]
            data = {name: parts if name == "parts" else parts[0], "gradients": []}
            if question.probe == "sample_posterior_twice":
                data["again"] = [np.asarray(part, np.float32) for part in value(question)]
            given[n] = Answer("answer", data)
        return TASKS[task].judge(asked, given)


def check(verdict, mistake):
    assert [finding.id for finding in verdict.findings] == [mistake.id], verdict.findings
    assert verdict.share == pytest.approx(SCALE.keeps[mistake.kind])


DECLARED = {
    task.id: task
    for task in (
        leaves.component_means,
        likelihood.data_log_likelihood,
        posterior.exact_posterior,
        m_step.exact_m_step,
        mean_field.mean_field_step,
        balance.trajectory_balance_loss,
    )
}


def verdict_on(task, pieces, secret="first"):
    """The verdict where these pieces of the right computation are exchanged."""
    asked = {n: q for n, q in ask(task, secret).items() if not q.fallback}
    with np.errstate(all="ignore"):
        given = {name: answer(DECLARED[task], pieces, question) for name, question in asked.items()}
        return TASKS[task].judge(asked, given)


@secrets
@pytest.mark.parametrize(
    "task, mistake",
    [(name, way) for name, task in DECLARED.items() for way in ways(task.mistakes)],
    ids=lambda value: getattr(value, "id", value),
)
def test_each_way_to_make_a_mistake_is_named(task, mistake, secret):
    verdict, keep = verdict_on(task, mistake.pieces, secret), SCALE.keeps[mistake.kind]
    assert [finding.id for finding in verdict.findings] == [mistake.id], verdict.findings
    parts = len(DECLARED[task].parts)  # a mistake is in one of them
    assert verdict.share == pytest.approx((parts - 1 + keep) / parts)


def drawn_pairs(rng, question, probabilities):
    """Pairs (i, j) for the rows of x, drawn where `probabilities` makes those of each pair of a policy."""
    q = probabilities(posterior_sampling.of_table(*question.arguments))
    flat, n = q.reshape(len(q), -1), len(question.arguments[0])
    below = rng.random((n, 1)) > np.cumsum(flat, 1)[np.arange(n) % len(flat), :-1]
    return np.divmod(below.sum(1), q.shape[2])


@secrets
@named(posterior_sampling.SAMPLING_MISTAKES)
def test_sample_posterior(mistake, secret):
    rng = np.random.default_rng(0)

    def value(question):
        return drawn_pairs(rng, question, mistake.pieces["q"])

    check(judged("sample_posterior", secret, value, "parts"), mistake)


@named(sampling.SAMPLE_DATA_MISTAKES)
def test_sample_data(mistake):
    rng = np.random.default_rng(0)
    pieces = mistake.pieces

    def value(question):
        n, means = question.arguments
        table = sampling.normalised(pieces.get("leaves", sampling.uniform)(len(means)))
        leaf = rng.choice(table.size, n, p=table.ravel())
        offsets = pieces.get("offsets", oracle.OFFSETS)
        noise = pieces.get("sigma", oracle.STD) * rng.standard_normal((n, 2))
        return means[leaf // oracle.PETALS] + offsets[leaf % oracle.PETALS] + noise

    check(judged("sample_data", "first", value, once=True), mistake)


@secrets
@named(gfn.GFN_MISTAKES)
def test_gfn_em(mistake, secret):
    def value(question):
        paths = question.probe == "gfn_paths"  # what the policy was called with is tested on its own
        return None if paths else mistake.pieces["f"](*doubles(question.arguments[:2]))

    check(judged("gfn_em", secret, value), mistake)


@pytest.mark.parametrize("numbers", [range(1), pytest.param(range(1, 10), marks=pytest.mark.slow)])
def test_right_draws_are_never_called_wrong(numbers):
    rng = np.random.default_rng(1)
    for secret in numbers:

        def pairs(question):
            return drawn_pairs(rng, question, posterior_sampling.right)

        assert judged("sample_posterior", secret, pairs, "parts").outcome == "correct"

        def points(question):
            n, means = question.arguments
            i, j = rng.integers(0, len(means), n), rng.integers(0, oracle.PETALS, n)
            return means[i] + oracle.OFFSETS[j] + oracle.STD * rng.standard_normal((n, 2))

        assert judged("sample_data", secret, points).outcome == "correct"


def test_a_pair_of_mistakes_leaves_a_fifth():
    pieces = {"prior": lambda c: 0.0, "exponent": lambda d: -(d**2).sum(-1) / oracle.STD**2}
    verdict = verdict_on("data_log_likelihood", pieces)
    assert {finding.id for finding in verdict.findings} == {"half-missing", "prior-missing"}
    assert verdict.share == pytest.approx(0.2)


def test_there_are_enough_named_mistakes():
    least = {"data_log_likelihood": 8, "exact_posterior": 8}
    tables = {name: task.mistakes for name, task in DECLARED.items()} | {
        "sample_posterior": posterior_sampling.SAMPLING_MISTAKES,
        "sample_data": sampling.SAMPLE_DATA_MISTAKES,
    }
    counts = {name: len({mistake.id for mistake in table}) for name, table in tables.items()}
    assert {name: count for name, count in counts.items() if count < least.get(name, 5)} == {}


PAIRED = {
    name: (ways(task.mistakes), functools.partial(answer, task))
    for name, task in DECLARED.items()
    if not task.returns
}


def pairs(table):
    """Places of mistakes that can be made together; a mistake in the whole leaves nothing to exchange."""
    both = itertools.combinations(enumerate(table), 2)
    chosen = [((i, j), {*one.pieces}, {*other.pieces}) for (i, one), (j, other) in both]
    return [some for some, a, b in chosen if not a & b and ("f" not in a | b or "weigh" in a | b)]


def is_one_mistake(task, pieces):
    """Whether the numbers of a pair are exactly those of a single mistake.

    Nobody can tell them apart then. It happens since sigma = 1/4 and there are four petals, so that a lost
    log sigma and a lost prior of the petals cancel.
    """
    asked = [question for question in ask(task, "first").values() if not question.fallback]

    def value(pieces, question):
        return DECLARED[task].predicted(doubles(question.arguments), pieces)

    return any(
        all(np.allclose(value(pieces, q), value(one.pieces, q), rtol=1e-12, atol=1e-12) for q in asked)
        for one in PAIRED[task][0]
    )


def earns_more(task, places):
    """Those that are two mistakes, and not one of another name."""
    found = earning_more(PAIRED[task][0], places, functools.partial(verdict_on, task))
    return (more for more in found if not is_one_mistake(task, more[0]))


# `make test-slow` tries all tasks.
@pytest.mark.parametrize(
    "task",
    [pytest.param(name, marks=[pytest.mark.slow] * (name != "trajectory_balance_loss")) for name in PAIRED],
)
def test_another_mistake_never_earns_points(task):
    places = pairs(PAIRED[task][0])
    assert not [*earns_more(task, places[:: max(1, len(places) // 40)])]


@pytest.mark.slow
@pytest.mark.parametrize("task", PAIRED)
def test_no_pair_of_mistakes_earns_more_than_one_of_them(task):
    assert not [*earns_more(task, pairs(PAIRED[task][0]))]


def parts_of_a_sweep(first, second):
    """Factors with mistakes of their own."""

    def value(question):
        x, means, q_j = doubles(question.arguments)
        q_i = mean_field.factor_with(first, x, means, 0, q_j)
        return q_i, mean_field.factor_with(second, x, means, 1, q_i)

    return value


def test_another_mistake_never_earns_points_in_a_sweep():
    q_i, q_j = (ways(mean_field.FACTOR_MISTAKES[part])[::5] for part in ("q_i", "q_j"))
    share = functools.cache(
        lambda i, j: (
            judged(
                "mean_field_step",
                "first",
                parts_of_a_sweep({} if i is None else q_i[i].pieces, {} if j is None else q_j[j].pieces),
                "parts",
                once=True,
            ).share
        )
    )
    better = [
        (q_i[i].id, q_j[j].id)
        for i, j in itertools.product(range(len(q_i)), range(len(q_j)))
        if share(i, j) > min(share(i, None), share(None, j)) + 1e-9
    ]
    assert not better


@pytest.mark.parametrize("number", [0.0, 1.0, -1.0, np.nan])
@pytest.mark.parametrize("task", PAIRED)
def test_one_number_for_whatever_is_asked_earns_nothing(task, number):
    reply = PAIRED[task][1]

    def value(question):
        return np.full_like(reply({}, question).data["value"], number)

    for secret in SECRETS:
        verdict = judged(task, secret, value)
        assert verdict.share == 0
        assert [finding.id for finding in verdict.findings] == ["not-a-known-mistake"]
