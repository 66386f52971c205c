"""Hierarchical mixtures: x = means[z_1] + offsets_2[z_2] + ... + offsets_L[z_L] + std * noise.

Each level chooses one of its branches, independently of the other levels. EM learns the means of the
first level, the superclusters, and what else it is asked to (Hu et al. 2023, arXiv 2302.06576).
Assignments z are integers [N, L].
"""

import functools
import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from gmm_tf import codebooks, leaves, separable
from gmm_tf.codebooks import Codebooks
from gmm_tf.data import PETALS
from gmm_tf.inputs import observations
from gmm_tf.shapes import Float, Int, Observations

# Numbers of a posterior that is asked for as a whole.
MOST_NUMBERS = 1 << 27


# Means [C, D] of the superclusters, as users pass them, or `Codebooks` of all levels.
Means: TypeAlias = Any


class HierarchicalMixture:
    """The fixed part of a hierarchical mixture; one object serves any means of the superclusters.

    Args:
        offsets: [P, D], or a list of the lower levels' offsets, [B_l, D] for l = 2..L. The default are
            four petals at distance 1.
        std: standard deviation of the noise in each coordinate, > 0.
        levels: L, >= 2. With a single array [P, D], each level below the second repeats it, shrunk by
            `ratio`; 2 if None. With a list it must be its length + 1, or None.
        superclusters: number C of branches of the first level, >= 1.
        ratio: size of a level's repeated offsets relative to those of the level above, > 0.
        weights: probabilities of the branches, [B_l] for each level, superclusters first; uniform if None.

    Raises:
        ValueError: wrong shape, NaN or infinite, or an argument out of its range.
    """

    def __init__(
        self,
        offsets: Any = PETALS,
        std: float = 0.25,
        levels: int | None = None,
        superclusters: int = 4,
        ratio: float = 0.5,
        weights: Sequence[Any] | None = None,
    ) -> None:
        self.offsets = _lower_levels(offsets, levels, ratio)
        if not (np.isfinite(std) and std > 0):
            raise ValueError(f"Expected std > 0, got {std}; it is the noise around a leaf.")
        if superclusters < 1:
            raise ValueError(f"Expected superclusters >= 1, got {superclusters}.")
        self.std, self.superclusters = float(std), int(superclusters)
        self.log_weights = _log_weights(weights, self.branching)

    @property
    def levels(self) -> int:
        return 1 + len(self.offsets)

    @property
    def dim(self) -> int:
        return self.offsets[0].shape[1]

    @property
    def branching(self) -> tuple[int, ...]:
        """Number of branches of each level, (C, B_2, ..., B_L)."""
        return (self.superclusters, *(len(level) for level in self.offsets))

    @property
    def leaves(self) -> int:
        return math.prod(self.branching)

    @functools.cached_property
    def lower_sums(self) -> Float[np.ndarray, "M D"]:
        """Sum of the offsets of all lower levels for each of their combinations, [leaves / C, D]."""
        return codebooks.combinations(
            self.parameters(np.zeros([self.superclusters, self.dim])), 1, self.levels
        )[0]

    def parameters(self, means: Means) -> Codebooks:
        """`Codebooks` of this mixture with these means, [C, D]; `Codebooks` are returned unchanged."""
        if isinstance(means, Codebooks):
            return means
        return Codebooks((self.check_means(means), *self.offsets), self.std, self.log_weights)

    def get_config(self) -> dict[str, Any]:
        """Arguments that recreate this mixture, as lists and numbers."""
        return {
            "offsets": [level.tolist() for level in self.offsets],
            "std": self.std,
            "superclusters": self.superclusters,
            "weights": [np.exp(each).tolist() for each in self.log_weights],
        }

    def check_means(self, means: Observations) -> Float[np.ndarray, "C D"]:
        """Means of the superclusters as float64 [C, D]."""
        means = np.asarray(means, np.float64)
        if means.shape != (self.superclusters, self.dim) or not np.isfinite(means).all():
            raise ValueError(
                f"Expected finite means of shape [{self.superclusters}, {self.dim}], "
                f"{_got(means)}; HierarchicalMixture(superclusters=...) sets their number."
            )
        return means

    def check_data(self, x: Observations) -> Float[np.ndarray, "N D"]:
        """Observations as float64 [N, D]."""
        return np.asarray(observations(x, self.dim), np.float64)

    def check_assignments(self, z: Observations) -> Int[np.ndarray, "... L"]:
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

    def sample(
        self, n: int, means: Means, seed: int | np.random.Generator | None = None
    ) -> Float[np.ndarray, "n D"]:
        """n independent observations, [n, D], float64.

        Args:
            seed: integer or NumPy generator.
        """
        theta, rng = self.parameters(means), np.random.default_rng(seed)
        if n < 1:
            raise ValueError(f"Expected n >= 1, got {n}; ask for at least one draw.")
        return codebooks.sample(theta, n, rng)[0]

    def log_joint(self, x: Observations, z: Observations, means: Means) -> Float[np.ndarray, "..."]:
        """log p(x_n, z_n), [..., N], float64, of given assignments z [..., N, L]."""
        theta = self.parameters(means)
        return codebooks.log_joint(theta, self.check_data(x), self.check_assignments(z))

    def log_prob(self, x: Observations, means: Means) -> Float[np.ndarray, "N"]:
        """log p(x_n), [N], float64, exact.

        Coordinates are summed separately if the offsets allow it; otherwise all leaves are summed.
        """
        return log_density(self.parameters(means), self.check_data(x))

    def log_likelihood(self, x: Observations, means: Means) -> float:
        """Mean of log p(x_n), exact."""
        return float(np.mean(self.log_prob(x, means)))

    def posterior(self, x: Observations, means: Means, beta: float = 1.0) -> Float[np.ndarray, "N ..."]:
        """p(z | x_n) of all leaves, [N, C, B_2, ..., B_L], float64; proportional to p(z) p(x|z)^beta.

        Raises:
            ValueError: more than 2^27 numbers.
        """
        x, theta = self.check_data(x), self.parameters(means)
        if len(x) * self.leaves > MOST_NUMBERS:
            raise ValueError(
                f"Expected at most {MOST_NUMBERS:,} numbers, got {len(x):,} observations times "
                f"{self.leaves:,} leaves; pass fewer observations, or use a GFlowNetPosterior."
            )
        q = tf.nn.softmax(leaves.log_posterior(theta, x, beta))
        return tf.reshape(q, [len(x), *self.branching]).numpy()


