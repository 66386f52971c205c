"""Bounds on how often the statistical tests accuse a right answer, and pass each known mistake."""

import inspect
from typing import NamedTuple

import numpy as np
import power
import pytest
from scipy import stats
from scipy.special import softmax
from ways import ways

from autograder import tasks
from autograder.authoring.counting import likely
from autograder.engine import interview
from autograder.tasks.gflownet_em import posterior_sampling, sampling
from autograder.tasks.gflownet_em.oracle import OFFSETS, PETALS, STD
from autograder.tasks.gmm_two_ways import sampling as mixture_sampling


@pytest.mark.parametrize(("n", "p"), [(50, 0.03), (400, 0.4), (3_000, 0.9)])
@pytest.mark.parametrize("level", [1e-2, 1e-8])
def test_the_region_is_that_of_the_exact_test(n, p, level):
    low, high = power.binomial_region(n, p, level)
    for count in (low, high):
        assert stats.binomtest(count, n, p).pvalue >= level
    assert low == 0 or stats.binomtest(low - 1, n, p).pvalue < level
    assert high == n or stats.binomtest(high + 1, n, p).pvalue < level


@pytest.mark.parametrize(("n", "p"), [(1, 0.5), (40, 1.0), (3_000, 0.03)])
@pytest.mark.parametrize("level", [1e-2, 1e-9])
def test_counts_are_likely_where_scipys_tests_pass_them(n, p, level):
    around = n * p + np.sqrt(n * p) * np.linspace(-8, 8, 33)
    counts = np.unique(np.clip(around, 0, n).astype(int))
    passed = [stats.binomtest(count, n, p).pvalue >= level for count in counts]
    assert [likely(count, n, p, level) for count in counts] == passed
    # Each with its own probability; one that does not pass is enough.
    assert likely(counts[passed], n, np.full(sum(passed), p), level)
    assert likely(counts, n, np.full(len(counts), p), level) == all(passed)


def test_what_is_no_probability_is_no_likely_count():
    with pytest.raises(ValueError, match="nan"):
        likely([3, 2], 5, [0.5, np.nan], 1e-9)


def samples(of, sizes=(2, 40, 2_000, 20_000)):
    """Standard normal draws of each size, and draws that are more and more off."""
    rng = np.random.default_rng(of)
    for size in sizes:
        e = rng.standard_normal(size)
        for off in (0, 3, 4, 5, 6, 40):
            yield e + off / np.sqrt(size)
            yield e * (1 + off / np.sqrt(size))


def same_pvalue(found, right):
    """Whether p-values are equal, or both below the rate of false alarms."""
    level = mixture_sampling.FALSE_ALARM
    return found == pytest.approx(right, rel=1e-12) if right >= level else found < level


@pytest.mark.parametrize(
    ("law", "right"),
    [
        (mixture_sampling.normal(0.1, 1.2), stats.norm(0.1, 1.2)),
        (lambda x: np.clip((x + 3) / 6, 0, 1), stats.uniform(-3, 6)),
        (stats.t(9).cdf, stats.t(9)),
    ],
)
def test_the_test_of_a_distribution_function_is_that_of_kolmogorov_and_smirnov(law, right):
    decided = set()
    for e in samples(1):
        want = stats.kstest(e, right.cdf).pvalue
        assert same_pvalue(mixture_sampling.distance_pvalue(e, law), want)
        decided.add(want >= mixture_sampling.FALSE_ALARM)
    assert decided == {False, True}


def test_pvalues_of_noise_are_those_of_scipys_distributions():
    for e in samples(2):
        chi, square = stats.chi2(len(e) - 1), ((e - e.mean()) ** 2).sum()
        mean, spread, shape = mixture_sampling.normal_noise(e)
        right = [2 * stats.norm.sf(abs(e.mean()) * np.sqrt(len(e))), 2 * min(chi.cdf(square), chi.sf(square))]
        np.testing.assert_allclose([mean, spread], right, rtol=1e-12, atol=0)
        assert same_pvalue(shape, stats.kstest(e, "norm").pvalue)


def test_laws_are_those_of_scipys_distributions():
    x, weights = np.linspace(-9, 9, 101), np.array([0.2, 0.8])
    means, sigmas = np.array([-1.0, 2.0]), np.array([0.5, 3.0])
    right = sum(w * stats.norm(m, s).cdf(x) for w, m, s in zip(weights, means, sigmas, strict=True))
    np.testing.assert_allclose(mixture_sampling.normals(weights, means, sigmas)(x), right, rtol=1e-12)
    for low, high in ((-1, 1), (0, 1), (-np.sqrt(3), np.sqrt(3))):
        e = np.random.default_rng(3).uniform(low, high, 500)
        (found,) = mixture_sampling.uniform_noise(low, high)(e)
        assert same_pvalue(found, stats.kstest(e, stats.uniform(low, high - low).cdf).pvalue)


