"""Each named mistake of `gflownet-em` is named, and costs what the scale says; none needs the jail."""

import functools
import itertools

import numpy as np
import pytest

from autograder import tasks
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
from autograder.tasks.gflownet_em.inputs import doubles

RULES = tasks.load("gflownet-em")
TASKS = {task.id: task for task in RULES.tasks}
SECRETS = ("first", "second")
ask = functools.lru_cache(lambda secret: questions_of(RULES, secret))


def named(mistakes):
    return pytest.mark.parametrize("mistake", mistakes, ids=lambda mistake: mistake.id)


def judged(task, secret, value, name="value"):
    """The verdict on answers that are `value(question)`, None if it raises.

    What is asked end to end stays unasked.
    """
    asked = {n: q for n, q in ask(secret)[task].items() if not q.fallback}
    with np.errstate(all="ignore"):
        given = {}
        for n, question in asked.items():
            result = value(question)
            if result is None:
                given[n] = Answer("error", {"type": "ValueError", "message": "shapes"})
                continue
            parts = [np.asarray(part, np.float32) for part in (result if name == "parts" else [result])]
            given[n] = Answer("answer", {name: parts if name == "parts" else parts[0], "gradients": []})
        return TASKS[task].judge(asked, given)


def check(verdict, mistake):
    assert [finding.id for finding in verdict.findings] == [mistake.id], verdict.findings
    assert verdict.share == pytest.approx(SCALE.keeps[mistake.kind])


@pytest.mark.parametrize("secret", SECRETS)
@named(leaves.COMPONENT_MISTAKES)
def test_component_means(mistake, secret):
    def value(question):
        wrong = mistake.pieces["f"](np.float64(question.arguments[0]))
        # What works for four superclusters only raises elsewhere.
        return None if np.isnan(wrong).any() else wrong

    check(judged("component_means", secret, value), mistake)


@pytest.mark.parametrize("secret", SECRETS)
@named(likelihood.LIKELIHOOD_MISTAKES)
def test_data_log_likelihood(mistake, secret):
    def value(question):
        return oracle.log_likelihood(*doubles(question.arguments), **mistake.pieces)

    check(judged("data_log_likelihood", secret, value), mistake)


@pytest.mark.parametrize("secret", SECRETS)
@named(posterior.POSTERIOR_MISTAKES)
def test_exact_posterior(mistake, secret):
    def value(question):
        return oracle.posterior(*doubles(question.arguments), **mistake.pieces)

    check(judged("exact_posterior", secret, value), mistake)


@pytest.mark.parametrize("secret", SECRETS)
@named(m_step.M_STEP_MISTAKES)
def test_exact_m_step(mistake, secret):
    def value(question):
        return m_step.mistaken(*doubles(question.arguments), mistake.pieces)

    check(judged("exact_m_step", secret, value), mistake)


@pytest.mark.parametrize("secret", SECRETS)
@named(mean_field.FACTOR_MISTAKES["q_i"])
def test_mean_field_step_with_a_mistake_in_q_i_only(mistake, secret):
    def value(question):
        x, means, q_j = doubles(question.arguments)
        q_i = mean_field.factor_with(mistake.pieces, x, means, 0, q_j)
        joint = oracle.log_joint(x, means).swapaxes(1, 2)
        return q_i, oracle.mean_field_factor(joint, q_i)

    verdict = judged("mean_field_step", secret, value, "parts")
    assert [finding.id for finding in verdict.findings] == [mistake.id], verdict.findings
    assert verdict.share == pytest.approx(0.5 + 0.5 * SCALE.keeps[mistake.kind])


@pytest.mark.parametrize("secret", SECRETS)
@named(mean_field.FACTOR_MISTAKES["q_j"])
def test_mean_field_step_with_a_mistake_in_q_j_only(mistake, secret):
    def value(question):
        x, means, q_j = doubles(question.arguments)
        q_i = oracle.mean_field_factor(oracle.log_joint(x, means), q_j)
        return q_i, mean_field.factor_with(mistake.pieces, x, means, 1, q_i)

    verdict = judged("mean_field_step", secret, value, "parts")
    assert [finding.id for finding in verdict.findings] == [mistake.id], verdict.findings
    assert verdict.share == pytest.approx(0.5 + 0.5 * SCALE.keeps[mistake.kind])


@pytest.mark.parametrize("secret", SECRETS)
@named(balance.BALANCE_MISTAKES)
def test_trajectory_balance_loss(mistake, secret):
    def value(question):
        residual = mistake.pieces.get("residual", lambda z, p, r: z + p - r)
        return mistake.pieces.get("reduce", balance.mean_of_squares)(residual(*doubles(question.arguments)))

    check(judged("trajectory_balance_loss", secret, value), mistake)


@pytest.mark.parametrize("secret", SECRETS)
@named(posterior_sampling.SAMPLING_MISTAKES)
def test_sample_posterior(mistake, secret):
    rng = np.random.default_rng(0)

    def value(question):
        q = mistake.pieces["q"](posterior_sampling.of_table(*question.arguments))
        flat = q.reshape(len(q), -1)
        n = len(question.arguments[0])
        drawn = np.array([rng.choice(flat.shape[1], p=flat[k % len(flat)]) for k in range(n)])
        return np.divmod(drawn, q.shape[2])

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

    check(judged("sample_data", "first", value), mistake)


@pytest.mark.parametrize("secret", SECRETS)
@named(gfn.GFN_MISTAKES)
def test_gfn_em(mistake, secret):
    def value(question):
        paths = question.probe == "gfn_paths"  # what the policy was called with is tested on its own
        return None if paths else mistake.pieces["f"](*doubles(question.arguments[:2]))

    check(judged("gfn_em", secret, value), mistake)


