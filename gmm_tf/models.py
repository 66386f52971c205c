"""Keras models that own the weights of a Gaussian mixture; the mathematics is in `mixture`."""

import contextlib
import math
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from gmm_tf import conditional, em, inputs, loops, mixture, patterns, private, starts
from gmm_tf import covariance as kinds
from gmm_tf.conditional import Conditional
from gmm_tf.defaults import VARIANCE_FLOOR
from gmm_tf.mixture import Mixture
from gmm_tf.names import Start
from gmm_tf.result import degenerate, warn
from gmm_tf.sampling import Observed
from gmm_tf.shapes import Float, Int, Observations, Tensor

# Numbers, observations times components times dimensions, of which densities are computed at a time.
MOST_AT_ONCE = 1 << 24


class _Small(keras.initializers.Initializer):
    """Small random numbers, which are remembered; zero above the diagonal of matrices.

    Equal components would get equal gradients and equal posteriors, and stay equal.
    """

    def __init__(self, seed: Any) -> None:
        self.normal = keras.initializers.RandomNormal(stddev=0.1, seed=seed)
        self.value: Tensor = None

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        self.value = kinds.lower(self.normal(shape, dtype))
        return self.value


class MixtureModel(keras.Model):
    """Mixture of k Gaussians: its weights, and methods for data.

    `logits` [K]; `means` [K, D]; and a scale whose shape determines the kind of covariance:
    `lsigmas`, log standard deviations, [K, D] for "diag" and [K, 1] for "spherical"; `log_cholesky`, lower
    Cholesky factors with the logarithm of their diagonal on it, [K, D, D] for "full" and [1, D, D] for
    "tied". Below, x is [N, D], in any form that `inputs.observations` accepts, and is cast to the dtype of
    the weights; a mixed precision policy has no effect.

    Args:
        k: number of components, >= 1.
        dim: D, >= 1; if None, taken from the first data, or 1 if the weights are accessed before that.
        covariance: "full", "tied", "diag" or "spherical".
        seed: integer for the same initial weights and samples each time.
        variance_floor: least variance of a component in every direction, relative to the squared robust
            spread of the data (`em.spread`); it keeps the likelihood bounded.
        **kwargs: `name`, `dtype`, `trainable` of `keras.Model`.

    Raises:
        ValueError: k < 1, dim < 1, another covariance, a negative floor, a dtype of weights that is
            not float32 or float64; in every method, x that `inputs.observations` rejects.
    """

    learns_by_gradient = True

    def __init__(
        self,
        k: int,
        dim: int | None = None,
        covariance: str = "diag",
        seed: int | None = None,
        variance_floor: float = VARIANCE_FLOOR,
        **kwargs: Any,
    ) -> None:
        # Keras would cast inputs and weights to the compute dtype, which may be half precision.
        super().__init__(**{"autocast": False, **kwargs})
        if not inputs.number("variance_floor", variance_floor) >= 0:
            raise ValueError(f"Expected variance_floor >= 0, got {variance_floor}; try {VARIANCE_FLOOR:g}.")
        if self.variable_dtype not in ("float32", "float64"):
            raise ValueError(
                f"Expected weights of float32 or float64, got {self.variable_dtype}; pass dtype='float32'."
            )
        self.k, self.seed = inputs.positive_integer("k", k), inputs.check_seed(seed)
        self.covariance = kinds.check_kind(covariance)
        self.variance_floor = float(variance_floor)
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        self._observed: Observed | None = None
        if dim is not None:
            self.build((None, inputs.positive_integer("dim", dim)))

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Create the weights for data of shape [N, D], if the model has none."""
        if self.built:
            return
        inputs.check_shape(list(input_shape))
        self._dim = inputs.positive_integer("dim", input_shape[-1])
        shape = kinds.scale_shape(self.k, self._dim, self.covariance)
        self._first = [_Small(self.seed_generator) for _ in range(3)]
        own = {"trainable": self.learns_by_gradient, "autocast": False}
        self._logits = self.add_weight((self.k,), self._first[0], name="logits", **own)
        self._means = self.add_weight((self.k, self._dim), self._first[1], name="means", **own)
        name = "log_cholesky" if len(shape) == 3 else "lsigmas"
        self._scale = self.add_weight(shape, self._first[2], name=name, **own)

    def _of_weights(self, name: str) -> Any:
        if not self.built:
            # Without data that determine D, it is 1.
            self.build((None, 1))
        return getattr(self, name)

    @property
    def dim(self) -> int:
        """D."""
        return self._of_weights("_dim")

    @property
    def logits(self) -> keras.Variable:
        """Logarithms of the mixing weights, up to a constant, [K]."""
        return self._of_weights("_logits")

    @property
    def means(self) -> keras.Variable:
        """[K, D]."""
        return self._of_weights("_means")

    @property
    def scale(self) -> keras.Variable:
        """`lsigmas` or `log_cholesky`, whichever the kind of the covariances has."""
        return self._of_weights("_scale")

    @property
    def weights(self) -> list[keras.Variable]:
        """The three weights, as `keras.Model` has them."""
        self._of_weights("_dim")
        return super().weights

    @property
    def variables(self) -> list[keras.Variable]:
        """The weights and the state of the generator, as `keras.Model` has them."""
        self._of_weights("_dim")
        return super().variables

    def __repr__(self) -> str:
        dim = self.dim if self.built else None
        return (
            f"<{type(self).__name__} name={self.name}, k={self.k}, dim={dim}, covariance={self.covariance!r}>"
        )

    def summary(self, *args: Any, print_fn: Callable[[str], None] | None = None, **kwargs: Any) -> None:
        """A line with k, dim and the kind of covariance, followed by `keras.Model.summary`."""
        (print_fn or print)(repr(self))
        # Accessing the weights would fix dim before there are data.
        if self.built:
            super().summary(*args, print_fn=print_fn, **kwargs)

    def get_config(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("k", "seed", "variance_floor")}
        own |= {"covariance": str(self.covariance), "dim": self.dim if self.built else None}
        return {**super().get_config(), **own}

    @property
    def lsigmas(self) -> keras.Variable:
        """Log standard deviations, the scale of "diag" [K, D] and "spherical" [K, 1]."""
        if self.scale.name != "lsigmas":
            raise AttributeError(f"{self.covariance!r} has no lsigmas; use log_cholesky.")
        return self.scale

    @property
    def log_cholesky(self) -> keras.Variable:
        """Cholesky factors, the scale of "full" [K, D, D] and "tied" [1, D, D]."""
        if self.scale.name != "log_cholesky":
            raise AttributeError(f"{self.covariance!r} has no log_cholesky; use lsigmas.")
        return self.scale

    @property
    def mixture(self) -> Mixture:
        """The weights as an immutable `Mixture`."""
        return mixture.normal_mixture(self.logits, self.means, self.scale)

    def assign(self, theta: Mixture) -> None:
        """Set the weights to those of a `Mixture`."""
        self.logits.assign(theta.log_pi)
        self.means.assign(theta.mu)
        self.scale.assign(theta.scale)

    @property
    def is_untrained(self) -> bool:
        """Whether the weights are the initial ones, never trained, assigned or loaded."""
        if not self.built:
            return True
        now = (self.logits, self.means, self.scale)
        return all(np.array_equal(w, first.value) for w, first in zip(now, self._first, strict=True))

    @property
    def mixing_weights(self) -> Float[Tensor, "K"]:
        """Probabilities pi_k of the components, [K]."""
        return tf.exp(self.mixture.log_pi)

    @property
    def covariances(self) -> Float[Tensor, "K D D"]:
        """Covariance matrices, [K, D, D], of any kind."""
        return mixture.covariances(self.mixture)

    @property
    def free_parameters(self) -> int:
        """Number of free parameters; of the K weights, K - 1 are free, because they sum to one."""
        return self.k - 1 + self.k * self.dim + kinds.free_parameters(self.scale.shape)

    def check_data(self, x: Observations, missing: bool = False) -> Float[Tensor, "N D"]:
        """x as a tensor [N, D], float64 if x is, otherwise float32.

        Args:
            missing: allow NaN.
        """
        x = inputs.observations(x, self.dim if self.built else None, missing=missing)
        x = tf.convert_to_tensor(x)
        if not self.built:
            self.build(x.shape)
        return x

    def _data(self, x: Observations) -> Float[Tensor, "N D"]:
        return tf.cast(self.check_data(x), self.variable_dtype)

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        # Keras would interpret a list of rows as a list of inputs.
        if not isinstance(x, (tf.Tensor, keras.KerasTensor)):
            x = self.check_data(x)
        return super().__call__(x, *args, **kwargs)

    def _log_joint(self, x: Observations, missing: bool) -> Float[Tensor, "N K"]:
        """log p(x_n, z_n = k), [N, K]."""
        if not missing:
            return _in_pieces(self._data(x), self.mixture)
        theta = mixture.cast(self.mixture, tf.float64)
        joint = patterns.log_joint(self._with_missing(x), theta)
        return tf.cast(joint, self.variable_dtype)

    def _with_missing(self, x: Observations) -> Float[np.ndarray, "N D"]:
        return self.check_data(x, missing=True).numpy().astype(np.float64)

    def log_prob(self, x: Observations, missing: bool = False) -> Float[Tensor, "N"]:
        """log p(x_n), [N].

        Args:
            missing: treat NaN in x as a value missing at random, here and below; p is then the density of
                the observed values.
        """
        return tf.reduce_logsumexp(self._log_joint(x, missing), axis=-1)

    def posterior(self, x: Observations, missing: bool = False) -> Float[Tensor, "N K"]:
        """Probabilities p(z_n = k | x_n), [N, K]."""
        return tf.nn.softmax(self._log_joint(x, missing), axis=-1)

    def predict_component(self, x: Observations, missing: bool = False) -> Int[Tensor, "N"]:
        """Most probable component, [N], int64."""
        return tf.argmax(self._log_joint(x, missing), axis=-1)

    def impute(self, x: Observations) -> Float[np.ndarray, "N D"]:
        """x [N, D] with every NaN replaced by its conditional mean; an array of the weights' dtype."""
        filled = patterns.impute(self._with_missing(x), mixture.cast(self.mixture, tf.float64))
        return filled.astype(self.variable_dtype)

    def marginal(self, dims: Sequence[int]) -> Mixture:
        """`Mixture` of the coordinates `dims`; see `gmm_tf.marginal`."""
        return conditional.marginal(self.mixture, dims)

    def condition(self, x_known: Observations, dims: Sequence[int]) -> Conditional:
        """`Conditional` of the other coordinates, given those of `dims`; see `gmm_tf.condition`."""
        return conditional.condition(self.mixture, x_known, dims)

    def predict_from(
        self, x_known: Observations, dims: Sequence[int], return_covariance: bool = False
    ) -> Float[Tensor, "N R"] | tuple[Float[Tensor, "N R"], Float[Tensor, "N R R"]]:
        """Conditional mean of the other coordinates, given those of `dims`; see `gmm_tf.predict_from`."""
        return conditional.predict_from(self.mixture, x_known, dims, return_covariance)

    def sample(
        self, n: int, seed: int | None = None, return_components: bool = False
    ) -> Float[Tensor, "n D"] | tuple[Float[Tensor, "n D"], Int[Tensor, "n"]]:
        """n independent draws, [n, D].

        Args:
            n: number of draws, >= 1.
            seed: integer for the same draws each time; if None, the model's own generator draws.
            return_components: also return the component of each draw.

        Returns:
            The draws, or (draws, components [n], int64).
        """
        n, seed = inputs.positive_integer("n", n), inputs.check_seed(seed)
        own = self.seed_generator.next() if seed is None else [seed, 0]
        draws, components = mixture.sample(n, self.mixture, tf.cast(own, tf.int64))
        return (draws, components) if return_components else draws

    def _penalised(self, x: Observations, price: float, missing: bool) -> float:
        """Deviance plus a penalty for each free parameter."""
        log_prob = tf.cast(self.log_prob(x, missing), tf.float64)
        return float(price * self.free_parameters - 2 * tf.reduce_sum(log_prob))

    def aic(self, x: Observations, missing: bool = False) -> float:
        """Akaike information criterion (Akaike 1974), float; lower is better."""
        return self._penalised(x, 2.0, missing)

    def bic(self, x: Observations, missing: bool = False) -> float:
        """Bayesian information criterion (Schwarz 1978), float; lower is better.

        Rows without any value do not count.
        """
        x = self.check_data(x, missing)
        rows = np.count_nonzero(~np.isnan(x).all(axis=1))
        return self._penalised(x, math.log(rows), missing)

    def to_distribution(self) -> Any:
        """The current mixture as `tfp.distributions.MixtureSameFamily`.

        Its events are [D]; for D = 1 they are scalars, and it has a `cdf`.
        """
        # TFP takes over a second to import, and few need it.
        from tensorflow_probability import distributions as tfd

        theta = self.mixture
        if kinds.is_matrix(theta.scale):
            factor = kinds.factor(theta.scale) + tf.zeros_like(theta.mu)[..., None]
        else:
            factor = tf.exp(theta.scale) * tf.ones_like(theta.mu)
        if self.dim == 1:
            normal = tfd.Normal(theta.mu[:, 0], tf.reshape(factor, [-1]))
        elif kinds.is_matrix(theta.scale):
            normal = tfd.MultivariateNormalTriL(theta.mu, factor)
        else:
            normal = tfd.MultivariateNormalDiag(theta.mu, factor)
        return tfd.MixtureSameFamily(tfd.Categorical(logits=theta.log_pi), normal)

    def export(
        self, filepath: str | os.PathLike[str], *args: Any, input_signature: Any = None, **kwargs: Any
    ) -> Any:
        """`keras.Model.export`; what is exported serves log p(x_n), [N, 1], of x [N, D] for any N."""
        if input_signature is None:
            input_signature = [keras.InputSpec(shape=(None, self.dim), dtype=self.variable_dtype)]
        return super().export(filepath, *args, input_signature=input_signature, **kwargs)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Float[Tensor, ""]:
        """Mean negative log-likelihood, unless `compile` was given a loss."""
        if self.loss is not None:
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        nll = -y_pred[:, 0]
        if sample_weight is not None:
            nll *= tf.cast(tf.reshape(sample_weight, [-1]), nll.dtype)
        return tf.reduce_mean(nll)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        *args: Any,
        sample_weight: Any = None,
        start: str | None = None,
        observed: Observed | None = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """`keras.Model.fit`; x is [N, D], or a `tf.data.Dataset` or other source of batches for Keras.

        Args:
            start: as in `fit_em`. For a start from the data, a stream is read once more before the first
                epoch, and 20,000 rows of it are kept.
            observed: a `sampling.Observed`, if the caller knows it for a stream; otherwise it is computed
                from the rows of the start or, for a stream without a start, from the sums of the first epoch.

        Raises:
            ValueError: no data; invalid x; fewer rows than components.

        Warns:
            DegenerateFitWarning: a component is collapsed or empty.
        """
        x, y = self._for_keras(x, y, sample_weight)
        if isinstance(held_out := kwargs.get("validation_data"), (tuple, list)):
            of_x, of_y, weights = keras.utils.unpack_x_y_sample_weight(tuple(held_out))
            kwargs["validation_data"] = (*self._for_keras(of_x, of_y, weights), weights)
        x, found = self._begun(x, sample_weight, start if self.trainable else Start.WEIGHTS, kwargs)
        self._observed = observed or found
        with _in_dtype_of(self):
            history = super().fit(x, y, *args, sample_weight=sample_weight, **kwargs)
        if self._observed is not None:
            count, floor = self.observed_floor()
            least = None if self.learns_by_gradient else self.variance_floor
            warn(self.mixture, degenerate(self.mixture, floor, count), least)
        return history

    def _begun(
        self, x: Any, sample_weight: Any, start: str | None, options: dict[str, Any]
    ) -> tuple[Any, Observed | None]:
        """`starts.begin` on what Keras will train on: it holds out the last rows for a `validation_split`."""
        steps = options.get("steps_per_epoch")
        if not hasattr(x, "shape"):
            return starts.begin(self, x, sample_weight, start, steps)
        kept = slice(math.floor(len(x) * (1 - (options.get("validation_split") or 0.0))))
        own = None if sample_weight is None else np.asarray(sample_weight)[kept]
        return x, starts.begin(self, x[kept], own, start, steps)[1]

    def observed_floor(self) -> tuple[float, Float[Tensor, "D"]]:
        """The number of observations of the last `fit`, and `em.least_variance` of its data, [D]."""
        if self._observed is None:
            raise ValueError("Expected a fitted model, got one that has seen no data; call fit first.")
        count, variance = self._observed
        return count, em.least_variance(self.variance_floor, variance, self.scale.shape)

    def evaluate(
        self, x: Any = None, y: Any = None, *args: Any, sample_weight: Any = None, **kwargs: Any
    ) -> Any:
        """`keras.Model.evaluate`; x as for `fit`.

        Raises:
            ValueError: no data; invalid x.
        """
        x, y = self._for_keras(x, y, sample_weight)
        with _in_dtype_of(self):
            return super().evaluate(x, y, *args, sample_weight=sample_weight, **kwargs)

    def predict(self, x: Any, *args: Any, **kwargs: Any) -> np.ndarray:
        """`keras.Model.predict`: log p(x_n), [N, 1], array; x as for `fit`.

        Raises:
            ValueError: invalid x.
        """
        x, _ = self._for_keras(x, None, None)
        with _in_dtype_of(self):
            return super().predict(x, *args, **kwargs)

    def _for_keras(self, x: Any, y: Any, sample_weight: Any) -> tuple[Any, Any]:
        """x checked, and y; zeros for y if Keras would otherwise drop the sample weights."""
        if hasattr(x, "__next__"):
            # Keras wants tuples of a generator.
            return (batch if isinstance(batch, tuple) else (batch,) for batch in x), y
        if inputs.is_source_of_batches(x):
            return x, y
        x = self.check_data(x)
        if sample_weight is not None:
            inputs.weights(sample_weight, len(x))
        return x, tf.zeros(len(x)) if y is None and sample_weight is not None else y