TRIALS = 2_000


def near(rate, wanted):
    return abs(rate - wanted) < 5 * np.sqrt(wanted * (1 - wanted) / TRIALS)


def test_binomial_power_is_that_of_a_simulation():
    n, p, true, level = 200, 0.5, 0.6, 1e-2
    counts, times = np.unique(np.random.default_rng(0).binomial(n, true, TRIALS), return_counts=True)
    passed = [stats.binomtest(count, n, p).pvalue >= level for count in counts]
    missed = np.average(passed, weights=times)
    wanted = power.binomial_miss(n, p, true, level)
    assert 0.3 < wanted < 0.7 and near(missed, wanted)


def test_variance_power_is_that_of_a_simulation():
    n, ratio, level = 40, 1.3, 1e-2
    e = ratio * np.random.default_rng(0).standard_normal((TRIALS, n))
    square = ((e - e.mean(1, keepdims=True)) ** 2).sum(1)
    chi = stats.chi2(n - 1)
    missed = np.mean(2 * np.minimum(chi.cdf(square), chi.sf(square)) >= level)
    wanted = power.variance_miss(n, ratio, level)
    assert 0.3 < wanted < 0.7 and near(missed, wanted)


def test_the_bound_of_kolmogorov_and_smirnov_holds_in_a_simulation():
    n, level, rng = 400, 1e-2, np.random.default_rng(0)
    distance = stats.norm.cdf(0.1) - stats.norm.cdf(-0.1)  # of N(0.2, 1) from N(0, 1)
    missed = np.mean([stats.kstest(rng.normal(0.2, 1, n), "norm").pvalue >= level for _ in range(300)])
    assert missed <= power.ks_miss(n, distance, level) <= 1
    assert power.ks_miss(n, 0.3, level) < 1e-3 < power.ks_miss(n, 0.1, level)
    assert np.mean([stats.kstest(rng.normal(0.8, 1, n), "norm").pvalue >= level for _ in range(300)]) == 0


def test_random_sizes_are_bounded():
    n, p, rng = 300, 0.4, np.random.default_rng(0)

    def miss(size):
        return power.variance_miss(size, 1.4, 1e-2)

    sizes, times = np.unique(rng.binomial(n, p, TRIALS), return_counts=True)
    mean = np.average([miss(size) for size in sizes], weights=times)
    assert mean <= power.at_least(n, p, miss) <= 1


class Line(NamedTuple):
    """A mistake of a task's table, the test that sees it best, and at most how often it passes for right."""

    task: str
    mistake: str
    test: str
    miss: float


GRID = np.linspace(-8, 8, 8001)  # of standardised noise


class Component(NamedTuple):
    """What a mistake makes of a component, as the judge tells components apart: by position."""

    share: float  # of the points
    noise: np.ndarray  # its distribution function on GRID
    spread: float | None  # standard deviation of the noise, if its squares vary at most as normal ones do


def under_mistake(mistake, logits, means, lsigmas):
    """The Components under a known mistake of `make_data`."""
    pieces, right = mistake.pieces, np.exp(lsigmas)
    weights, sigmas = pieces.get("weights", softmax)(logits), pieces.get("sigmas", np.exp)(lsigmas)
    if "law" in pieces:
        law = pieces["law"](weights, means, sigmas)
        ends = law(np.array([-np.inf, *(means[1:] + means[:-1]) / 2, np.inf]))
        around = zip(np.diff(ends), ends, means, right, strict=False)
        return [Component(q, (law(m + s * GRID) - low) / max(q, 1e-300), None) for q, low, m, s in around]
    noise = pieces.get("noise", mixture_sampling.normal_noise)
    if noise is mixture_sampling.truncated_noise:
        # Its squares vary less than those of normal noise with the same spread, which passes more often.
        cut = stats.truncnorm(-2, 2)
        assert cut.moment(4) < 3 * cut.var() ** 2
        return [Component(q, cut.cdf(GRID), cut.std()) for q in weights]
    if noise is mixture_sampling.normal_noise:
        return [
            Component(q, stats.norm.cdf(GRID * s / other), other / s)
            for q, s, other in zip(weights, right, sigmas, strict=True)
        ]
    if noise in (mixture_sampling.no_noise, mixture_sampling.one_draw):
        return [Component(q, np.heaviside(GRID, 1.0), 0.0) for q in weights]
    ends = inspect.getclosurevars(noise).nonlocals  # of mixture_sampling.uniform_noise
    cdf = stats.uniform(ends["low"], ends["high"] - ends["low"]).cdf(GRID)
    return [Component(q, cdf, None) for q in weights]


