"""Whether a mutant of a reference answer does what the reference does, on fresh inputs of its contract.

Each function observes one task's answer: it returns numbers, in a form in which the contract's freedoms
(a constant per row, any start near zero) do not show. What it draws at random is drawn from a fixed seed.
The answers run here, in this process: they are ours.
"""

import hashlib
import linecache
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import matplotlib

matplotlib.use("Agg")

import keras
import numpy as np
import tensorflow as tf
from scipy.special import softmax

from autograder import tasks
from autograder.engine import submission
from autograder.tasks.gflownet_em import oracle as hierarchical_oracle

PROBES = 25
TOLERANCE = 5e-6


def notebook_names(solution, assignment):
    """What the notebook defines, with the reference's answers; drivers and checks do not run."""
    names = {"__name__": "notebook", **tasks.load(assignment).preset()}
    for cell in solution.cells:
        skipped = submission.SKIP_TAG in cell.metadata.get("tags", ()) or submission.points(cell) is not None
        if cell.cell_type == "code" and not skipped:
            run(cell.source, names)
    return names


def run(source, names):
    """Run a cell, with its text where AutoGraph looks for it."""
    place = f"<cell {hashlib.sha256(source.encode()).hexdigest()}>"
    linecache.cache[place] = (len(source), None, source.splitlines(True), place)
    exec(compile(source, place, "exec"), names)  # noqa: S102


def defined(names, source):
    """A copy of the names in which one cell is another."""
    changed = dict(names)
    run(source, changed)
    return changed


def probes(task):
    """How many probes are taken of a task; each of `gfn_em` fits three mixtures."""
    return 2 if task == "gfn_em" else PROBES


def observed(names, task):
    """[(numbers, their scale)] of all probes; the same for each call with the same names."""
    found = []
    for probe in range(probes(task)):
        tf.keras.utils.set_random_seed(probe)
        rng = np.random.default_rng([probe, len(task)])
        for value in OBSERVE[task](names, rng):
            value, scale = value if isinstance(value, tuple) else (value, 0.0)
            found.append((np.asarray(value, float), np.asarray(scale, float)))
    return found


def same(first, second):
    """Whether observations agree within float32's rounding."""
    return len(first) == len(second) and all(
        a.shape == b.shape
        and bool(np.all((np.abs(a - b) <= TOLERANCE * (1 + np.abs(a) + scale)) | (a == b) | np.isnan(a + b)))
        and np.array_equal(np.isnan(a), np.isnan(b))
        for (a, scale), (b, _) in zip(first, second, strict=True)
    )


def compared(names, want, task, source):
    """(whether the source does what was observed of the reference, the exception's name if it raised)."""
    try:
        return same(want, observed(defined(names, source), task)), ""
    except Exception as error:  # noqa: BLE001 - a mutant may raise anything
        return False, type(error).__name__


def mixture(rng):
    """K of 1 to 8; logits in [-5, 5]; sigmas from .05 to 7."""
    k = int(rng.integers(1, 9))
    return [
        np.float32(v) for v in (rng.uniform(-5, 5, k), rng.uniform(-10, 10, k), rng.uniform(-3, 2, k))
    ]


def points(rng, n=30):
    """(N, 1) float32, some far away."""
    return np.float32(np.concatenate([rng.uniform(-12, 12, n), rng.normal(0, 300, 6)]))[:, None]


def as_notebooks_pass(rng, x, parameters):
    """x as float32 or float64 array or float32 tensor; parameters (K,) or (K, 1), tensors or variables."""
    x = (x, np.float64(x), tf.constant(x))[rng.integers(3)]
    if rng.integers(2):
        parameters = [p[:, None] for p in parameters]
    make = keras.Variable if rng.integers(2) else tf.constant
    return x, [make(p) for p in parameters]


def make_data(names, rng):
    return [names["make_data"](int(rng.integers(1, 60)), *map(tf.constant, mixture(rng)))]


