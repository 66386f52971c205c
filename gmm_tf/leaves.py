"""Exact sums over all leaves of a tree, in pieces that fit in memory.

The levels are cut into an upper and a lower half, whose sums u and v are tabulated, so that the squared
distance of x to a leaf is a matrix product: |x - u - v|^2 = |x - u|^2 - 2 (x - u) v + |v|^2. A pass costs
N * leaves exponentials.
"""

import numpy as np
import tensorflow as tf

from gmm_tf import codebooks, moments

# Numbers that a pass over all leaves holds in memory at once.
WORKING_SET = 1 << 22


def statistics(theta, x, learnt=1, beta=1.0):
    """`Statistics` under the exact posterior.

    Args:
        theta: `Codebooks`.
        x: [N, D], float64.
        learnt: number of levels that are learnt, 1 or all.
        beta: inverse temperature; the posterior is proportional to p(z) p(x|z)^beta. The log-likelihood
            is not tempered.
    """
    halves, total = _halves(theta), None
    for piece in _pieces(theta, x):
        sums = _sums(tf.constant(piece), *halves, tf.constant(beta, tf.float64))
        total = sums if total is None else [a + b for a, b in zip(total, sums, strict=True)]
    log_px, mass, first = (value.numpy() for value in total)
    z = np.stack(np.unravel_index(np.arange(theta.leaves), theta.branching), axis=-1)
    log_likelihood = float(log_px) / len(x) + theta.log_noise
    return moments.of_leaves(theta, learnt, z, mass.ravel(), first.reshape(-1, theta.dim), np.sum(x**2),
                             log_likelihood)  # fmt: skip


def log_density(theta, x):
    """log p(x_n), [N]."""
    halves = _halves(theta)
    parts = [_log_px(tf.constant(piece), *halves).numpy() for piece in _pieces(theta, x)]
    return np.concatenate(parts) + theta.log_noise


def first_level(theta, x):
    """p(z_1 | x_n), [N, B_1]."""
    found = []
    for piece in _pieces(theta, x):
        q = tf.nn.softmax(log_posterior(theta, piece))
        found.append(tf.reduce_sum(tf.reshape(q, [len(piece), len(theta.tables[0]), -1]), -1).numpy())
    return np.concatenate(found)


def log_posterior(theta, x, beta=1.0):
    """Unnormalised log-posterior of every leaf, [N, leaves]; the caller checks that it fits in memory."""
    likelihood, prior = _leaves(tf.constant(x), *_halves(theta))
    return tf.reshape(beta * likelihood + prior, [len(x), -1])


def _halves(theta):
    """Sums and log-weights of the upper and of the lower half of the levels, and std."""
    most = [max(np.prod(theta.branching[:k]), np.prod(theta.branching[k:])) for k in range(1, theta.levels)]
    cut = 1 + int(np.argmin(most)) if most else 1
    u, log_u, _ = codebooks.combinations(theta, 0, cut)
    v, log_v, _ = codebooks.combinations(theta, cut, theta.levels)
    return [tf.constant(value, tf.float64) for value in (u, log_u, v, log_v, theta.std)]


def _pieces(theta, x):
    size = max(1, WORKING_SET // theta.leaves)
    return [x[start : start + size] for start in range(0, len(x), size)]


def _leaves(x, u, log_u, v, log_v, std):
    """log p(x | z) up to a constant, [N, U, V], and log p(z), [U, V]."""
    rest, v = (x[:, None] - u) / std, v / std
    cross = tf.tensordot(rest, v, [[2], [1]])
    square = tf.reduce_sum(rest**2, -1)[..., None] + tf.reduce_sum(v**2, -1)
    return cross - 0.5 * square, log_u[:, None] + log_v


@tf.function(jit_compile=True)
def _log_px(x, u, log_u, v, log_v, std):
    likelihood, prior = _leaves(x, u, log_u, v, log_v, std)
    return tf.reduce_logsumexp(likelihood + prior, axis=[1, 2])


@tf.function(jit_compile=True)
def _sums(x, u, log_u, v, log_v, std, beta):
    likelihood, prior = _leaves(x, u, log_u, v, log_v, std)
    log_px = tf.reduce_logsumexp(likelihood + prior, axis=[1, 2])
    tempered = beta * likelihood + prior
    q = tf.exp(tempered - tf.reduce_logsumexp(tempered, axis=[1, 2], keepdims=True))
    return tf.reduce_sum(log_px), tf.reduce_sum(q, axis=0), tf.tensordot(q, x, [[0], [0]])
