"""Power of the tests of `make_data`, `sample_data` and `sample_posterior` against each known mistake."""

import inspect
from typing import NamedTuple

import numpy as np
import power
from scipy import stats
from scipy.special import softmax

from autograder import tasks
from autograder.engine import interview
from autograder.tasks.gflownet_em import posterior_sampling, sampling
from autograder.tasks.gflownet_em.oracle import OFFSETS, PETALS, STD
from autograder.tasks.gmm_two_ways import sampling as mixture_sampling


class Line(NamedTuple):
    """A mistake, the test that sees it best, and an upper bound on how often it is missed.

    Of kind "known": it is in the task's table; "other": it is not; "right": no mistake at all, and `miss`
    bounds how often the tests accuse it.
    """

    task: str
    kind: str
    mistake: str
    message: str
    test: str
    miss: float


def lines(assignment, secrets):
    """All lines of an assignment; policies differ between secrets, and the worst of so many counts."""
    if assignment == "gmm-two-ways":
        yield from make_data_lines()
        yield from other_make_data_lines()
    else:
        yield from sample_data_lines()
        yield from other_sample_data_lines()
        yield from sample_posterior_lines([f"secret {number}" for number in range(secrets)])


def right_line(task, tests, level):
    """By the union bound; binomial tests are conservative, since counts are whole numbers."""
    return Line(task, "right", "", "", f"{tests} tests, each at {level:g}", tests * level)


GRID = np.linspace(-8, 8, 8001)  # of standardised noise


class Component(NamedTuple):
    """What a mistake makes of a component, as the judge tells components apart: by position."""

    share: float  # of the points
    noise: np.ndarray  # its distribution function on GRID
    spread: float | None  # standard deviation of the noise, if that is normal or the same for all points


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
    yield right_line("make_data", 4 * len(means), level)  # count, mean, variance, shape of each
    for mistake in mixture_sampling.MAKE_DATA_MISTAKES:
        found = {}
        for k, (p, made) in enumerate(zip(softmax(logits), under_mistake(mistake, logits, means, lsigmas),
                                          strict=True)):  # fmt: skip
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
    return Line(task, "known", mistake.id, mistake.message, best, found[best])


TRIALS = 400
NOISE = {  # all of variance 1
    "uniform noise of the right variance": lambda rng, n: rng.uniform(-(3**0.5), 3**0.5, n),
    "Laplace noise of the right variance": lambda rng, n: rng.laplace(0, 0.5**0.5, n),
    "noise of Student's t, 10 degrees of freedom, of the right variance":
        lambda rng, n: rng.standard_t(10, n) * 0.8**0.5,
}  # fmt: skip


def stratified(rng, n, weights):
    """Counts as near to n times the weights as they can be."""
    return np.repeat(np.arange(len(weights)), np.diff(np.round(n * np.cumsum([0, *weights]))).astype(int))


def other_draws():
    """{words: function (rng, n, weights) -> (components, standardised noise)} that no table holds."""

    def noise(draw):
        def drawn(rng, n, weights):
            z = rng.choice(len(weights), n, p=weights)
            return z, draw(rng, n)

        return drawn

    def copies(rng, n, weights):
        z, e = noise(lambda rng, n: rng.standard_normal(n))(rng, n, weights)
        tenth = n // 10
        z[:tenth], e[:tenth] = z[-tenth:], e[-tenth:]
        return z, e

    def strata(rng, n, weights):
        z = stratified(rng, n, weights)
        return z, rng.standard_normal(len(z))

    def weight_off(rng, n, weights):
        other = weights + np.array([-0.03, 0.03, 0, 0])
        return rng.choice(len(weights), n, p=other), rng.standard_normal(n)

    return {
        "weight .52 for .55, and .28 for .25": weight_off,
        **{words: noise(draw) for words, draw in NOISE.items()},
        "a tenth of the points are copies of another tenth": copies,
        "counts that are exactly N times the weights": strata,
    }  # fmt: skip


