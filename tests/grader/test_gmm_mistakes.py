"""Each named mistake of `gmm-two-ways` is named, and costs what the scale says; none needs the jail."""

import functools
import itertools

import numpy as np
import pytest
from scipy.special import softmax
from ways import answer, earning_more, named, single, ways

from autograder import tasks
from autograder.engine.interview import questions_of
from autograder.engine.judge import EITHER, Answer, explain, known
from autograder.engine.scale import SCALE, Kind
from autograder.tasks.gmm_two_ways import (
    density,
    emgmm,
    gmm,
    loss,
    m_step,
    oracle,
    posterior,
    sampling,
    training,
)
from autograder.tasks.gmm_two_ways.inputs import flat

RULES = tasks.load("gmm-two-ways")
TASKS = {task.id: task for task in RULES.tasks}
SECRETS = ("first", "second")
secrets = pytest.mark.parametrize("secret", ["first", pytest.param("second", marks=pytest.mark.slow)])
ask = functools.lru_cache(lambda secret: questions_of(RULES, secret))


def judged(task, secret, reply):
    """The verdict on answers that are `reply(question)`; what is asked end to end stays unasked."""
    asked = {n: q for n, q in ask(secret)[task].items() if not q.fallback}
    with np.errstate(all="ignore"):
        given = {name: reply(question) for name, question in asked.items()}
        return TASKS[task].judge(asked, given)


def check(verdict, mistake, share=None):
    assert [finding.id for finding in verdict.findings] == [mistake.id], verdict.findings
    assert verdict.share == pytest.approx(SCALE.keeps[mistake.kind] if share is None else share)


# What each task that is not declared is answered with when these pieces of it are exchanged.


def train_reply(pieces, question):
    x, start, _, steps = question.arguments
    x, *theta = flat((x, *start))
    scale = len(x) if question.freedom["summed"] else 1.0
    weights = training.with_mistake(x, theta, {"scale": scale, **pieces})
    return {"weights": weights, "iterations": np.array(float(pieces.get("steps", steps)))}


def emgmm_reply(pieces, question):
    x, start = question.arguments
    x, *theta = flat((x, *start))
    after = pieces.get("f", emgmm.em)(x, theta)
    return {"first": theta, "before": theta, "after": list(after), "trainable": 0}


def make_data_reply(pieces, question, seed=0):
    rng = np.random.default_rng(seed)
    n, *parameters = question.arguments
    logits, means, lsigmas = (np.float64(value) for value in parameters)
    weights = pieces.get("weights", softmax)(logits)
    sigmas = pieces.get("sigmas", np.exp)(lsigmas)
    z = rng.choice(len(weights), n, p=weights / weights.sum())
    law = pieces.get("law")
    if law is None:
        noise = NOISE.get(pieces.get("noise"), lambda rng, z: rng.standard_normal(z.shape))
        value = means[z] + sigmas[z] * noise(rng, z)
    elif law is sampling.crossed:
        value = means[z] + sigmas[rng.permutation(z)] * rng.standard_normal(n)
    else:
        # Steps of a tenth of the narrowest spread: with so few draws, no test sees the interpolation.
        grid = np.linspace(-600, 600, 60_001)
        value = np.interp(rng.random(n), law(weights, means, sigmas)(grid), grid)
    return {"value": value[:, None]}


def drawn_again(rng, z):
    """Normal noise, where what is more than two sigma away is drawn again."""
    e = rng.standard_normal(z.shape)
    while (far := np.abs(e) > 2).any():
        e[far] = rng.standard_normal(far.sum())
    return e


NOISE = {
    sampling.truncated_noise: drawn_again,
    sampling.no_noise: lambda rng, z: np.zeros(z.shape),
    sampling.one_draw: lambda rng, z: rng.standard_normal(10)[z],
}
NOISE |= {
    way["noise"]: lambda rng, z, ends=ends: rng.uniform(*ends, z.shape)
    for mistake in sampling.MAKE_DATA_MISTAKES
    if mistake.id == "uniform-noise"
    for way, ends in zip(
        mistake.variants, ((-1, 1), (0, 1), (-0.5, 0.5), (-np.sqrt(3), np.sqrt(3))), strict=True
    )
}


def replied(reply):
    return lambda pieces, question: single(Answer("answer", reply(pieces, question)))


DECLARED = (
    density.mixture_likelihood,
    gmm.gmm_model,
    loss.loss,
    posterior.mixture_posterior_logits,
    m_step.mstep,
)
TABLES = {
    "make_data": (ways(sampling.MAKE_DATA_MISTAKES), replied(make_data_reply)),
    "train": (ways(training.TRAIN_MISTAKES), replied(train_reply)),
    "emgmm_model": (ways(emgmm.EMGMM_MISTAKES), replied(emgmm_reply)),
} | {task.id: (ways(task.mistakes), functools.partial(answer, task)) for task in DECLARED}