def make_data_lines():
    question = mixture_sampling.make_data_questions(np.random.default_rng(0))["many"]
    n, *parameters = question.arguments
    logits, means, lsigmas = map(np.float64, parameters)
    level = mixture_sampling.FALSE_ALARM
    for mistake in ways(mixture_sampling.MAKE_DATA_MISTAKES):
        found = {}
        for k, (p, made) in enumerate(
            zip(softmax(logits), under_mistake(mistake, logits, means, lsigmas), strict=True)
        ):
            share = float(np.clip(made.share, 0, 1))
            found[f"count of component {k}"] = power.binomial_miss(n, p, share, level)
            if made.spread is not None:
                found[f"variance of component {k}"] = power.at_least(
                    n, share, lambda size, s=made.spread: power.variance_miss(size, s, level)
                )
            apart = np.abs(made.noise - stats.norm.cdf(GRID)).max()
            found[f"shape of component {k}"] = power.at_least(
                n, share, lambda size, d=apart: power.ks_miss(size, d, level)
            )
        yield line("make_data", mistake, found)


def line(task, mistake, found):
    best = min(found, key=found.get)
    return Line(task, mistake.id, best, found[best])


def cells(weights, offsets, sigma):
    """Probability of each cell around a supercluster, (16,)."""
    steps = sampling.EDGES[:, None, None] - offsets
    along = np.diff(stats.norm.cdf(steps / sigma), axis=0)
    return np.einsum("ap,bp,p->ab", along[..., 0], along[..., 1], weights).ravel()


def apart(weights, offsets, sigma):
    """sup |F - G| of the first coordinate around a supercluster, at least."""
    at = np.linspace(-6, 6, 4001)[:, None]
    wrong = stats.norm.cdf((at - offsets[:, 0]) / sigma) @ weights
    return np.abs(wrong - stats.norm.cdf((at - OFFSETS[:, 0]) / STD).mean(1)).max()


def distances_apart(weights, offsets, sigma):
    """sup |F - G| of the first coordinate's distance from its supercluster, at least."""
    at = np.linspace(0, 6, 2001)[:, None]

    def within(weights, offsets, sigma):
        above, below = (stats.norm.cdf((end - offsets[:, 0]) / sigma) for end in (at, -at))
        return (above - below) @ weights

    right = within(np.full(PETALS, 1 / PETALS), OFFSETS, STD)
    return np.abs(within(weights, offsets, sigma) - right).max()


# Right functions return arrays, then tensors; then the notebook's own are used: an answer is judged up to
# this many times, and right once is right.
CHANCES = 3


def sample_data_lines():
    questions = sampling.sample_data_questions(np.random.default_rng(0))
    n, means = questions["array many"].arguments
    c, level = len(means), sampling.FALSE_ALARM
    even = np.full(PETALS, 1 / PETALS)
    right = np.clip(cells(even, OFFSETS, STD), 0, 1)
    for mistake in ways(sampling.SAMPLE_DATA_MISTAKES):
        leaves = sampling.normalised(mistake.pieces.get("leaves", sampling.uniform)(c))
        offsets, sigma = mistake.pieces.get("offsets", OFFSETS), mistake.pieces.get("sigma", STD)
        all_apart = distances_apart(leaves.sum(0), offsets, sigma)
        found = {"distances from all superclusters": power.ks_miss(n, all_apart, level)}
        for k, share in enumerate(leaves.sum(1)):
            found[f"count of supercluster {k}"] = power.binomial_miss(n, 1 / c, min(share, 1.0), level)
            if share > 0:
                true = np.clip(cells(leaves[k] / share, offsets, sigma), 0, 1)
                cell = int(np.argmax(np.abs(true - right) / np.sqrt(right * (1 - right) + 1e-9)))
                p, q = right[cell], true[cell]
                found[f"cell {cell} around supercluster {k}"] = power.at_least(
                    n, min(share, 1.0), lambda size, p=p, q=q: power.binomial_miss(size, p, q, level)
                )
                distance = apart(leaves[k] / share, offsets, sigma)
                found[f"first coordinate around supercluster {k}"] = power.at_least(
                    n, min(share, 1.0), lambda size, d=distance: power.ks_miss(size, d, level)
                )
        best = line("sample_data", mistake, found)
        yield best._replace(miss=min(1.0, CHANCES * best.miss))


