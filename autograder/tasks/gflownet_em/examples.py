"""Small inputs for each task of `gflownet-em`, and what is wrong with an answer to them."""

from functools import partial

import numpy as np
from scipy import stats

from autograder.engine.assignment import Question
from autograder.engine.counterexample import Examples, Ladder, compared, fault, nested, rounded
from autograder.engine.judge import agree
from autograder.tasks.gflownet_em import gfn, inputs, oracle, policy, posterior_sampling
from autograder.tasks.gflownet_em.inputs import KINDS, doubles
from autograder.tasks.gflownet_em.oracle import OFFSETS, PETALS, STD


def f32(*values):
    return tuple(np.float32(value) for value in values)


def public():
    """The generator of the inputs that are shrunk: no secret is in it."""
    return np.random.default_rng(0)


def plain_question(probe, *arguments):
    return Question(probe, arguments)


def ways(probe, stand_ins):
    """Ways to ask: the functions in place of the student's own return arrays, then tensors."""

    def question(kind, *arguments):
        return Question(probe, arguments, stand_ins, {"kind": kind})

    return tuple(partial(question, kind) for kind in KINDS)


def leaves_faults(arguments, answer):
    return fault(answer.array("value"), oracle.components(*doubles(arguments)))


COMPONENT_MEANS = Ladder(
    {"means": "C."},
    (
        f32([[0, 0]]),
        f32([[1, 0]]),
        f32([[1, 2]]),
        f32([[0, 0], [1, 2]]),
        f32([[0, 0], [1, 2], [3, 0]]),
        f32([[0, 0], [1, 2], [3, 0], [0, 4]]),
    ),
    (partial(plain_question, "component_means"),),
    leaves_faults,
)

# Rungs are (x, means). A leaf is 1 away from its supercluster, and sigma is a quarter.
ONE_POINT = (
    f32([[0, 0]], [[0, 0]]),
    f32([[1, 0]], [[0, 0]]),
    f32([[0.5, 1]], [[0, 0]]),
    f32([[0.1, 0.2]], [[0, 0]]),
    f32([[1, 0]], [[1, 0.5]]),
    f32([[0, 0]], [[0, 0], [0, 0]]),
    f32([[0, 0]], [[0, 0], [1, 0]]),
    f32([[0.5, 0]], [[0, 0], [1, 0.5]]),
    f32([[0.1, 0.2]], [[0, 0], [0.2, 0]]),
)
MORE_POINTS = (
    f32([[0, 0], [0.5, 0]], [[0, 0]]),
    f32([[0, 0], [0.1, 0.2]], [[0, 0]]),
    f32([[0, 0], [0.5, 0]], [[0, 0], [1, 0.5]]),
    f32([[0, 0], [0.1, 0.2]], [[0, 0], [0.2, 0]]),
    f32([[0, 0]], [[0, 0], [0.2, 0], [0, 0.5]]),
    f32([[0, 0], [0.1, 0.2]], [[0, 0], [0.2, 0], [0, 0.5]]),
)
FAR = (f32([[5, 0]], [[0, 0]]), f32([[30, 10]], [[0, 0]]), f32([[30, 10]], [[0, 0], [1, 2]]))
LEAF_INPUTS = {"x": "N.", "means": "C."}


def leaf_probe():
    rng = public()
    means = inputs.superclusters(rng, 3, 0.7)
    return inputs.draw(rng, means, 30, noise=0.4), means


def likelihood_faults(arguments, answer):
    return fault(answer.array("value"), oracle.log_likelihood(*doubles(arguments)))


LIKELIHOOD = Ladder(
    LEAF_INPUTS,
    (*ONE_POINT, *MORE_POINTS, *FAR),
    ways("data_log_likelihood", ("component_means",)),
    likelihood_faults,
    leaf_probe,
)


def posterior_faults(arguments, answer):
    return fault(answer.array("value"), oracle.posterior(*doubles(arguments)))