def mixture_likelihood(names, rng):
    x, parameters = as_notebooks_pass(rng, points(rng), mixture(rng))
    tensors = [tf.constant(np.asarray(p)) for p in parameters]
    value = names["mixture_likelihood"](x, *parameters)
    near = tf.constant(np.asarray(x)[:30], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        total = tf.reduce_sum(names["mixture_likelihood"](near, *tensors))
    slopes = tape.gradient(total, tensors)
    return [value] + [(np.nan if g is None else g, 1e4) for g in slopes]


def weights(model):
    return [getattr(model, name) for name in ("logits", "means", "lsigmas")]


def put(model, parameters):
    for weight, value in zip(weights(model), parameters, strict=True):
        weight.assign(np.reshape(value, weight.shape))


def usable_start(model, k):
    """Whether the weights have K numbers each, finite, and not the same for all components."""
    start = [np.ravel(w) for w in weights(model)]
    varied = k == 1 or any(np.ptp(w) > 1e-6 for w in start)
    return [float(varied and all(w.size == k and np.all(np.isfinite(w)) for w in start))]


def gmm_model(names, rng):
    parameters, x = mixture(rng), tf.constant(points(rng)[:30])
    model = names["GMM"](len(parameters[0]))
    first = np.shape(model(x))
    start = usable_start(model, len(parameters[0]))
    put(model, parameters)
    with tf.GradientTape() as tape:
        value = model(x)
        total = tf.reduce_mean(value)
    slopes = tape.gradient(total, model.trainable_variables)
    return [start, first, value, len(slopes)] + [(np.nan if g is None else g, 1e3) for g in slopes]


def model_at(names, rng):
    parameters = mixture(rng)
    model = names["GMM"](len(parameters[0]))
    model(points(rng))
    put(model, parameters)
    return model


def loss(names, rng):
    model, x = model_at(names, rng), tf.constant(points(rng)[:30])
    with tf.GradientTape() as tape:
        value = names["loss"](model, x)
        total = tf.reduce_sum(value)
    slopes = tape.gradient(total, model.trainable_variables)
    return [(value, 1.0)] + [(np.nan if g is None else g, 1e3) for g in slopes]


def train(names, rng):
    model, x = model_at(names, rng), tf.constant(points(rng)[:30])
    optimizers = tf.keras.optimizers.Adam(0.03), tf.keras.optimizers.SGD(1e-4, momentum=0.5)
    optimizer = optimizers[rng.integers(2)]
    names["train"](model, optimizer, x, int(rng.integers(0, 5)))
    return [(np.asarray(w), 20.0) for w in weights(model)]


def mixture_posterior_logits(names, rng):
    x, parameters = as_notebooks_pass(rng, points(rng), mixture(rng))
    value = np.asarray(names["mixture_posterior_logits"](x, *parameters), float)
    # The constant of each point is free; logits are differences of numbers as large as the exponents.
    scale = np.square((np.asarray(x) - np.ravel(parameters[1])) / np.exp(np.ravel(parameters[2])))
    largest = scale.max(1, keepdims=True)
    return [value.shape, (value - value.max(1, keepdims=True), 0.5 * largest)]


def soft(rng, shape, axis):
    return np.float32(softmax(2 * rng.standard_normal(shape), axis=axis))


def mstep(names, rng):
    k, n = int(rng.integers(1, 9)), int(rng.integers(20, 60))
    x, posterior = np.float32(rng.normal(1, 4, (n, 1))), soft(rng, (n, k), 1)
    x = (x, np.float64(x), tf.constant(x))[rng.integers(3)]
    if rng.integers(2):
        posterior = tf.constant(posterior)
    logits, means, lsigmas = (np.ravel(part) for part in names["mstep"](x, posterior))
    return [logits - logits[0], (means, 10.0), (lsigmas, 1.0)]


def emgmm_model(names, rng):
    # As many points for each component as EM needs.
    k = int(rng.integers(1, 6))
    means = np.float32(np.linspace(-6, 6, k) + rng.uniform(-0.5, 0.5, k))
    start = [np.float32(rng.uniform(-1, 1, k)), means, np.float32(rng.uniform(-0.5, 1, k))]
    x = tf.constant(np.float32(rng.uniform(-8, 8, (60, 1))))
    model = names["EMGMM"](k)
    model(x)
    model = names["EMGMM"](k)  # its start, before data have moved it
    usable = usable_start(model, k)
    put(model, start)
    model(x)
    return [usable, len(model.trainable_variables)] + [(np.ravel(w), 10.0) for w in weights(model)]


def leaves(rng):
    """C of 1 to 7, means (C, 2) and points (N, 2), some of them far from all leaves."""
    means = np.float32(rng.normal(0, 1.5, (int(rng.integers(1, 8)), 2)))
    near = means[rng.integers(0, len(means), 20)] + rng.normal(0, 0.8, (20, 2))
    return np.float32(np.concatenate([near, rng.normal(0, 15, (5, 2))])), means


def sample_data(names, rng):
    return [names["sample_data"](int(rng.integers(1, 60)), leaves(rng)[1])]


def component_means(names, rng):
    return [names["component_means"](leaves(rng)[1])]


def data_log_likelihood(names, rng):
    return [names["data_log_likelihood"](*leaves(rng))]


def exact_posterior(names, rng):
    x, means = leaves(rng)
    return [(names["exact_posterior"](x[:20], means), 30.0)]


def exact_m_step(names, rng):
    x, means = leaves(rng)
    c = len(means)
    q = soft(rng, (len(x), c * 4), 1).reshape(len(x), c, 4)
    full = np.ones(c, bool)
    if c > 1 and rng.integers(2):
        q[:, 0], full[0] = 0, False
        q /= q.sum((1, 2), keepdims=True)
    value = np.asarray(names["exact_m_step"](x, q))
    return [value.shape, value[full], float(np.all(np.isfinite(value)))]


def mean_field_step(names, rng):
    x, means = leaves(rng)
    q_i, q_j = names["mean_field_step"](x[:20], means, soft(rng, (20, 4), 1))
    return [(q_i, 30.0), (q_j, 30.0)]


def policy(names, rng):
    """Shapes, what the outputs depend on, and whether gradients reach all weights."""
    c = int(rng.integers(1, 7))
    arguments = (c, 4, 16) if rng.integers(2) else ()
    c = c if arguments else 4
    model = names["Policy"](*arguments)
    n = int(rng.integers(1, 9))
    x, one_hot = np.float32(rng.normal(0, 1, (n, 2))), np.eye(c, dtype=np.float32)[rng.integers(0, c, n)]
    shapes = [np.shape(part) for part in model(x, one_hot)]
    for weight in model.trainable_variables:
        weight.assign_add(0.3 * rng.standard_normal(weight.shape))
    many = np.float32(rng.normal(0, 1, (40, 2)))

    def rows(chosen):
        value = np.zeros((40, c), np.float32)
        if chosen is not None:
            value[:, chosen] = 1
        return [np.reshape(part, (40, -1)) for part in model(many, value)]

    at_zeros, given = rows(None), [rows(i)[1] for i in range(c)]
    depends = [float(np.ptp(part, axis=0).max() > 1e-3) for part in (at_zeros[0], at_zeros[2], given[0])]
    depends.append(float(c == 1 or np.abs(given[0] - given[-1]).max() > 1e-3))
    probabilities = [
        float(c > 1 and (part >= 0).all() and np.allclose(part.sum(1), 1)) for part in (at_zeros[0], given[0])
    ]
    with tf.GradientTape() as tape:
        total = tf.add_n([tf.reduce_sum(part * tf.random.normal(part.shape)) for part in model(x, one_hot)])
    slopes = tape.gradient(total, model.trainable_variables)
    reached = float(len(slopes) > 0 and all(g is not None for g in slopes))
    return [*shapes, depends, probabilities, reached, float(len(model.weights) == len(slopes))]


def trajectory_balance_loss(names, rng):
    n = int(rng.integers(1, 30))
    log_z, log_pf, log_reward = (tf.constant(np.float32(rng.normal(0, 2, n))) for _ in range(3))
    with tf.GradientTape() as tape:
        tape.watch([log_z, log_pf])
        value = names["trajectory_balance_loss"](log_z, log_pf, log_reward)
        total = tf.reduce_sum(value)
    slopes = tape.gradient(total, [log_z, log_pf])
    return [(value, 10.0)] + [(np.nan if g is None else g, 10.0) for g in slopes]


class Table(keras.Model):
    """A policy of the given widths with fixed random weights, all of whose outputs depend on the one-hot."""

    def __init__(self, rng, c):
        super().__init__()
        draw = rng.standard_normal
        shapes = (2, c), (2, 4), (c, 4), (c, c)
        self.tables = [np.float32(2 * draw(shape)) for shape in shapes]
        self.built = True

    def call(self, x, i_one_hot):
        to_i, to_j, petals, superclusters = map(tf.constant, self.tables)
        if not tf.reduce_any(i_one_hot != 0):
            i_one_hot = tf.zeros([len(x), len(petals)])  # of any width, before the first call tells it
        return x @ to_i + i_one_hot @ superclusters, x @ to_j + i_one_hot @ petals, x[:, 0]


def sample_posterior(names, rng):
    c, n = int(rng.integers(1, 8)), int(rng.integers(1, 60))
    i, j = names["sample_posterior"](Table(rng, c), np.float32(rng.normal(0, 1, (n, 2))))
    return [i, j]


def gfn_em(names, rng):
    """Whether any of three runs gains half of what exact EM gains: that is the contract."""
    oracle = hierarchical_oracle
    for seed in range(3):
        tf.keras.utils.set_random_seed(seed)
        truth = np.sqrt(2) * np.array([[-1, -1], [1, 1], [1, -1], [-1, 1]]) + rng.uniform(-0.15, 0.15, (4, 2))
        i, j = rng.integers(0, 4, 400), rng.integers(0, 4, 400)
        x = np.float32(truth[i] + oracle.OFFSETS[j] + oracle.STD * rng.standard_normal((400, 2)))
        start = np.float32(truth + 0.3 * rng.standard_normal((4, 2)))
        means = np.asarray(names["gfn_em"](x, start, 8, 60), float)
        before, best = (oracle.log_likelihood(x, m) for m in (start, oracle.em(np.float64(x), start, 8)))
        if means.shape == (4, 2) and oracle.log_likelihood(x, means) - before >= 0.5 * (best - before):
            return [1.0]
    return [0.0]


OBSERVE = {
    f.__name__: f
    for f in (
        make_data, mixture_likelihood, gmm_model, loss, train, mixture_posterior_logits, mstep, emgmm_model,
        sample_data, component_means, data_log_likelihood, exact_posterior, exact_m_step, mean_field_step,
        policy, trajectory_balance_loss, sample_posterior, gfn_em,
    )
}  # fmt: skip