@pytest.mark.parametrize("secrets", [range(3), pytest.param(range(3, 10), marks=pytest.mark.slow)])
def test_right_draws_are_never_called_wrong(secrets):
    rng = np.random.default_rng(1)
    for secret in secrets:
        def pairs(question):
            q = posterior_sampling.right(posterior_sampling.of_table(*question.arguments))
            flat = q.reshape(len(q), -1)
            n = len(question.arguments[0])
            below = rng.random((n, 1)) > np.cumsum(flat, 1)[np.arange(n) % len(flat), :-1]
            return np.divmod(below.sum(1), q.shape[2])

        assert judged("sample_posterior", secret, pairs, "parts").outcome == "correct"

        def points(question):
            n, means = question.arguments
            i, j = rng.integers(0, len(means), n), rng.integers(0, oracle.PETALS, n)
            return means[i] + oracle.OFFSETS[j] + oracle.STD * rng.standard_normal((n, 2))

        assert judged("sample_data", secret, points).outcome == "correct"


def test_a_pair_of_mistakes_leaves_a_fifth():
    def value(question):
        pieces = {"prior": lambda c: 0.0, "exponent": lambda d: -(d**2).sum(-1) / oracle.STD**2}
        return oracle.log_likelihood(*doubles(question.arguments), **pieces)

    verdict = judged("data_log_likelihood", "first", value)
    assert {finding.id for finding in verdict.findings} == {"half-missing", "prior-missing"}
    assert verdict.share == pytest.approx(0.2)


def test_there_are_enough_named_mistakes():
    tables = {
        "data_log_likelihood": (likelihood.LIKELIHOOD_MISTAKES, 8),
        "exact_posterior": (posterior.POSTERIOR_MISTAKES, 8),
        "component_means": (leaves.COMPONENT_MISTAKES, 5),
        "exact_m_step": (m_step.M_STEP_MISTAKES, 5),
        "mean_field_step": (mean_field.FACTOR_MISTAKES["q_i"], 5),
        "trajectory_balance_loss": (balance.BALANCE_MISTAKES, 5),
        "sample_posterior": (posterior_sampling.SAMPLING_MISTAKES, 5),
        "sample_data": (sampling.SAMPLE_DATA_MISTAKES, 5),
    }
    assert {n: len({m.id for m in table}) for n, (table, least) in tables.items() if
            len({m.id for m in table}) < least} == {}  # fmt: skip


def component_means_value(pieces, question):
    return pieces.get("f", oracle.components)(np.float64(question.arguments[0]))


def data_log_likelihood_value(pieces, question):
    return oracle.log_likelihood(*doubles(question.arguments), **pieces)


def exact_posterior_value(pieces, question):
    return oracle.posterior(*doubles(question.arguments), **pieces)


def exact_m_step_value(pieces, question):
    x, q = doubles(question.arguments)
    return pieces.get("f", oracle.m_step)(x, pieces.get("q", lambda q: q)(q))


def trajectory_balance_loss_value(pieces, question):
    residual = pieces.get("residual", lambda z, p, r: z + p - r)
    return pieces.get("reduce", balance.mean_of_squares)(residual(*doubles(question.arguments)))


PAIRED = {
    "component_means": (leaves.COMPONENT_MISTAKES, component_means_value),
    "data_log_likelihood": (likelihood.LIKELIHOOD_MISTAKES, data_log_likelihood_value),
    "exact_posterior": (posterior.POSTERIOR_MISTAKES, exact_posterior_value),
    "exact_m_step": (m_step.M_STEP_MISTAKES, exact_m_step_value),
    "trajectory_balance_loss": (balance.BALANCE_MISTAKES, trajectory_balance_loss_value),
}


def pairs(table):
    """Places of mistakes that can be made together."""
    return [
        (i, j)
        for (i, first), (j, second) in itertools.combinations(enumerate(table), 2)
        if not first.pieces.keys() & second.pieces.keys()
    ]


def is_one_mistake(task, pieces):
    """Whether the numbers of a pair are exactly those of a single mistake.

    Nobody can tell them apart then. It happens since sigma = 1/4 and there are four petals, so that a lost
    log sigma and a lost prior of the petals cancel.
    """
    table, value = PAIRED[task]
    asked = [question for question in ask("first")[task].values() if not question.fallback]
    with np.errstate(all="ignore"):
        return any(
            all(np.allclose(value(pieces, q), value(one.pieces, q), rtol=1e-12, atol=1e-12) for q in asked)
            for one in table
        )


def earns_more(task, places):
    """Those of the pairs that earn more than one of their mistakes alone, though they are two."""
    table, value = PAIRED[task]
    share = functools.cache(
        lambda i: judged(task, "first", lambda question: value(table[i].pieces, question)).share
    )
    for i, j in places:
        pieces = {**table[i].pieces, **table[j].pieces}
        both = judged(task, "first", lambda question, pieces=pieces: value(pieces, question))
        more = both.outcome != "correct" and both.share > min(share(i), share(j)) + 1e-9
        if more and not is_one_mistake(task, pieces):
            yield table[i].id, table[j].id, share(i), share(j), both


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
    q_i, q_j = (mean_field.FACTOR_MISTAKES[part][::5] for part in ("q_i", "q_j"))
    share = functools.cache(
        lambda i, j: judged(
            "mean_field_step",
            "first",
            parts_of_a_sweep(
                {} if i is None else q_i[i].pieces, {} if j is None else q_j[j].pieces
            ),
            "parts",
        ).share
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
    value = PAIRED[task][1]
    for secret in SECRETS:
        verdict = judged(task, secret, lambda question: np.full_like(value({}, question), number))
        assert verdict.share == 0
        assert [finding.id for finding in verdict.findings] == ["not-a-known-mistake"]
