# unlucky: Answers are objects that can be called, partial functions and typed data classes.
# expect: full
# %% first
from __future__ import annotations

__all__ = ["mstep", "GMM"]
# %% before mixture_likelihood
import dataclasses
import functools
import typing as t

Array: t.TypeAlias = "np.ndarray | tf.Tensor"


@dataclasses.dataclass(frozen=True, slots=True)
class Density:
    output: t.Literal["likelihood", "posterior"] = "likelihood"
    dtype: str = "float32"

    def joint(self, x: Array, logits: Array, means: Array, lsigmas: Array) -> Array:
        x, logits, means, lsigmas = (tf.cast(v, self.dtype) for v in (x, logits, means, lsigmas))
        logits, means, lsigmas = (tf.reshape(p, (1, -1)) for p in (logits, means, lsigmas))
        return (tf.nn.log_softmax(logits, axis=-1) - lsigmas - tf.math.log(2 * np.pi) / 2
                - tf.math.squared_difference(x, means) * tf.exp(-2 * lsigmas) / 2)

    def __call__(self, /, *arguments: Array) -> Array:
        match self.output:
            case "likelihood":
                return tf.math.reduce_logsumexp(self.joint(*arguments), axis=-1, keepdims=True)
            case "posterior":
                return self.joint(*arguments)
            case other:
                raise ValueError(other)
# %% cell mixture_likelihood
mixture_likelihood: t.Callable[..., Array] = Density()
# %% cell mixture_posterior_logits
mixture_posterior_logits = Density("posterior")
# %% cell mstep
class MStep:
    def __init__(self, floor):
        self.floor = floor

    def __call__(self, x, posterior):
        x, posterior = (np.asarray(v, dtype=np.float64) for v in (x, posterior))
        means = np.average(np.broadcast_to(x, posterior.shape), axis=0, weights=posterior)
        variances = np.average((x - means) ** 2, axis=0, weights=posterior)
        return [list(np.log(posterior.mean(0))), list(means), list(0.5 * np.log(variances + self.floor))]


mstep = functools.partial(MStep(floor=1e-12))
# %% cell loss
if __name__ == "__main__":
    loss = lambda model, inputs: tf.negative(tf.math.reduce_mean(model(inputs)))
