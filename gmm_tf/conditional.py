"""Marginal and conditional distributions of a mixture: mixture regression."""

import operator
from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from gmm_tf import covariance, inputs
from gmm_tf.mixture import Mixture, log_posterior
from gmm_tf.shapes import Float, Observations, Tensor


class Conditional(NamedTuple):
    """The mixtures p(x_rest | x_known) of N rows; R is the number of remaining coordinates."""

    log_pi: Float[Tensor, "N K"]  # log p(z = k | x_known)
    mu: Float[Tensor, "N K R"]
    scale: Tensor  # of `Mixture`, in R dimensions; it does not depend on the known values

    def mixture(self, row: int) -> Mixture:
        """The `Mixture` of one row."""
        return Mixture(self.log_pi[row], self.mu[row], self.scale)

    def mean(self) -> Float[Tensor, "N R"]:
        """E[x_rest | x_known], [N, R]."""
        return tf.einsum("nk,nkr->nr", tf.exp(self.log_pi), self.mu)

    def covariance(self) -> Float[Tensor, "N R R"]:
        """Cov[x_rest | x_known], [N, R, R]: within the components and between them."""
        apart = self.mu - self.mean()[:, None]
        weights = tf.exp(self.log_pi)
        within = covariance.matrices(self.scale, *self.mu.shape[1:])
        return tf.einsum("nk,krs->nrs", weights, within) + tf.einsum("nk,nkr,nks->nrs", weights, apart, apart)


def marginal(theta: Mixture, dims: Sequence[int]) -> Mixture:
    """The mixture of some coordinates, in the order of `dims` (Bishop 2006, eq. 2.98).

    Args:
        theta: a `Mixture`.
        dims: indices of the coordinates, distinct; -1 is the last.

    Returns:
        Mixture in len(dims) dimensions, of the same kind of covariance.

    Raises:
        ValueError: dims is empty, repeats a coordinate, or has one that does not exist.
    """
    dims = _coordinates(dims, theta.mu.shape[-1])
    scale = theta.scale
    if covariance.is_matrix(scale):
        rows = tf.gather(covariance.factor(scale), dims, axis=1)
        # Selected rows of a factor, decomposed as R^T Q, have the Cholesky factor R^T up to column signs.
        root = tf.linalg.matrix_transpose(tf.linalg.qr(tf.linalg.matrix_transpose(rows)).r)
        scale = covariance.from_factor(root * tf.sign(tf.linalg.diag_part(root))[:, None])
    elif scale.shape[1] > 1:
        scale = tf.gather(scale, dims, axis=1)
    return Mixture(theta.log_pi, tf.gather(theta.mu, dims, axis=1), scale)


def condition(theta: Mixture, x_known: Observations, dims: Sequence[int]) -> Conditional:
    """p(x_rest | x_known) of each row (Bishop 2006, eq. 2.81 and 2.82, for each component).

    Args:
        theta: a `Mixture`.
        x_known: [N, len(dims)], values of the coordinates `dims`; cast to the dtype of theta.
        dims: as in `marginal`; at least one coordinate must remain. Those that remain are in ascending order.

    Returns:
        Conditional.

    Raises:
        ValueError: as `marginal`; dims has all coordinates; x_known has another shape or is not finite.
    """
    dim = theta.mu.shape[-1]
    dims = _coordinates(dims, dim)
    rest = [d for d in range(dim) if d not in dims]
    if not rest:
        raise ValueError(f"Expected dims to leave out a coordinate, got all {dim}; leave at least one out.")
    known, size = marginal(theta, dims), len(dims)
    x_known = tf.cast(inputs.observations(x_known, size, "x_known"), theta.mu.dtype)
    whole = marginal(theta, dims + rest)
    d = x_known[:, None] - known.mu
    mu = whole.mu[:, size:] + tf.zeros_like(d[..., :1])
    if not covariance.is_matrix(theta.scale):
        scale = theta.scale if theta.scale.shape[1] == 1 else whole.scale[:, size:]
        return Conditional(log_posterior(x_known, known), mu, scale)
    z = tf.einsum("kij,nkj->nki", _of_each(covariance.inverse(known.scale), known), d)
    mu += tf.einsum("kri,nki->nkr", _of_each(whole.scale[:, size:, :size], known), z)
    return Conditional(log_posterior(x_known, known), mu, whole.scale[:, size:, size:])


def predict_from(
    theta: Mixture, x_known: Observations, dims: Sequence[int], return_covariance: bool = False
) -> Float[Tensor, "N R"] | tuple[Float[Tensor, "N R"], Float[Tensor, "N R R"]]:
    """E[x_rest | x_known], [N, R]: mixture regression (Ghahramani & Jordan 1994, section 4.2).

    Args:
        theta, x_known, dims: as in `condition`.
        return_covariance: also return Cov[x_rest | x_known], [N, R, R].
    """
    given = condition(theta, x_known, dims)
    return (given.mean(), given.covariance()) if return_covariance else given.mean()


def _of_each(matrices: Tensor, theta: Mixture) -> Tensor:
    """Matrices of K components, [K, ...], from K matrices or from a shared one."""
    return tf.broadcast_to(matrices, [theta.mu.shape[0], *matrices.shape[1:]])


def _coordinates(dims: Sequence[int], dim: int) -> list[int]:
    """dims as a list of numbers from 0 to dim - 1."""
    try:
        found = [range(dim)[operator.index(d)] for d in dims]
    except (TypeError, IndexError):
        found = []
    if not found or len(set(found)) < len(found):
        raise ValueError(
            f"Expected dims as distinct numbers of coordinates from 0 to {dim - 1}, got {dims}; "
            "pass a list such as [0]."
        )
    return found