def mixture_of(theta: Codebooks) -> HierarchicalMixture:
    """The `HierarchicalMixture` with the offsets, std and weights of `Codebooks`."""
    weights = [np.exp(each) for each in theta.log_weights]
    return HierarchicalMixture(list(theta.tables[1:]), theta.std, None, len(theta.tables[0]), weights=weights)


def log_density(theta: Codebooks, x: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "N"]:
    """log p(x_n), [N], of `Codebooks`, by the cheaper of the two exact methods."""
    parts = separable.split(theta)
    return leaves.log_density(theta, x) if parts is None else separable.log_density(theta, parts, x)


def _lower_levels(offsets: Any, levels: int | None, ratio: float) -> tuple[Float[np.ndarray, "_ D"], ...]:
    given = isinstance(offsets, (list, tuple)) and len(offsets) > 0 and np.ndim(offsets[0]) == 2
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


def _got(array: np.ndarray) -> str:
    return f"got shape {list(array.shape)}" + ("" if np.isfinite(array).all() else " with NaN or infinite")


def _log_weights(
    weights: Sequence[Any] | None, branching: tuple[int, ...]
) -> tuple[Float[np.ndarray, "_"], ...]:
    """log p(z_l) of each level, float64."""
    if weights is None:
        return tuple(np.full(b, -np.log(b)) for b in branching)
    found = [np.asarray(each, np.float64) for each in weights]
    right = tuple(each.shape for each in found) == tuple((b,) for b in branching)
    if not right or any(not (each > 0).all() or abs(each.sum() - 1) > 1e-6 for each in found):
        raise ValueError(
            f"Expected weights > 0 that sum to 1, {list(branching)} of them at each level, "
            f"got shapes {[list(each.shape) for each in found]}."
        )
    return tuple(np.log(each / each.sum()) for each in found)