POSTERIOR = Ladder(
    LEAF_INPUTS,
    (*ONE_POINT, *MORE_POINTS, *FAR),
    ways("exact_posterior", ("component_means", "data_log_likelihood")),
    posterior_faults,
    leaf_probe,
)


def m_step_faults(arguments, answer):
    x, q = doubles(arguments)
    full, got = q.sum((0, 2)) > 0, answer.array("value")
    if full.all():
        return fault(got, oracle.m_step(x, q))
    want = oracle.m_step(x, q)[full]
    if got.size == 2 * len(full) and np.all(np.isfinite(got)) and agree(got.reshape(-1, 2)[full], want):
        return {}
    return {"": compared(got, np.where(full[:, None], oracle.m_step(x, q), 0), "",
                         "(any finite mean will do where there is no weight)")}  # fmt: skip


FIRST, EVEN, LAST = [1, 0, 0, 0], [0.25] * 4, [0, 0, 0, 1]


def eighths(arguments):
    """The posterior in eighths, so that the probabilities of each point sum to 1 exactly."""
    x, q = arguments
    table = np.round(8 * q.reshape(len(q), -1)) / 8
    table[:, -1] = 1 - table[:, :-1].sum(1)
    table = np.where(table.min(1, keepdims=True) < 0, np.eye(table.shape[1])[0], table)
    return x, np.float32(table.reshape(q.shape))


def m_step_probe():
    rng = public()
    return eighths((inputs.draw(rng, inputs.superclusters(rng, 3, 2.0), 20),
                    np.float32(rng.dirichlet([0.3] * 12, 20).reshape(20, 3, 4))))  # fmt: skip


M_STEP = Ladder(
    {"x": "N.", "q": "NC."},
    (
        f32([[0, 0]], [[FIRST]]),
        f32([[1, 2]], [[EVEN]]),
        f32([[1, 2]], [[FIRST]]),
        f32([[1, 2], [3, 0]], [[FIRST], [EVEN]]),
        f32([[1, 2]], [[[0.5, 0, 0, 0], [0, 0.5, 0, 0]]]),
        f32([[1, 2]], [[[0.5, 0.25, 0, 0], [0, 0, 0, 0.25]]]),
        f32([[1, 2], [3, 0]], [[[0.5, 0.25, 0, 0], [0, 0, 0, 0.25]], [[0, 0.25, 0.5, 0], [0, 0.25, 0, 0]]]),
        f32([[1, 2]], [[FIRST, [0, 0, 0, 0]]]),
    ),
    (partial(plain_question, "exact_m_step"),),
    m_step_faults,
    m_step_probe,
    eighths,
)


def mean_field_faults(arguments, answer):
    """q_j is right from the right q_i, or from the student's own."""
    x, means, q_j = doubles(arguments)
    joint, faults = oracle.log_joint(x, means), {}
    got_i, got_j = answer.arrays("parts", 2)
    want_i, want_j = oracle.mean_field_sweep(x, means, q_j)
    faults |= fault(got_i, want_i, "q_i")
    own = got_i.reshape(want_i.shape) if got_i.size == want_i.size else want_i
    if not agree(got_j, oracle.mean_field_factor(joint.swapaxes(1, 2), own)):
        faults |= fault(got_j, want_j, "q_j")
    return faults


def fourths(arguments):
    """q_j in fourths, so that its rows sum to 1 exactly."""
    x, means, q_j = arguments
    q_j = np.round(4 * q_j) / 4
    q_j[:, -1] = 1 - q_j[:, :-1].sum(1)
    return x, means, np.where(q_j.min(1, keepdims=True) < 0, EVEN, q_j).astype(np.float32)


def mean_field_probe():
    rng = public()
    means = inputs.superclusters(rng, 3, 0.6)
    return fourths((inputs.draw(rng, means, 20, noise=0.2), means, np.float32(rng.dirichlet([1.0] * 4, 20))))


