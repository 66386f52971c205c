# unlucky: A student who learned Python without NumPy loops over plain lists and returns lists of lists.
# expect: full
# %% before sample_data
import math
import random
import statistics

PETALS = OFFSETS.tolist()


def numbers(array):
    """A nested list of Python's own floats."""
    return np.asarray(array, dtype=float).tolist()


def softmax(logits):
    top = max(logits)
    weights = [math.exp(logit - top) for logit in logits]
    return [weight / math.fsum(weights) for weight in weights]


def squared(a, b):
    return math.fsum((u - v) ** 2 for u, v in zip(a, b))
# %% cell sample_data
def sample_data(n, means):
    means = numbers(means)
    points = []
    while len(points) < n:
        mean, petal = random.choice(means), random.choice(PETALS)
        points.append([m + o + random.gauss(0, STD) for m, o in zip(mean, petal)])
    return points
# %% cell component_means
def component_means(means):
    return [[[m + o for m, o in zip(mean, petal)] for petal in PETALS] for mean in numbers(means)]
# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    leaves = [leaf for row in component_means(means) for leaf in row]
    constant = math.log(2 * math.pi * STD**2) + math.log(len(leaves))
    values = []
    for point in numbers(x):
        exponents = [-squared(point, leaf) / (2 * STD**2) for leaf in leaves]
        top = max(exponents)
        values.append(top + math.log(math.fsum(math.exp(e - top) for e in exponents)) - constant)
    return statistics.fmean(values)
# %% cell exact_posterior
def exact_posterior(x, means):
    rows = component_means(means)
    posterior = []
    for point in numbers(x):
        flat = softmax([-squared(point, leaf) / (2 * STD**2) for row in rows for leaf in row])
        posterior.append([flat[k:k + len(PETALS)] for k in range(0, len(flat), len(PETALS))])
    return posterior
# %% cell exact_m_step
def exact_m_step(x, q):
    x, q = numbers(x), numbers(q)
    means = []
    for i in range(len(q[0])):
        weight, total = 0.0, [0.0, 0.0]
        for point, shares in zip(x, q):
            for share, petal in zip(shares[i], PETALS):
                weight += share
                total[0] += share * (point[0] - petal[0])
                total[1] += share * (point[1] - petal[1])
        means.append([part / max(weight, 1e-9) for part in total])
    return means
# %% cell mean_field_step
def mean_field_step(x, means, q_j):
    means = numbers(means)

    def update(point, others, shares, own):
        rest = [u - math.fsum(s * o[d] for s, o in zip(shares, others)) for d, u in enumerate(point)]
        return softmax([-squared(rest, o) / (2 * STD**2) for o in own])

    points = numbers(x)
    q_i = [update(point, PETALS, shares, means) for point, shares in zip(points, numbers(q_j))]
    return q_i, [update(point, means, shares, PETALS) for point, shares in zip(points, q_i)]
# %% cell sample_posterior
def sample_posterior(policy, x):
    def draw(logits):
        return [random.choices(range(len(row)), weights=softmax(row))[0] for row in numbers(logits)]

    logits_i, _, _ = policy(x, tf.zeros([len(x), len(TRUE_MEANS)]))
    i = draw(logits_i)
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    return i, draw(logits_j)
