"""Small inputs for each task of `gflownet-em`, and what is wrong with an answer to them."""

from collections.abc import Sequence

import numpy as np

from autograder.authoring.counting import likely
from autograder.authoring.precision import double, doubles, f32
from autograder.engine.assignment import Arguments, Questions
from autograder.engine.counterexample import Examples, Ladder, Lines, in_digits, rounded
from autograder.engine.judge import Answer, Answers, Verdict
from autograder.tasks.gflownet_em import gfn, oracle, policy, posterior_sampling
from autograder.tasks.gflownet_em.inputs import ways
from autograder.tasks.gflownet_em.oracle import OFFSETS, PETALS, STD

FALSE_ALARM = 1e-9
DRAWS = 2000


def rare(count: int, n: int, probability: float) -> bool:
    return not likely(count, int(n), probability, FALSE_ALARM)


def expected_count(n: int, probability: float) -> str:
    error = np.sqrt(n * probability * (1 - probability))
    return f"expected {n * probability:,.0f} ± {error:,.0f}"


def draws_faults(arguments: Arguments, answer: Answer) -> Lines:
    """Number of points, then counts of superclusters and of petals, then the spread."""
    n, means = arguments
    x, means = answer.array("value"), double(means)
    x = x.T if x.shape == (2, n) else x
    if x.shape != (n, 2):
        return {"": f"expected shape [{n}, 2], you returned shape {list(x.shape)}"}
    if not np.all(np.isfinite(x)):
        return {"": "some of the points are not finite"}
    i = np.argmin(((x[:, None] - means) ** 2).sum(2), axis=1)
    for c, count in enumerate(np.bincount(i, minlength=len(means))):
        if rare(count, n, 1 / len(means)):
            words = expected_count(n, 1 / len(means))
            return {"": f"supercluster {c} came up {count:,} times, {words}"}
    for c in range(len(means)):
        around = x[i == c] - means[c]
        j = np.argmin(((around[:, None] - OFFSETS) ** 2).sum(2), axis=1)
        where = f" of supercluster {c}" if len(means) > 1 else ""
        # Leaves are told apart by quadrant, where half of the plane belongs to neighbours equally.
        for petal, count in enumerate(np.bincount(j, minlength=PETALS)):
            if rare(count, len(around), 1 / PETALS):
                words = expected_count(len(around), 1 / PETALS)
                return {"": f"petal {petal}{where} came up {count:,} times, {words}"}
        if faults := spread_faults(around, where):
            return faults
    return {}


def spread_faults(around: np.ndarray, where: str) -> Lines:
    """Mean square of each coordinate, and mean product of the two, around the supercluster."""
    u, n = around, len(around)
    half, noise = 0.5, STD**2
    for name, values, want, spread in (
        ("square of coordinate 0", u[:, 0] ** 2, half + noise, np.sqrt(4 * half * noise + 2 * noise**2)),
        ("square of coordinate 1", u[:, 1] ** 2, half + noise, np.sqrt(4 * half * noise + 2 * noise**2)),
        ("product of the coordinates", u[:, 0] * u[:, 1], 0.0, half + noise),
    ):
        error = spread / np.sqrt(n)
        if abs(values.mean() - want) > 6 * error:
            words = f"{rounded(values.mean(), 4)}, expected {rounded(want, 4)} ± {rounded(error, 2)}"
            return {"": f"around the mean{where}, the mean {name} is {words}"}
    return {}


SAMPLE_DATA = Ladder(
    {"n": "", "means": "C."},
    ((DRAWS, *f32([[0, 0]])), (DRAWS, *f32([[0, 0], [100, 0]])), (DRAWS, *f32([[0, 0], [100, 0], [0, 100]]))),
    ways("sample_data", ("component_means",)),
    draws_faults,
)


def sample_data_statistic(questions: Questions, answers: Answers, verdict: Verdict) -> str:
    """What the judged draws show where the small ones show nothing."""
    for label, answer in answers.items():
        if answer.arrived:
            arguments = questions[label].arguments
            if faults := draws_faults(arguments, answer):
                return f" {arguments[0]:,} draws of {len(arguments[1])} superclusters: {faults['']}."
    return ""


def table_rung(
    bias_i: Sequence[float], bias_j: Sequence[float], given_i: Sequence[Sequence[float]]
) -> Arguments:
    """(x, and a policy that says the same at every x)."""
    c = len(bias_i)
    return f32(np.zeros((DRAWS, 2)), np.zeros((2, c)), bias_i, np.zeros((2, PETALS)), bias_j, given_i)


NONE = [0, 0, 0, 0]
SAMPLE_POSTERIOR_RUNGS = (
    table_rung([0, 1], NONE, [NONE, NONE]),
    table_rung([0, 0], [0, 0, 0, 1], [NONE, NONE]),
    table_rung([0, 4], NONE, [NONE, NONE]),
    table_rung([0, 0], [0, 0, 0, 5], [NONE, NONE]),
    table_rung([0, 0], NONE, [[2, 0, 0, 0], [0, 0, 0, 2]]),
    table_rung([0, 1], NONE, [[4, 0, 0, 0], [0, 0, 0, 4]]),
    table_rung([0, 0, 1], NONE, [[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 0, 2]]),
)