SOFT = [0.5, 0.5, 0, 0]
UNEVEN = [0.5, 0.25, 0.25, 0]
MEAN_FIELD = Ladder(
    {"x": "N.", "means": "C.", "q_j": "N."},
    (
        f32([[0, 0]], [[0, 0]], [EVEN]),
        f32([[0.1, 0]], [[0, 0]], [EVEN]),
        f32([[0.1, 0.2]], [[0, 0]], [EVEN]),
        f32([[0, 0]], [[0, 0], [0.2, 0]], [EVEN]),
        f32([[0, 0]], [[0, 0], [0.2, 0]], [FIRST]),
        f32([[0.1, 0.2]], [[0, 0], [0.2, 0]], [SOFT]),
        f32([[0.1, 0.2]], [[0, 0], [0.1, 0.3]], [UNEVEN]),
        f32([[0, 0], [0.1, 0.2]], [[0, 0]], [EVEN, EVEN]),
        f32([[0, 0], [0.1, 0.2]], [[0, 0], [0.2, 0]], [SOFT, UNEVEN]),
        f32([[0, 0], [0.1, 0.2]], [[0, 0], [0.2, 0], [0, 0.3]], [SOFT, UNEVEN]),
    ),
    ways("mean_field_step", ("component_means",)),
    mean_field_faults,
    mean_field_probe,
    fourths,
)

# Rungs are (log_z, log_pf, log_reward).
BALANCE_INPUTS = {"log_z": "N", "log_pf": "N", "log_reward": "N"}
BALANCE_RUNGS = (
    f32([1], [0], [0]),
    f32([0], [-1], [0]),
    f32([0], [0], [1]),
    f32([3], [-1], [0]),
    f32([0], [-1], [2]),
    f32([3], [-1], [1]),
    f32([1, 0], [0, 0], [0, 0]),
    f32([1, -1], [0, 0], [0, 0]),
    f32([0, 0], [-1, -2], [0, 0]),
    f32([1, 0], [0, 0], [0, 1]),
    f32([1, 2], [-1, -2], [3, 0]),
)


def balance_faults(arguments, answer):
    each, got = oracle.trajectory_balance(*doubles(arguments)), answer.array("value")
    if got.size == 1 and any(agree(got, want) for want in (each.mean(), each.sum())):
        return {}
    words = f"expected {rounded(each.mean(), 4)}"
    if len(each) > 1:
        words += f" (the mean) or {rounded(each.sum(), 4)} (the sum)"
    return {"": f"{words}, you returned {shown(got) if got.size != 1 else rounded(got.ravel()[0], 4)}"}


def shown(values):
    return nested(values, lambda value: rounded(value, 4))


def balance_gradient_faults(arguments, answer):
    if balance_faults(arguments, answer):
        return {}  # the gradient of a wrong loss says nothing more
    log_z, log_pf, log_reward = doubles(arguments)
    residual = 2 * (log_z + log_pf - log_reward)
    for name, got in zip(("log_z", "log_pf"), answer.arrays("gradients", 2), strict=True):
        words = f"expected the gradient in {name} to be {shown(residual / len(residual))}"
        if len(residual) > 1:
            words += f" (of the mean) or {shown(residual)} (of the sum)"
        if got.size == 0:
            return {"": f"{words}, but none arrives"}
        if not any(got.size == w.size and agree(got, w) for w in (residual, residual / len(residual))):
            return {"": f"{words}, it is {shown(got)}"}
    return {}


def balance_probe():
    rng = public()
    return f32(np.round(rng.normal(1, 1.5, 20), 1), np.round(-rng.uniform(0.1, 3, 20), 1),
               np.round(rng.normal(0.5, 1.5, 20), 1))  # fmt: skip


BALANCE = tuple(
    Ladder(BALANCE_INPUTS, BALANCE_RUNGS, (partial(plain_question, "balance"),), faults, balance_probe)
    for faults in (balance_faults, balance_gradient_faults)
)


FALSE_ALARM = 1e-9
DRAWS = 2000


def rare(count, n, probability):
    return stats.binomtest(int(count), int(n), float(np.clip(probability, 0, 1))).pvalue < FALSE_ALARM


