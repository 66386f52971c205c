"""M-steps of hierarchical mixtures: new `Codebooks` from the `Statistics` of an E-step."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from gmm_tf.codebooks import Codebooks
from gmm_tf.moments import Statistics
from gmm_tf.names import Learnt
from gmm_tf.shapes import Float

LEARNABLE = tuple(Learnt)
# Directions of the tables with less than this number of observations do not change.
EMPTY = 1e-9
# Rounding changes a residual by half a per cent or more if it is below this share of the sum of squares.
LOST = 1e-13


MStep: TypeAlias = Callable[[Statistics, Codebooks], Codebooks]


def maximise(learn: Sequence[str] = ("means",), ridge: float = 0.0) -> MStep:
    """The M-step that maximises the expected log joint over what is learnt.

    Args:
        learn: some of "means" (of the superclusters), "tables" (of all levels), "std", "weights".
        ridge: precision of a normal prior around 0 of each learnt number, >= 0.

    Returns:
        (statistics, theta) -> theta. It raises a ValueError without the sums of what it learns.
    """
    check_learn(learn)
    if not ridge >= 0:
        raise ValueError(f"Expected ridge >= 0, got {ridge}.")

    def m_step(statistics: Statistics, theta: Codebooks) -> Codebooks:
        if Learnt.TABLES in learn and len(statistics.pairs) < sum(theta.branching):
            raise ValueError(
                "Expected learn to have 'tables' in tree_em, too, because the E-step summed the first level "
                f"only; pass learn={tuple(learn)}."
            )
        if Learnt.MEANS in learn or Learnt.TABLES in learn:
            theta = theta._replace(tables=least_squares(statistics, theta, ridge))
        if Learnt.STD in learn:
            theta = theta._replace(std=noise(statistics, theta))
        if Learnt.WEIGHTS in learn:
            theta = theta._replace(log_weights=shares(statistics, theta))
        return theta

    return m_step


def ascend(learning_rate: float = 0.1, steps: int = 1) -> MStep:
    """An M-step of gradient steps on the mean expected log joint, over the learnt tables alone.

    It learns neither std nor weights.
    """
    if not learning_rate > 0 or steps < 1:
        raise ValueError(f"Expected learning_rate > 0 and steps >= 1, got {learning_rate} and {steps}.")

    def m_step(statistics: Statistics, theta: Codebooks) -> Codebooks:
        rate = learning_rate / (statistics.n.sum() * theta.std**2)
        table = _learnt(statistics, theta)
        for _ in range(steps):
            table = table + rate * (statistics.first - statistics.pairs @ table)
        return theta._replace(tables=_with(theta, table))

    return m_step


def least_squares(statistics: Statistics, theta: Codebooks, ridge: float = 0.0) -> tuple[np.ndarray, ...]:
    """Tables that minimise the expected squared error plus ridge * std^2 * |table|^2.

    Several tables are only determined up to shifts that cancel, and an empty branch is not determined at
    all: in such directions the tables do not change.
    """
    table, penalty = _learnt(statistics, theta), ridge * theta.std**2
    gradient = statistics.first - statistics.pairs @ table - penalty * table
    sizes, directions = np.linalg.eigh(statistics.pairs + penalty * np.eye(len(table)))
    known = sizes > EMPTY * max(1.0, sizes[-1])
    along = np.where(known, 1 / np.where(known, sizes, 1.0), 0.0)[:, None] * (directions.T @ gradient)
    return _with(theta, table + directions @ along)


def noise(statistics: Statistics, theta: Codebooks) -> float:
    """Standard deviation of the residual noise.

    Raises:
        ValueError: none is left but rounding.
    """
    table = _learnt(statistics, theta)
    square = statistics.square - 2 * np.sum(statistics.first * table)
    square += np.sum((statistics.pairs @ table) * table)
    if not square > LOST * statistics.square:
        raise ValueError(
            "Expected noise above rounding, got none; subtract the mean of x from x and from the means, pass "
            "more observations, or do not learn std."
        )
    return float(np.sqrt(square / (statistics.n.sum() * theta.dim)))


def shares(statistics: Statistics, theta: Codebooks) -> tuple[np.ndarray, ...]:
    """log p(z_l) of each level; an unused branch keeps 1e-9 observations."""
    known = [count for count in statistics.counts if count is not None]
    if len(known) < len(statistics.counts):
        unknown = [level for level, count in enumerate(statistics.counts) if count is None]
        raise ValueError(
            f"Expected counts of every level to learn weights, got none of levels {unknown}; "
            "this E-step sums these levels out."
        )
    counts = [np.maximum(count, EMPTY) for count in known]
    return tuple(np.log(count / count.sum()) for count in counts)


def check_learn(learn: Sequence[str]) -> None:
    """ValueError unless learn names parameters."""
    if isinstance(learn, str) or not learn or not set(learn) <= set(LEARNABLE):
        raise ValueError(f"Expected learn as some of {LEARNABLE}, got {learn!r}.")


def _learnt(statistics: Statistics, theta: Codebooks) -> Float[np.ndarray, "A D"]:
    return np.concatenate(theta.tables)[: len(statistics.pairs)]


def _with(theta: Codebooks, table: Float[np.ndarray, "A D"]) -> tuple[np.ndarray, ...]:
    """The tables with their first rows replaced."""
    rows = np.concatenate([table, np.concatenate(theta.tables)[len(table) :]])
    return tuple(np.split(rows, np.cumsum(theta.branching)[:-1]))