def other_make_data_lines():
    """By simulation."""
    question = mixture_sampling.make_data_questions(np.random.default_rng(0))["many"]
    n, logits, means, lsigmas = question.arguments
    weights, sigmas = softmax(np.float64(logits)), np.exp(np.float64(lsigmas))
    for words, draw in other_draws().items():
        rng, seen = np.random.default_rng(0), 0
        for _ in range(TRIALS):
            z, e = draw(rng, n, weights)
            x = np.float64(np.float32(means[z] + sigmas[z] * e))
            seen += not mixture_sampling.looks_drawn(x, weights, np.float64(means), sigmas)
        yield simulated("make_data", words, seen)


def other_sample_data_lines():
    n, means = sampling.sample_data_questions(np.random.default_rng(0))["array many"].arguments
    means, leaves = np.float64(means), sampling.normalised(sampling.uniform(len(means)))
    for words, noise in NOISE.items():
        rng, seen = np.random.default_rng(0), 0
        for _ in range(TRIALS // 4):
            i, j = rng.integers(0, len(means), n), rng.integers(0, PETALS, n)
            x = np.float64(np.float32(means[i] + OFFSETS[j] + STD * noise(rng, (n, 2))))
            seen += not sampling.looks_drawn(x, means, leaves)
        yield simulated("sample_data", words, seen, TRIALS // 4)


def simulated(task, words, seen, trials=TRIALS):
    """A rate that was seen, with the bound that holds with 99.9 % confidence."""
    bound = power.rejected(seen, trials)
    return Line(task, "other", words, "", f"{seen} of {trials}", 1 - bound)


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


# Right functions return arrays, then tensors; then the notebook's own are used: an answer is judged up to
# this many times, and right once is right.
CHANCES = 3


def sample_data_lines():
    questions = sampling.sample_data_questions(np.random.default_rng(0))
    n, means = questions["array many"].arguments
    c, level = len(means), sampling.FALSE_ALARM
    even = np.full(PETALS, 1 / PETALS)
    right = np.clip(cells(even, OFFSETS, STD), 0, 1)
    yield right_line("sample_data", c * (1 + 2 + right.size) + 2, level)  # count, coordinates, cells; both
    for mistake in sampling.SAMPLE_DATA_MISTAKES:
        leaves = sampling.normalised(mistake.pieces.get("leaves", sampling.uniform)(c))
        offsets, sigma = mistake.pieces.get("offsets", OFFSETS), mistake.pieces.get("sigma", STD)
        found = {}
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
    assignment = tasks.load("gflownet-em")
    questions = interview.questions_of(assignment, secret)["sample_posterior"]
    found = {}
    for label in ("many", "five"):
        policy, repeats = policy_of(questions[label]), len(questions[label].arguments[0])
        repeats //= posterior_sampling.POINTS
        right = posterior_sampling.right(policy)
        for place, mistake in enumerate(posterior_sampling.SAMPLING_MISTAKES):
            wrong = np.broadcast_to(mistake.pieces["q"](policy), right.shape)
            miss = leaf_misses(right, wrong, repeats, posterior_sampling.FALSE_ALARM)
            if miss < found.get(place, ("", 2.0))[1]:
                found[place] = label, miss
    return found


def sample_posterior_lines(secrets):
    """The worst of many secrets, whose policies differ."""
    example = posterior_sampling.sample_posterior_questions(np.random.default_rng(0))
    shapes = [policy_of(example[label]).logits_j.shape for label in ("many", "five")]  # both must be passed
    tests = sum((points + 1) * (c * petals + c) for points, c, petals in shapes)
    yield right_line("sample_posterior", tests, posterior_sampling.FALSE_ALARM)
    worst = {}
    for secret in secrets:
        for place, (label, miss) in sample_posterior_misses(secret).items():
            if miss >= worst.get(place, ("", -1.0))[1]:
                worst[place] = label, miss
    for place, (label, miss) in worst.items():
        mistake = posterior_sampling.SAMPLING_MISTAKES[place]
        # Judged with the notebook's own policy, too: what is drawn from the mistake's probabilities passes
        # for right there only where a test of the mistake itself fails.
        miss = min(1.0, miss + tests * posterior_sampling.FALSE_ALARM)
        test = f"leaves of question {label}, the worst of {len(secrets)} secrets"
        yield Line("sample_posterior", "known", mistake.id, mistake.message, test, miss)