def sharpest(p, q, n, level):
    """At most how often n draws from q pass the binomial tests of p: as often as the one that sees most."""
    p, q = p.ravel(), q.ravel()
    beyond = np.abs(q - p) * np.sqrt(n) - stats.norm.isf(level / 2) * np.sqrt(p * (1 - p))
    at = int(np.argmax(beyond / np.sqrt(q * (1 - q) + 1 / n)))
    return power.binomial_miss(n, p[at], q[at], level)


def of_one_count(tables, totals, n, level):
    """At most how often the tests of one kind of count are passed.

    Each of the tables is of n draws at a point of its own, independent of the others; `totals` are of all.
    """
    each = power.independent([sharpest(p, q, n, level) for p, q in tables])
    return min(each, sharpest(*totals, n * len(tables), level))


def leaf_misses(right, wrong, repeats, level):
    """At most how often the tests of leaves, and of superclusters, pass counts drawn from `wrong` (S, C, P).

    The counts of all points together are no binomial draws under `wrong` either; they vary less than the
    binomial with the mean probability, for which the bound is computed (Hoeffding 1956).
    """
    found = []
    for p, q in ((right, wrong), (right.sum(2), wrong.sum(2))):
        found.append(of_one_count(list(zip(p, q, strict=True)), (p.mean(0), q.mean(0)), repeats, level))
    return min(found)


def policy_of(question):
    return posterior_sampling.of_table(*question.arguments)


def sample_posterior_misses(secret):
    """{place in the table of mistakes: (label of the question that sees it best, miss)} for one secret."""
    assignment, one = tasks.load("gflownet-em"), posterior_sampling.sample_posterior
    questions = interview.questions_of(assignment._replace(tasks=(one,)), secret)[one.id]
    found = {}
    for label in ("many", "five"):
        policy, repeats = policy_of(questions[label]), len(questions[label].arguments[0])
        repeats //= posterior_sampling.POINTS
        right = posterior_sampling.right(policy)
        for place, mistake in enumerate(ways(posterior_sampling.SAMPLING_MISTAKES)):
            wrong = np.broadcast_to(mistake.pieces["q"](policy), right.shape)
            miss = leaf_misses(right, wrong, repeats, posterior_sampling.FALSE_ALARM)
            if miss < found.get(place, ("", 2.0))[1]:
                found[place] = label, miss
    return found


def sample_posterior_lines(secrets):
    """The worst of many secrets, whose policies differ."""
    tests = sample_posterior_tests()
    worst = {}
    for secret in secrets:
        for place, (label, miss) in sample_posterior_misses(secret).items():
            if miss >= worst.get(place, ("", -1.0))[1]:
                worst[place] = label, miss
    for place, (label, miss) in worst.items():
        mistake = ways(posterior_sampling.SAMPLING_MISTAKES)[place]
        # Judged with the notebook's own policy, too: what is drawn from the mistake's probabilities passes
        # for right there only where a test of the mistake itself fails.
        miss = min(1.0, miss + tests * posterior_sampling.FALSE_ALARM)
        test = f"leaves of question {label}, the worst of {len(secrets)} secrets"
        yield Line("sample_posterior", mistake.id, test, miss)


def sample_posterior_tests():
    """How many tests a right answer must pass: of every leaf and supercluster, at each point and at all."""
    example = posterior_sampling.sample_posterior_questions(np.random.default_rng(0))
    shapes = [policy_of(example[label]).logits_j.shape for label in ("many", "five")]
    return sum((points + 1) * (c * petals + c) for points, c, petals in shapes)


def test_known_mistakes_of_every_statistical_task_are_caught():
    lines = [*make_data_lines(), *sample_data_lines(), *sample_posterior_lines(["one", "two"])]
    assert {line.task for line in lines} == {"make_data", "sample_data", "sample_posterior"}
    assert not [line for line in lines if line.miss >= 1e-3]


def test_right_answers_are_accused_once_in_a_million_at_most():
    """By the union bound; binomial tests are conservative, since counts are whole numbers."""
    components = len(mixture_sampling.make_data_questions(np.random.default_rng(0))["many"].arguments[2])
    clusters = len(sampling.sample_data_questions(np.random.default_rng(0))["array many"].arguments[1])
    cells_of_each = (len(sampling.EDGES) - 1) ** 2
    make_data = 4 * components * mixture_sampling.FALSE_ALARM  # count, mean, variance, shape
    # Of each a count, two coordinates and the cells; and two more of all.
    sample_data = (clusters * (1 + 2 + cells_of_each) + 2) * sampling.FALSE_ALARM
    sample_posterior = sample_posterior_tests() * posterior_sampling.FALSE_ALARM
    assert make_data < 1e-6
    assert sample_data + sample_posterior < 1e-6