def expected_count(n, probability):
    error = np.sqrt(n * probability * (1 - probability))
    return f"expected {n * probability:,.0f} ± {error:,.0f}"


def draws_faults(arguments, answer):
    """Number of points, then counts of superclusters and of petals, then the spread."""
    n, means = arguments
    x, means = answer.array("value"), np.float64(means)
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


def spread_faults(around, where):
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


def sample_data_statistic(questions, answers, verdict):
    """What the judged draws show where the small ones show nothing."""
    for label, answer in answers.items():
        if answer.arrived:
            arguments = questions[label].arguments
            if faults := draws_faults(arguments, answer):
                return f" {arguments[0]:,} draws of {len(arguments[1])} superclusters: {faults['']}."
    return ""


def table_rung(bias_i, bias_j, given_i):
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


def table_words(arguments):
    x, _, bias_i, _, bias_j, given_i = arguments
    heads = f"logits_i = {shown(bias_i)}"
    if np.any(given_i):
        rows = " and ".join(f"{shown(bias_j + row)} after i = {i}" for i, row in enumerate(given_i))
    else:
        rows = shown(bias_j)
    return f"{len(x):,} draws from a policy with {heads}, logits_j = {rows}"


def pairs_faults(arguments, answer):
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
    {},
    SAMPLE_POSTERIOR_RUNGS,
    (partial(plain_question, "sample_posterior"),),
    pairs_faults,
    show=table_words,
)


def policy_statistic(questions, answers, verdict):
    """The numbers behind a finding about what a head depends on, or about its training."""
    finding = next(finding for finding in verdict.findings if finding.kind.is_about_numbers)
    head = next((head for head in policy.HEADS if head in finding.message), None)
    answer = next((answers[n] for n in ("four", "three") if n in answers and answers[n].arrived), None)
    if answer is None or head is None or "trained" not in answer.data:
        return ""
    question = next(questions[name] for name in answers if answers[name] is answer)
    n, c = question.arguments[2].shape
    states = {name: policy.heads_in(answer, name, n, c) for name in policy.STATES}
    trained = states["trained"][head]
    if finding.id == policy.NOT_TRAINED.id:
        target = question.kept[policy.HEADS.index(head)]
        found = policy.correlation(trained - states["trained otherwise"][head], target)
        words = f"what that changes in {head} has a correlation of {rounded(found, 2)} with the targets"
        return f" It was trained for {policy.STEPS} steps: {words}."
    if finding.id == policy.IGNORES_X.id and head != "logits_j":
        return f" Over {n} points it varies by {rounded(np.ptp(trained, axis=0).max(), 2)}."
    if finding.id == policy.PETALS_IGNORE_I.id:
        difference = np.abs(trained[:, 0] - trained[:, 1]).max()
        return f" After i = 0 and i = 1 it differs by {rounded(difference, 2)}."
    if finding.id == policy.PROBABILITIES.id:
        row = trained.reshape(-1, trained.shape[-1])[0]
        return f" At one point {head} is {shown(row)}, which sums to 1."
    return ""


def gfn_statistic(questions, answers, verdict):
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
        return (f" From its start, exact EM gains {rounded(best, 3)} of mean log-density; the returned means "
                f"gain {rounded(gfn.gain(x, start, means), 3)}. At least {100 * gfn.ENOUGH:.0f} % of "
                "exact EM's gain is enough.")  # fmt: skip
    return ""


EXAMPLES = {
    "sample_data": Examples((SAMPLE_DATA,), sample_data_statistic),
    "component_means": Examples((COMPONENT_MEANS,)),
    "data_log_likelihood": Examples((LIKELIHOOD,)),
    "exact_posterior": Examples((POSTERIOR,)),
    "exact_m_step": Examples((M_STEP,)),
    "mean_field_step": Examples((MEAN_FIELD,)),
    "policy": Examples((), policy_statistic),
    "trajectory_balance_loss": Examples(BALANCE),
    "sample_posterior": Examples((SAMPLE_POSTERIOR,)),
    "gfn_em": Examples((), gfn_statistic),
}
