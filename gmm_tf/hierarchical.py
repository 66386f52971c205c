"""Hierarchical mixtures: x = means[z_1] + offsets_2[z_2] + ... + offsets_L[z_L] + std * noise.

Each level chooses one of its branches, all equally likely and independent of the other levels. The
means of the first level, the superclusters, are what EM learns; the rest is known (Hu et al. 2023,
arXiv 2302.06576). Assignments z are integers [N, L].
"""

import functools
import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf.data import PETALS
from gmm_tf.inputs import observations

# Numbers that a pass over all leaves holds at a time.
WORKING_SET = 1 << 22
# Numbers of a posterior that is asked for as a whole.
MOST_NUMBERS = 1 << 27


class Statistics(NamedTuple):
    """What an E-step leaves for the M-step, float64."""

    n: np.ndarray  # [C], expected number of observations of each supercluster
    first: np.ndarray  # [C, D], expected sum of what its mean must explain: x without lower offsets
    log_likelihood: float | None = None  # mean of log p(x), where the E-step knows it


class HierarchicalMixture:
    """What is known of a hierarchical mixture; the same object for any means.

    Args:
        offsets: [P, D], or a list of the lower levels' offsets, [B_l, D] for l = 2..L. The default are
            four petals at distance 1.
        std: standard deviation of the noise in each coordinate, > 0.
        levels: L, >= 2. With a single array [P, D], each level below the second repeats it, shrunk by
            `ratio`; 2 if None. With a list it must be its length + 1, or None.
        superclusters: number C of branches of the first level, >= 1.
        ratio: size of a level's repeated offsets relative to those of the level above, > 0.

    Raises:
        ValueError: wrong shape, NaN or infinite, or an argument out of its range.
    """

    def __init__(self, offsets=PETALS, std=0.25, levels=None, superclusters=4, ratio=0.5):
        self.offsets = _lower_levels(offsets, levels, ratio)
        if not (np.isfinite(std) and std > 0):
            raise ValueError(f"Expected std > 0, got {std}; it is the noise around a leaf.")
        if superclusters < 1:
            raise ValueError(f"Expected superclusters >= 1, got {superclusters}.")
        self.std, self.superclusters = float(std), int(superclusters)

    @property
    def levels(self):
        return 1 + len(self.offsets)

    @property
    def dim(self):
        return self.offsets[0].shape[1]

    @property
    def branching(self):
        """Number of branches of each level, (C, B_2, ..., B_L)."""
        return (self.superclusters, *(len(level) for level in self.offsets))

    @property
    def leaves(self):
        return math.prod(self.branching)

    @functools.cached_property
    def lower_sums(self):
        """Sum of the offsets of all lower levels for each of their combinations, [leaves / C, D]."""
        sums = np.zeros([1, self.dim])
        for level in self.offsets:
            sums = (sums[:, None] + level).reshape(-1, self.dim)
        return sums

    def get_config(self):
        """Arguments that make this mixture again, as lists and numbers."""
        return {
            "offsets": [level.tolist() for level in self.offsets],
            "std": self.std,
            "superclusters": self.superclusters,
        }

    def check_means(self, means):
        """Means of the superclusters as float64 [C, D]."""
        means = np.asarray(means, np.float64)
        if means.shape != (self.superclusters, self.dim) or not np.isfinite(means).all():
            raise ValueError(
                f"Expected finite means of shape [{self.superclusters}, {self.dim}], "
                f"{_got(means)}; HierarchicalMixture(superclusters=...) sets their number."
            )
        return means

    def check_data(self, x):
        """Observations as float64 [N, D]."""
        return np.asarray(observations(x, self.dim), np.float64)

    def check_assignments(self, z):
        """Assignments as int32 [..., L]."""
        z = np.asarray(z)
        most = np.array(self.branching)
        right = z.shape[-1:] == most.shape and np.issubdtype(z.dtype, np.integer)
        if not right or (z < 0).any() or (z >= most).any():
            raise ValueError(
                f"Expected integers z [..., {self.levels}] with 0 <= z < {list(most)}, "
                f"got {z.dtype} {list(z.shape)}."
            )
        return z.astype(np.int32)

    def sample(self, n, means, seed=None):
        """n independent observations, [n, D], float64.

        Args:
            seed: integer or NumPy generator.
        """
        means, rng = self.check_means(means), np.random.default_rng(seed)
        if n < 1:
            raise ValueError(f"Expected n >= 1, got {n}; ask for at least one draw.")
        x = self.std * rng.standard_normal([n, self.dim])
        for level in (means, *self.offsets):
            x += level[rng.integers(len(level), size=n)]
        return x

    def log_joint(self, x, z, means):
        """log p(x_n, z_n), [..., N], float64, of given assignments z [..., N, L]."""
        x, z, means = self.check_data(x), self.check_assignments(z), self.check_means(means)
        rest = x
        for level, table in enumerate((means, *self.offsets)):
            rest = rest - table[z[..., level]]
        return self.log_constant - 0.5 * np.sum(rest**2, -1) / self.std**2

    @property
    def log_constant(self):
        """log p(x, z) of an observation at the centre of its leaf."""
        return -math.log(self.leaves) - 0.5 * self.dim * math.log(2 * math.pi * self.std**2)

    def log_likelihood(self, x, means):
        """Mean of log p(x_n), by a sum over all leaves."""
        return exact_statistics(self, self.check_data(x), self.check_means(means)).log_likelihood

    def posterior(self, x, means, beta=1.0):
        """p(z | x_n) of all leaves, [N, C, B_2, ..., B_L], float64; proportional to p(x|z)^beta.

        Raises:
            ValueError: more than 2^27 numbers.
        """
        x, means = self.check_data(x), self.check_means(means)
        if len(x) * self.leaves > MOST_NUMBERS:
            raise ValueError(
                f"Expected at most {MOST_NUMBERS:,} numbers, got {len(x):,} observations times "
                f"{self.leaves:,} leaves; pass fewer observations, or use a GFlowNetPosterior."
            )
        joint = _leaves(tf.constant(x), tf.constant(means), self.lower_sums, self.std)
        q = tf.nn.softmax(tf.reshape(beta * joint, [len(x), -1]))
        return tf.reshape(q, [len(x), *self.branching]).numpy()