@contextlib.contextmanager
def _in_dtype_of(model: MixtureModel) -> Iterator[None]:
    """Keras casts arrays to its default dtype, in which the data of a float64 model would lose digits."""
    before = keras.config.floatx()
    keras.config.set_floatx(model.variable_dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before)


def _in_pieces(x: Float[Tensor, "N D"], theta: Mixture) -> Float[Tensor, "N K"]:
    """`mixture.log_joint`, some rows at a time: it needs K times the memory of x."""
    size = max(1, MOST_AT_ONCE // (theta.mu.shape[0] * theta.mu.shape[1]))
    if tf.is_symbolic_tensor(x) or x.shape[0] <= size:
        return mixture.log_joint(x, theta)
    pieces = (x[begin : begin + size] for begin in range(0, x.shape[0], size))
    return tf.concat([mixture.log_joint(piece, theta) for piece in pieces], axis=0)


@keras.saving.register_keras_serializable(package="gmm_tf")
class GMM(MixtureModel):
    """Mixture of Gaussians to be trained by gradient: `model(x)` is log p(x_n), [N, 1].

    `model.compile(optimizer="adam")` is enough: the loss is the mean negative log-likelihood.
    Arguments, weights and methods are those of `MixtureModel`.
    """

    def call(self, x: Observations) -> Float[Tensor, "N 1"]:
        return self.log_prob(x)[:, None]


@keras.saving.register_keras_serializable(package="gmm_tf")
class EMGMM(MixtureModel):
    """Mixture of Gaussians to be trained by expectation-maximisation: `model(x)` is one EM step.

    `model(x)` on data takes the step of `em_step` and returns None. No other call trains the model: with
    `training=False`, inside another model or layer, traced (`predict`, `evaluate`, `export`, a
    `tf.function`) or symbolic, it returns log p(x_n), [N, 1], as a GMM does. `fit` needs no `compile`.
    Arguments, weights and methods are those of `MixtureModel`.
    """

    learns_by_gradient = False
    _sums: list[tf.Variable] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.compile(optimizer=None)

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Create the weights for data of shape [N, D], and the sums of an epoch of `fit`."""
        if self.built:
            return
        super().build(input_shape)
        shapes = em.statistics_shapes(self.k, self._dim, tuple(self._scale.shape))
        # Plain variables, which Keras does not track: the sums of an epoch are not weights to save.
        with tf.init_scope():
            self._sums = [tf.Variable(tf.zeros(shape, tf.float64)) for shape in shapes]

    def call(self, x: Observations, training: bool = True) -> Float[Tensor, "N 1"] | None:
        if not training or not private.is_outermost(self) or tf.is_symbolic_tensor(x):
            return self.log_prob(x)[:, None]
        self.em_step(x)
        return None

    def em_step(self, x: Observations) -> None:
        """One E-step and one M-step on x [N, D], assigned to the weights (Bishop 2006, section 9.2.2).

        Raises:
            ValueError: invalid x; fewer rows than components.
        """
        x = self._data64(x)
        if x.shape[0] is not None and x.shape[0] < self.k:
            raise ValueError(
                f"Expected N >= k = {self.k} observations for an EM step, got {x.shape[0]}; for "
                "log p(x) use log_prob(x), or model(x, training=False)."
            )
        # A symbolic x has no values yet to take quantiles of.
        variance = None if tf.is_symbolic_tensor(x) else tf.constant(em.spread(x.numpy()) ** 2)
        self._em_step(x, variance)

    @tf.function(reduce_retracing=True, autograph=False)
    def _em_step(self, x: Float[Tensor, "N D"], variance: Float[Tensor, "D"] | None) -> None:
        self.update(em.e_step(mixture.to_blocks(x), self._mixture64()), variance)

    @property
    def statistics(self) -> em.Statistics:
        """`em.Statistics` of the epoch of `fit` so far."""
        return em.Statistics(*(tf.convert_to_tensor(total) for total in self._sums))

    def update(self, statistics: em.Statistics, variance: Float[Tensor, "D"] | None = None) -> None:
        """Take the M-step from the statistics of all observations under the current mixture.

        Args:
            variance: [D], of the data, for the relative floor; by default that of the statistics.
        """
        theta = self._mixture64()
        if variance is None:
            variance = em.data_variance(statistics, theta)
        floor = em.least_variance(self.variance_floor, variance, theta.scale.shape)
        self.assign(em.update(statistics, theta, floor))

    def _mixture64(self) -> Mixture:
        return mixture.cast(self.mixture, tf.float64)

    def _data64(self, x: Observations) -> Float[Tensor, "N D"]:
        return tf.cast(self.check_data(x), tf.float64)

    def train_step(self, data: Any) -> dict[str, Any]:
        """Add a batch to the sums of the epoch."""
        x, _, weights = keras.utils.unpack_x_y_sample_weight(data)
        x = self._data64(x)
        weights = tf.ones(tf.shape(x)[:1]) if weights is None else tf.reshape(weights, [-1])
        weights = tf.cast(weights, tf.float64)
        statistics = loops.batch_statistics(x, self._mixture64(), weights)
        for total, value in zip(self._sums, statistics, strict=True):
            total.assign_add(value)
        count = tf.reduce_sum(weights)
        loss = next(metric for metric in self.metrics if metric.name == "loss")
        # A batch may have no observation that counts.
        mean = tf.math.divide_no_nan(-statistics.log_likelihood, count)
        loss.update_state(mean, sample_weight=count)
        return self.get_metrics_result()

    def get_compile_config(self) -> None:
        """None: `__init__` compiles, and there is no optimizer to restore."""

    # The order of the arguments is that of `keras.Model.fit`, of which mypy knows nothing.
    def fit(  # type: ignore[override]
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Exact EM: one step per epoch, from sums over all its batches, at any batch size.

        The loss of an epoch is the mean negative log-likelihood before its step, and so is `val_loss`.

        Args:
            x: [N, D], or a `tf.data.Dataset` or other source of batches for Keras.
            y: ignored.
            batch_size: for an array, 8192 if None; it only affects memory and speed.
            epochs: number of EM steps.
            verbose: as for `keras.Model.fit`.
            callbacks: they see the weights after the epoch's step.
            **kwargs: as for `keras.Model.fit`; `sample_weight` counts observations.

        Raises:
            ValueError: no data; invalid x.
        """
        if not inputs.is_source_of_batches(x):
            batch_size = batch_size or 8192
        # Sums do not depend on the order, and Keras warns that it cannot shuffle a dataset.
        kwargs.setdefault("shuffle", False)
        callbacks = [_EpochStep(), callbacks or []]
        return super().fit(x, y, batch_size, epochs, verbose, callbacks=callbacks, **kwargs)


class _EpochStep(keras.callbacks.Callback):
    """Start the sums of an EMGMM with each epoch, and take its M-step at the end."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        for total in self.model._sums:
            total.assign(tf.zeros_like(total))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        statistics = self.model.statistics
        if not tf.math.is_finite(statistics.log_likelihood):
            raise ValueError(
                f"Expected finite data, got a log-likelihood of {statistics.log_likelihood:g}; "
                "drop or repair NaN and infinite values first."
            )
        if self.model._observed is None:
            variance = em.data_variance(statistics, self.model._mixture64())
        else:
            variance = self.model._observed.variance
        self.model._observed = Observed(float(tf.reduce_sum(statistics.n)), variance)
        if self.model.trainable:
            self.model.update(statistics, self.model._observed.variance)