def verdict_on(task, pieces, secret):
    reply = TABLES[task][1]
    return judged(task, secret, lambda question: reply(pieces, question))


def cases(task):
    return pytest.mark.parametrize("mistake", TABLES[task][0], ids=lambda way: way.id)


@pytest.mark.parametrize("task", TABLES)
def test_right_answers_have_no_findings(task):
    for secret in SECRETS:
        found = verdict_on(task, {}, secret)
        assert found.outcome == "correct"
        assert {f.kind for f in found.findings} <= {Kind.ADVICE}  # advice costs nothing


@secrets
@cases("make_data")
def test_make_data(mistake, secret):
    check(verdict_on("make_data", mistake.pieces, secret), mistake)


@secrets
@cases("mixture_likelihood")
def test_mixture_likelihood(mistake, secret):
    check(verdict_on("mixture_likelihood", mistake.pieces, secret), mistake)


def test_half_precision_is_imprecise():
    for secret in SECRETS:

        def half(question):
            data = answer(density.mixture_likelihood, {}, question).data
            return Answer("answer", {name: np.float16(value) for name, value in data.items()})

        assert [f.id for f in judged("mixture_likelihood", secret, half).findings] == ["imprecise"]


@secrets
@cases("gmm_model")
def test_gmm_model(mistake, secret):
    check(verdict_on("gmm_model", mistake.pieces, secret), mistake)


@secrets
@cases("loss")
def test_loss(mistake, secret):
    check(verdict_on("loss", mistake.pieces, secret), mistake)


@secrets
@cases("train")
def test_train(mistake, secret):
    verdict = verdict_on("train", mistake.pieces, secret)
    if mistake.id == "gradients-clipped" and not verdict.findings:
        return  # the gradients are shorter than the bound
    check(verdict, mistake)


def test_what_is_remembered_of_mistakes_is_for_the_same_inputs_alone():
    with np.errstate(all="ignore"):
        for secret in (*SECRETS, *SECRETS):
            x, start = ask(secret)["emgmm_model"]["own"].arguments
            x, *before = flat((x, *start))
            for way in TABLES["emgmm_model"][0]:
                found = emgmm.weights_after(way.pieces["f"], *(part.tobytes() for part in (x, *before)))
                for part, right in zip(found, way.pieces["f"](x, before), strict=True):
                    np.testing.assert_array_equal(part, right)
            arguments = ask(secret)["train"]["own"].arguments
            x, *start = flat((arguments[0], *arguments[1]))
            for way in TABLES["train"][0]:
                found = training.predicted(arguments, way.pieces)
                np.testing.assert_array_equal(found, training.with_mistake(x, start, way.pieces))


def test_short_bounds_clip_gradients():
    clips = [way for way in TABLES["train"][0] if way.id == "gradients-clipped"]
    for secret in SECRETS:
        assert sum(bool(verdict_on("train", clip.pieces, secret).findings) for clip in clips) > len(clips) / 2


@secrets
@cases("mixture_posterior_logits")
def test_mixture_posterior_logits(mistake, secret):
    check(verdict_on("mixture_posterior_logits", mistake.pieces, secret), mistake)


@secrets
@cases("mstep")
def test_mstep(mistake, secret):
    verdict, keep = verdict_on("mstep", mistake.pieces, secret), SCALE.keeps[mistake.kind]
    check(verdict, mistake, keep if "r" in mistake.pieces else (2 + keep) / 3)


@secrets
@named(m_step.MSTEP_MISTAKES["means"])
def test_sigmas_around_wrong_means_are_wrong_too(mistake, secret):
    def reply(question):
        x, r = m_step.arguments(question)
        means = mistake.pieces["f"](x, r)
        parts = [oracle.new_weights(x, r), means, m_step.around(x, r, means)]
        return single(Answer("answer", {"parts": parts}))

    keep = SCALE.keeps[mistake.kind]
    check(judged("mstep", secret, reply), mistake, (1 + keep + SCALE.keeps[Kind.TERM]) / 3)


@secrets
@cases("emgmm_model")
def test_emgmm_model(mistake, secret):
    check(verdict_on("emgmm_model", mistake.pieces, secret), mistake)


def pairs(table):
    """Places of mistakes that can be made together.

    One in the responsibilities spoils all parts of an M step.
    """
    return [
        (i, j)
        for (i, first), (j, second) in itertools.combinations(enumerate(table), 2)
        if not first.pieces.keys() & second.pieces.keys()
        and "r" not in first.pieces.keys() | second.pieces.keys()
    ]


def earns_more(task, places):
    return earning_more(TABLES[task][0], places, functools.partial(verdict_on, task, secret="first"))


