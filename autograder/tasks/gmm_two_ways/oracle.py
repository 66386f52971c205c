"""What right answers are: NumPy and SciPy in float64, sharing no code with the library or the course.

Parameters are (K,) arrays, `x` is (N,). Each function takes the pieces of its equation as arguments, so
that a known mistake is a right computation with one piece exchanged (see `tasks`).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.special import softmax

LOG_2PI = np.log(2 * np.pi)


def log_prior(logits: np.ndarray) -> np.ndarray:
    """log pi_k = logits_k - logsumexp(logits)."""
    return logits - np.logaddexp.reduce(logits)


def exponent(distance: np.ndarray, lsigmas: np.ndarray) -> np.ndarray:
    """-(x - mu)^2 / (2 sigma^2)."""
    return -0.5 * (distance * np.exp(-lsigmas)) ** 2


def log_normaliser(lsigmas: np.ndarray) -> np.ndarray:
    """-log sigma - log(2 pi) / 2."""
    return -lsigmas - 0.5 * LOG_2PI


def log_joint(
    x: np.ndarray,
    logits: np.ndarray,
    means: np.ndarray,
    lsigmas: np.ndarray,
    *,
    prior: Callable[[np.ndarray], np.ndarray] = log_prior,
    exponent: Callable[[np.ndarray, np.ndarray], np.ndarray] = exponent,
    normaliser: Callable[[np.ndarray], np.ndarray] = log_normaliser,
) -> np.ndarray:
    """log p(x_n, z = k), (N, K) (Bishop 2006, eq. 9.7 with eq. 2.42)."""
    return prior(logits) + exponent(x[:, None] - means, lsigmas) + normaliser(lsigmas)


def sum_over_components(joint: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """logsumexp_k; the logits are for mistakes that weight in another place."""
    return np.logaddexp.reduce(joint, axis=1)


def log_likelihood(
    x: np.ndarray,
    logits: np.ndarray,
    means: np.ndarray,
    lsigmas: np.ndarray,
    *,
    reduce: Callable[[np.ndarray, np.ndarray], np.ndarray] = sum_over_components,
    **pieces: Any,
) -> np.ndarray:
    """log p(x_n) = logsumexp_k log p(x_n, k), (N,) (Bishop 2006, eq. 9.12)."""
    return reduce(log_joint(x, logits, means, lsigmas, **pieces), logits)


def posterior(x: np.ndarray, logits: np.ndarray, means: np.ndarray, lsigmas: np.ndarray) -> np.ndarray:
    """p(k | x_n), (N, K) (Bishop 2006, eq. 9.13)."""
    return softmax(log_joint(x, logits, means, lsigmas), axis=1)


def gradient(
    x: np.ndarray, logits: np.ndarray, means: np.ndarray, lsigmas: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradient of the mean log-likelihood in (logits, means, lsigmas), each (K,)."""
    r = posterior(x, logits, means, lsigmas)
    scaled = (x[:, None] - means) * np.exp(-lsigmas)
    return (
        np.mean(r - softmax(logits), axis=0),
        np.mean(r * scaled * np.exp(-lsigmas), axis=0),
        np.mean(r * (scaled**2 - 1), axis=0),
    )


def adam(
    x: np.ndarray,
    parameters: Sequence[np.ndarray],
    steps: int,
    learning_rate: float,
    scale: float = 1.0,
    restart: bool = False,
    only: Sequence[int] = (0, 1, 2),
    stale: bool = False,
    accumulate: bool = False,
    clip: Callable[[list[np.ndarray]], list[np.ndarray]] | None = None,
) -> list[np.ndarray]:
    """Parameters after Adam's steps on the mean negative log-likelihood (Kingma & Ba 2015, Alg. 1).

    Args:
        scale: factor of the loss: N for the sum in place of the mean, -1 to climb.
        restart: forget the moments at each step, as a new optimizer does.
        only: the places of the parameters that are updated.
        stale: use the gradient at the start in every step.
        accumulate: use the sum of all gradients so far in every step.
        clip: what is done to the gradients of the loss, if anything.
    """
    theta = [np.array(value, float) for value in parameters]
    m = [np.zeros_like(value) for value in theta]
    v = [np.zeros_like(value) for value in theta]
    total = [np.zeros_like(value) for value in theta]
    first = gradient(x, *theta)
    for step in range(1, steps + 1):
        t = 1 if restart else step
        gradients = [-scale * g for g in (first if stale else gradient(x, *theta))]
        if accumulate:
            total = gradients = [before + g for before, g in zip(total, gradients, strict=True)]
        for i, g in enumerate(clip(gradients) if clip else gradients):
            m[i] = 0.1 * g if restart else 0.9 * m[i] + 0.1 * g
            v[i] = 0.001 * g**2 if restart else 0.999 * v[i] + 0.001 * g**2
        rate = learning_rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        for i in only:
            theta[i] = theta[i] - rate * m[i] / (np.sqrt(v[i]) + 1e-7)
    return theta


def descent(
    x: np.ndarray, parameters: Sequence[np.ndarray], steps: int, learning_rate: float, momentum: float = 0.0
) -> list[np.ndarray]:
    """Parameters after steps of gradient descent on the mean negative log-likelihood (Polyak 1964)."""
    theta = [np.array(value, float) for value in parameters]
    velocity = [np.zeros_like(value) for value in theta]
    for _ in range(steps):
        velocity = [
            momentum * v + learning_rate * g for v, g in zip(velocity, gradient(x, *theta), strict=True)
        ]
        theta = [value + v for value, v in zip(theta, velocity, strict=True)]
    return theta


def new_weights(x: np.ndarray, r: np.ndarray) -> np.ndarray:
    """log pi_k = log(N_k / N), (K,) (Bishop 2006, eq. 9.26)."""
    return np.log(r.sum(0) / len(r))


def new_means(x: np.ndarray, r: np.ndarray) -> np.ndarray:
    """mu_k = sum_n r_nk x_n / N_k, (K,) (Bishop 2006, eq. 9.24)."""
    return r.T @ x / r.sum(0)


def new_lsigmas(x: np.ndarray, r: np.ndarray) -> np.ndarray:
    """log sigma_k, sigma_k^2 = sum_n r_nk (x_n - mu_k)^2 / N_k, (K,) (Bishop 2006, eq. 9.25)."""
    return 0.5 * np.log((r * (x[:, None] - new_means(x, r)) ** 2).sum(0) / r.sum(0))


def mstep(x: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(logits, means, lsigmas) that maximise the expected log joint."""
    return new_weights(x, r), new_means(x, r), new_lsigmas(x, r)


def em_step(
    x: np.ndarray, logits: np.ndarray, means: np.ndarray, lsigmas: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One E and one M step."""
    return mstep(x, posterior(x, logits, means, lsigmas))