def exact_statistics(mixture, x, means, beta=1.0):
    """`Statistics` under the exact posterior, over all leaves, in pieces that fit the memory.

    Args:
        x, means: float64, as `HierarchicalMixture` checks them.
        beta: inverse temperature; the posterior is proportional to p(z) p(x|z)^beta. The
            log-likelihood stays as it is.
    """
    size = max(1, WORKING_SET // mixture.leaves)
    lower, std = tf.constant(mixture.lower_sums), tf.constant(mixture.std, tf.float64)
    total = None
    for start in range(0, len(x), size):
        piece = _sums(tf.constant(x[start : start + size]), tf.constant(means), lower, std,
                      tf.constant(beta, tf.float64))  # fmt: skip
        total = piece if total is None else [a + b for a, b in zip(total, piece, strict=True)]
    log_likelihood, n, first = (value.numpy() for value in total)
    return Statistics(n, first, float(log_likelihood) / len(x) + mixture.log_constant)


def _leaves(x, means, lower, std):
    """log p(x | z) up to a constant, [N, C, leaves / C]."""
    rest = (x[:, None, None] - means[:, None] - lower) / std
    return -0.5 * tf.reduce_sum(rest**2, -1)


@tf.function(jit_compile=True)
def _sums(x, means, lower, std, beta):
    joint = _leaves(x, means, lower, std)
    log_px = tf.reduce_logsumexp(joint, axis=[1, 2])
    tempered = beta * joint
    q = tf.exp(tempered - tf.reduce_logsumexp(tempered, axis=[1, 2], keepdims=True))
    by_cluster = tf.reduce_sum(q, axis=2)
    first = tf.matmul(by_cluster, x, transpose_a=True) - tf.matmul(tf.reduce_sum(q, axis=0), lower)
    return tf.reduce_sum(log_px), tf.reduce_sum(by_cluster, axis=0), first


def _lower_levels(offsets, levels, ratio):
    given = isinstance(offsets, (list, tuple)) and np.ndim(offsets[0]) == 2
    if given:
        tables = [np.array(level, np.float64) for level in offsets]
        if levels not in (None, 1 + len(tables)):
            raise ValueError(f"Expected levels = {1 + len(tables)}, one more than offsets, got {levels}.")
    else:
        if levels is not None and levels < 2 or not ratio > 0:
            raise ValueError(f"Expected levels >= 2 and ratio > 0, got {levels} and {ratio}.")
        first = np.array(offsets, np.float64)
        tables = [first * ratio**depth for depth in range((levels or 2) - 1)]
    for table in tables:
        same = table.ndim == 2 and table.shape[1] == tables[0].shape[1] >= 1 and len(table)
        if not same or not np.isfinite(table).all():
            raise ValueError(
                f"Expected finite offsets of shape [B, {np.shape(tables[0])[-1]}] for each level, "
                f"{_got(table)}."
            )
    return tuple(tables)


def _got(array):
    return f"got shape {list(array.shape)}" + ("" if np.isfinite(array).all() else " with NaN or infinite")