# `make test-slow` tries all tasks.
@pytest.mark.parametrize(
    "task", [pytest.param(name, marks=[pytest.mark.slow] * (name != "mstep")) for name in TABLES]
)
def test_another_mistake_never_earns_points(task):
    places = pairs(TABLES[task][0])
    assert not [*earns_more(task, places[:: max(1, len(places) // 40)])]


@pytest.mark.slow
@pytest.mark.parametrize("task", TABLES)
def test_no_pair_of_mistakes_earns_more_than_one_of_them(task):
    assert not [*earns_more(task, pairs(TABLES[task][0]))]


def constant(told, number):
    return Answer(
        "answer",
        {
            name: [np.full_like(part, number) for part in value]
            if isinstance(value, list | tuple)
            else np.full_like(np.asarray(value, float), number)
            for name, value in told.data.items()
        },
    )


@pytest.mark.parametrize("number", [0.0, 1.0, -1.0, np.nan])
@pytest.mark.parametrize(
    "task", ["make_data", "mixture_likelihood", "loss", "mixture_posterior_logits", "mstep"]
)
def test_one_number_for_whatever_is_asked_earns_nothing(task, number):
    reply = TABLES[task][1]
    for secret in SECRETS:
        verdict = judged(task, secret, lambda question: constant(reply({}, question), number))
        assert verdict.share == 0
        named = {finding.id for finding in verdict.findings} - {"not-a-known-mistake", "repeated-draws"}
        assert named <= {"uniform-weights", "parameters-ignored"}


def test_numbers_near_zero_or_none_fit_no_mistake_in_a_density():
    """Where one component is far above the others, the largest logarithm is all but the sum."""

    def reply(question):
        told = answer(density.mixture_likelihood, {}, question)
        if question.probe == "gradient":
            return told
        size = told.data["value"].size
        value = np.full(size, np.nan) if question.arguments[-1].min() < 0 else 2e-4 * np.sin(np.arange(size))
        return Answer("answer", {"value": value[:, None]})

    for secret in SECRETS:
        assert judged("mixture_likelihood", secret, reply).share == 0


def test_an_answer_that_fits_several_mistakes_is_told_so():
    mild, grave, other = (
        known(id, kind, f"It is {id}.", "Look.", {piece: id})
        for id, kind, piece in (
            ("mild", Kind.TERM, "a"),
            ("grave", Kind.STRUCTURE, "a"),
            ("other", Kind.TERM, "b"),
        )
    )
    (either,) = explain(lambda pieces: pieces.get("a") is not None, [grave, mild, other])
    assert either.id == f"mild{EITHER}grave" and either.kind is Kind.TERM
    assert "It is mild. Or: It is grave." in either.message
    (pairs,) = explain(lambda pieces: len(pieces) == 2, [grave, mild, other])
    assert set(pairs.id.split(EITHER)) == {"mild", "grave", "other"} and pairs.kind is Kind.TWO
    idle = known("idle", Kind.NOTHING, "It is idle.", "Look.", {"b": "idle"})
    (worst,) = explain(lambda pieces: len(pieces) == 2, [grave, mild, idle])
    assert worst.kind is Kind.NOTHING  # a pair keeps no more than either of its mistakes
    pair = explain(lambda pieces: pieces == {"a": "mild", "b": "other"}, [grave, mild, other])
    assert [finding.id for finding in pair] == ["mild", "other"]


def test_there_are_enough_named_mistakes():
    least = {"make_data": 6, "mixture_likelihood": 8, "mixture_posterior_logits": 8, "mstep": 6}
    for task, (table, _) in TABLES.items():
        assert len({mistake.id for mistake in table}) >= least.get(task, 5), task


@pytest.mark.parametrize("task", ["make_data", "mixture_likelihood", "mixture_posterior_logits"])
def test_being_cut_short_is_not_taken_for_being_right_for_five_components_only(task):
    reply = TABLES[task][1]
    asked = {n: q for n, q in ask("first")[task].items() if not q.fallback}
    given = dict.fromkeys(asked, Answer("timeout", {}))
    with_five = [name for name in asked if name.split()[-1] in ("five", density.FIVE)]
    given |= {name: reply({}, asked[name]) for name in with_five}
    assert with_five
    verdict = TASKS[task].judge(asked, given)
    assert verdict.outcome == "timeout" and verdict.share == 0


@pytest.mark.parametrize("task", [task.id for task in DECLARED])
def test_what_raises_at_every_question_says_what_it_raised(task):
    asked = {n: q for n, q in ask("first")[task].items() if not q.fallback}
    verdict = TASKS[task].judge(asked, dict.fromkeys(asked, Answer("error", {"type": "ValueError"})))
    assert verdict.outcome == "error" and "ValueError" in verdict.findings[0].message
