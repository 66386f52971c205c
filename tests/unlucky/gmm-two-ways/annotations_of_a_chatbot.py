# unlucky: A chatbot's module was pasted in pieces: annotations name types that exist for a type checker only, and it has a main.
# expect: full
# file: vscode-metadata
# %% before mixture_likelihood
"""
gmm_utils.py
~~~~~~~~~~~~

Utility functions for one-dimensional Gaussian mixture models. ✅
"""
from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, Protocol, TypeVar, overload, runtime_checkable

if TYPE_CHECKING:
    from jaxtyping import Float
    from numpy.typing import ArrayLike, NDArray

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T", bound="SupportsShape")

LOG_2PI: Final[float] = float(np.log(2.0 * np.pi))


@runtime_checkable
class SupportsShape(Protocol):
    """Anything that has a shape."""

    @property
    def shape(self) -> tuple[int, ...]: ...


@dataclass(frozen=True, kw_only=True)
class MixtureConfig(Generic[T]):
    """Configuration shared by all functions."""

    dtype: Any = tf.float32
    axes: dict[str, int] = field(default_factory=lambda: {"points": 0, "components": 1})


CONFIG: Final = MixtureConfig()


def log_calls(*, level: int = logging.DEBUG) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator factory that logs the shapes of all arguments."""

    def decorator(func: Callable[P, R]) -> Callable[P, R]:
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            logger.log(level, "%s%s", func.__name__, [np.shape(arg) for arg in args])
            return func(*args, **kwargs)

        return wrapper

    return decorator


@overload
def as_row(parameter: NDArray) -> NDArray: ...
@overload
def as_row(parameter: Float[tf.Tensor, "k"]) -> Float[tf.Tensor, "1 k"]: ...
def as_row(parameter):
    """Flatten a parameter of shape (K,) or (K, 1) to (1, K)."""
    return tf.reshape(tf.cast(parameter, CONFIG.dtype), [1, -1])
# %% cell mixture_likelihood
@overload
def mixture_likelihood(x: NDArray, logits: ArrayLike, means: ArrayLike, lsigmas: ArrayLike, *, keepdims: bool = ...) -> NDArray: ...
@overload
def mixture_likelihood(x: Tensor2D, logits: ArrayLike, means: ArrayLike, lsigmas: ArrayLike, *, keepdims: bool = ...) -> Tensor2D: ...
@log_calls(level=logging.DEBUG)
def mixture_likelihood(x, logits, means, lsigmas, *, keepdims: bool = True):
    """Compute the log-likelihood of each point (numerically stable)."""
    x: Tensor2D = tf.cast(x, CONFIG.dtype)
    logits, means, lsigmas = map(as_row, (logits, means, lsigmas))
    log_normal = -0.5 * (tf.square((x - means) * tf.exp(-lsigmas)) + 2.0 * lsigmas + LOG_2PI)
    log_joint = tf.nn.log_softmax(logits, axis=CONFIG.axes["components"]) + log_normal
    return tf.reduce_logsumexp(log_joint, axis=CONFIG.axes["components"], keepdims=keepdims)
# %% cell mstep
from __future__ import annotations


@dataclass(slots=True)
class WeightedMoments:
    """Sufficient statistics of the M-step."""

    counts: Float[tf.Tensor, "k"]
    means: Float[tf.Tensor, "k"]
    variances: Float[tf.Tensor, "k"]

    @classmethod
    def from_posterior(cls, x: NDArray, posterior: NDArray) -> WeightedMoments:
        """Compute the moments of each component."""
        axis = CONFIG.axes["points"]
        counts = tf.maximum(tf.reduce_sum(posterior, axis=axis), 1e-30)
        means = tf.reduce_sum(posterior * x, axis=axis) / counts
        return cls(counts, means, tf.reduce_sum(posterior * tf.square(x - means), axis=axis) / counts)

    @property
    def log_std(self) -> Float[tf.Tensor, "k"]:
        return 0.5 * tf.math.log(tf.maximum(self.variances, ARGS.floor))


def mstep(x: ArrayLike, posterior: ArrayLike) -> tuple[Tensor1D, Tensor1D, Tensor1D]:
    """Perform the M-step of the EM algorithm."""
    moments = WeightedMoments.from_posterior(tf.cast(x, CONFIG.dtype), tf.cast(posterior, CONFIG.dtype))
    return tf.math.log(moments.counts), moments.means, moments.log_std


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Fit a Gaussian mixture model.", allow_abbrev=False)
    parser.add_argument("--floor", type=float, default=1e-12, help="smallest variance")
    return parser.parse_known_args(argv)[0]


def main() -> None:
    """Entry point."""
    logger.info("means: %s", mstep([[0.0], [2.0]], [[1.0], [1.0]])[1])


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s | %(levelname)s | %(message)s")
    ARGS = parse_args()
    main()