def table_words(arguments: Arguments) -> str:
    x, _, bias_i, _, bias_j, given_i = arguments
    heads = f"logits_i = {in_digits(bias_i)}"
    if np.any(given_i):
        rows = " and ".join(f"{in_digits(bias_j + row)} after i = {i}" for i, row in enumerate(given_i))
    else:
        rows = in_digits(bias_j)
    return f"{len(x):,} draws from a policy with {heads}, logits_j = {rows}"


def pairs_faults(arguments: Arguments, answer: Answer) -> Lines:
    """Counts of i, then of j after each i."""
    n, c = len(arguments[0]), len(arguments[2])
    q = posterior_sampling.right(posterior_sampling.of_table(*arguments))[0]
    i, j = answer.arrays("parts", 2)
    if i.size == n * c and j.size == n * PETALS:
        i, j = i.reshape(n, c).argmax(1), j.reshape(n, PETALS).argmax(1)
    if i.size != n or j.size != n:
        return {"": f"expected shapes [{n}] and [{n}], you returned {list(i.shape)} and {list(j.shape)}"}
    i, j = i.ravel(), j.ravel()
    for name, values, width in (("i", i, c), ("j", j, PETALS)):
        if not (np.all(values == np.round(values)) and values.min() >= 0 and values.max() < width):
            words = f"{rounded(values.min(), 4)} to {rounded(values.max(), 4)}"
            return {"": f"expected {name} in 0 to {width - 1}, it runs from {words}"}
    for k in range(c):
        if rare(count := np.sum(i == k), n, q[k].sum()):
            return {"": f"i = {k} came up {count:,} times, {expected_count(n, q[k].sum())}"}
    for k in range(c):
        total = np.sum(i == k)
        for petal in range(PETALS):
            share = q[k, petal] / q[k].sum()
            if total and rare(count := np.sum((i == k) & (j == petal)), total, share):
                words = f"j = {petal} came up {count:,} times, {expected_count(total, share)}"
                return {"": f"among the {total:,} draws of i = {k}, {words}"}
    return {}


SAMPLE_POSTERIOR = Ladder(
    {}, SAMPLE_POSTERIOR_RUNGS, ways("sample_posterior"), pairs_faults, show=table_words
)


def policy_statistic(questions: Questions, answers: Answers, verdict: Verdict) -> str:
    """The numbers behind a finding about what a head depends on, or about its training."""
    finding = next(finding for finding in verdict.findings if finding.kind.is_about_numbers)
    head = next((head for head in policy.HEADS if head in finding.message), None)
    answer = next((answers[n] for n in ("four", "three") if n in answers and answers[n].arrived), None)
    if answer is None or head is None or "trained" not in answer.data:
        return ""
    question = next(questions[name] for name in answers if answers[name] is answer)
    n = len(question.kept[1])
    states = {name: policy.heads_in(question, answer, name) for name in policy.STATES}
    trained = states["trained"][head]
    if finding.id == policy.NOT_TRAINED.id:
        lost = 100 * policy.error_lost(question, answer)[head]
        return f" Trained alone, for a few steps, {head} loses {rounded(max(lost, 0.0), 2)} % of its error."
    if finding.id == policy.IGNORES_X.id and head != "logits_j":
        return f" Over {n} points it varies by {rounded(np.ptp(trained, axis=0).max(), 2)}."
    if finding.id == policy.PETALS_IGNORE_I.id:
        difference = np.abs(trained[:, 0] - trained[:, 1]).max()
        return f" After i = 0 and i = 1 it differs by {rounded(difference, 2)}."
    if finding.id == policy.PROBABILITIES.id:
        row = trained.reshape(-1, trained.shape[-1])[0]
        return f" At one point {head} is {in_digits(row)}, which sums to 1."
    return ""


def gfn_statistic(questions: Questions, answers: Answers, verdict: Verdict) -> str:
    """What exact EM gains from the same start, and what the answer gained."""
    for label in gfn.RUNS:
        if label not in answers or not answers[label].arrived:
            continue
        x, start = doubles(questions[label].arguments[:2])
        value = answers[label].array("value")
        if value.size != start.size or not np.all(np.isfinite(value)):
            continue
        means = value.T if value.shape == start.shape[::-1] else value.reshape(start.shape)
        best = gfn.gain(x, start, oracle.em(x, start, questions[label].arguments[2]))
        return (
            f" From its start, exact EM gains {rounded(best, 3)} of mean log-density; the returned means "
            f"gain {rounded(gfn.gain(x, start, means), 3)}. At least {100 * gfn.ENOUGH:.0f} % of "
            "exact EM's gain is enough."
        )
    return ""


EXAMPLES = {
    "sample_data": Examples((SAMPLE_DATA,), sample_data_statistic),
    "policy": Examples((), policy_statistic),
    "sample_posterior": Examples((SAMPLE_POSTERIOR,)),
    "gfn_em": Examples((), gfn_statistic),
}
