"""Keras models that own the weights of a Gaussian mixture; the mathematics is in `mixture`."""

import math

import keras
import numpy as np
import tensorflow as tf

from gmm_tf import covariance as covariances
from gmm_tf import em, mixture, starts
from gmm_tf.result import degenerate, warn_if_degenerate
from gmm_tf.sampling import Observed


class MixtureModel(keras.Model):
    """Weights of a mixture of k Gaussians and what they say about data.

    `logits` [K]; `means` [K, D]; and a scale whose shape says the kind of the covariances:
    `lsigmas`, log standard deviations, [K, D] for "diag" and [K, 1] for "spherical";
    `log_cholesky`, lower Cholesky factors with the logarithm of their diagonal on it, [K, D, D] for
    "full" and [1, D, D] for "tied". Below, x is [N, D], array or tensor, and is cast to the dtype of
    the weights; a mixed precision policy changes nothing.

    Args:
        k: number of components, >= 1.
        dim: D, >= 1.
        covariance: "full", "tied", "diag" or "spherical".
        seed: integer for the same initial weights and samples each time.
        variance_floor: least variance of a component in every direction, relative to the squared robust
            spread of the data (`em.spread`); it binds EM where the likelihood would be unbounded.
        **kwargs: `name`, `dtype`, `trainable` of `keras.Model`.

    Raises:
        ValueError: k < 1, dim < 1, another covariance, a negative floor, a dtype of weights that is
            not float32 or float64; in every method, x of the wrong shape, or with NaN or infinite
            values.
    """

    learns_by_gradient = True

    def __init__(self, k, dim=1, covariance="diag", seed=None, variance_floor=em.VARIANCE_FLOOR,
                 **kwargs):  # fmt: skip
        # Keras would cast inputs and weights to the compute dtype, which may be half precision.
        super().__init__(**{"autocast": False, **kwargs})
        for name, value in (("k", k), ("dim", dim)):
            if value < 1:
                raise ValueError(f"Expected {name} >= 1, got {value}; pass a positive integer.")
        if not variance_floor >= 0:
            raise ValueError(f"Expected variance_floor >= 0, got {variance_floor}; try 1e-6.")
        if self.variable_dtype not in ("float32", "float64"):
            raise ValueError(
                f"Expected weights of float32 or float64, got {self.variable_dtype}; "
                "pass dtype='float32'."
            )
        shape = covariances.scale_shape(k, dim, covariance)
        self.k, self.dim, self.covariance, self.seed = k, dim, covariance, seed
        self.variance_floor = variance_floor
        self.seed_generator = keras.random.SeedGenerator(seed)
        # Equal components would get equal gradients and equal posteriors, and stay equal.
        small = keras.initializers.RandomNormal(stddev=0.1, seed=self.seed_generator)
        own = {"initializer": small, "trainable": self.learns_by_gradient, "autocast": False}
        self.logits = self.add_weight(shape=(k,), name="logits", **own)
        self.means = self.add_weight(shape=(k, dim), name="means", **own)
        name = "log_cholesky" if len(shape) == 3 else "lsigmas"
        self.scale = self.add_weight(shape=shape, name=name, **own)
        self.scale.assign(covariances.lower(self.scale.value))
        self._untrained = tuple(self._values())
        self._observed = None
        self.built = True

    def get_config(self):
        own = ("k", "dim", "covariance", "seed", "variance_floor")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}

    @property
    def lsigmas(self):
        """The scale of "diag" and "spherical": log standard deviations, [K, D] or [K, 1]."""
        if self.scale.name != "lsigmas":
            raise AttributeError(f"{self.covariance!r} has no lsigmas; use log_cholesky.")
        return self.scale

    @property
    def log_cholesky(self):
        """The scale of "full" and "tied": [K, D, D] or [1, D, D]."""
        if self.scale.name != "log_cholesky":
            raise AttributeError(f"{self.covariance!r} has no log_cholesky; use lsigmas.")
        return self.scale

    @property
    def mixture(self):
        """The weights as an immutable `Mixture`."""
        return mixture.normal_mixture(self.logits, self.means, self.scale)

    def assign(self, theta):
        """Set the weights to those of a `Mixture`."""
        self.logits.assign(theta.log_pi)
        self.means.assign(theta.mu)
        self.scale.assign(theta.scale)

    def _values(self):
        return [np.array(weight.value.numpy()) for weight in (self.logits, self.means, self.scale)]

    @property
    def is_untrained(self):
        """Whether the weights are those that the model was made with: never trained, assigned or loaded."""
        return all(map(np.array_equal, self._values(), self._untrained))

    def check_data(self, x):
        """x as a tensor [N, D], in float64 if it came so, else in the dtype of the weights."""
        dtype = "float64" if getattr(x, "dtype", None) == "float64" else self.variable_dtype
        return mixture.check_data(mixture.to_tensor(x, dtype), self.dim)

    def _data(self, x):
        return tf.cast(self.check_data(x), self.variable_dtype)

    def log_prob(self, x):
        """log p(x_n), [N, 1]."""
        return mixture.log_likelihood(self._data(x), self.mixture)

    def posterior(self, x):
        """Probabilities p(z_n = k | x_n), [N, K]."""
        return mixture.posterior(self._data(x), self.mixture)

    def predict_component(self, x):
        """Most probable component, [N], int64."""
        return tf.argmax(mixture.log_joint(self._data(x), self.mixture), axis=-1)

    def sample(self, n):
        """n new independent draws, [n, D]."""
        if n < 1:
            raise ValueError(f"Expected n >= 1, got {n}; ask for at least one draw.")
        return mixture.sample(n, self.mixture, tf.cast(self.seed_generator.next(), tf.int64))

    def _penalised(self, x, price):
        """Deviance plus a price for each free parameter; weights sum to one, so one is not free."""
        log_prob = tf.cast(self.log_prob(x), tf.float64)
        free = self.k - 1 + self.k * self.dim + covariances.free_parameters(self.scale.shape)
        return float(price * free - 2 * tf.reduce_sum(log_prob))

    def aic(self, x):
        """Akaike information criterion (Akaike 1974), float; lower is better."""
        return self._penalised(x, 2.0)

    def bic(self, x):
        """Bayesian information criterion (Schwarz 1978), float; lower is better."""
        return self._penalised(x, math.log(len(x)))

    def to_distribution(self):
        """The present mixture as `tfp.distributions.MixtureSameFamily` with event shape [D]."""
        # TFP takes over a second to import, and few need it.
        from tensorflow_probability import distributions as tfd

        theta = self.mixture
        if covariances.is_matrix(theta.scale):
            normal = tfd.MultivariateNormalTriL(theta.mu, covariances.factor(theta.scale))
        else:
            sigma = tf.exp(theta.scale) * tf.ones_like(theta.mu)
            normal = tfd.MultivariateNormalDiag(theta.mu, sigma)
        return tfd.MixtureSameFamily(tfd.Categorical(logits=theta.log_pi), normal)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean negative log-likelihood, unless `compile` was given a loss."""
        if self.loss is not None:
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        nll = -y_pred[:, 0]
        if sample_weight is not None:
            nll *= tf.cast(tf.reshape(sample_weight, [-1]), nll.dtype)
        return tf.reduce_mean(nll)

    def fit(self, x=None, y=None, *args, sample_weight=None, start=None, **kwargs):
        """`keras.Model.fit`; x is an array [N, D], a `tf.data.Dataset` or what else Keras takes.

        Args:
            start: as in `fit_em`. For a start from the data, a stream is read once more before the first
                epoch, and 20,000 rows of it are kept.

        Raises:
            ValueError: an array of the wrong shape, or with NaN or infinite values; fewer rows than
                components.

        Warns:
            DegenerateFitWarning: a component is collapsed or empty.
        """
        y = self._target(x, y, sample_weight)
        steps = kwargs.get("steps_per_epoch")
        x, self._observed = starts.begin(self, x, sample_weight, start, steps)
        history = super().fit(x, y, *args, sample_weight=sample_weight, **kwargs)
        if self._observed is not None:
            count, floor = self.observed_floor()
            warn_if_degenerate(*degenerate(self.mixture, floor, count))
        return history

    def observed_floor(self):
        """Of the data of the last `fit`: the number of observations, and `em.least_variance`, [D]."""
        count, variance = self._observed
        return count, em.least_variance(self.variance_floor, variance, self.scale)

    def evaluate(self, x=None, y=None, *args, sample_weight=None, **kwargs):
        """`keras.Model.evaluate`; x as for `fit`.

        Raises:
            ValueError: an array of the wrong shape, or with NaN or infinite values.
        """
        y = self._target(x, y, sample_weight)
        return super().evaluate(x, y, *args, sample_weight=sample_weight, **kwargs)

    def _target(self, x, y, sample_weight):
        """y, or zeros where Keras would drop the sample weights without."""
        if hasattr(x, "shape"):
            self.check_data(x)
        return tf.zeros(len(x)) if y is None and sample_weight is not None else y


@keras.saving.register_keras_serializable(package="gmm_tf")
class GMM(MixtureModel):
    """Mixture of Gaussians to be trained by gradient: `model(x)` is log p(x_n), [N, 1].

    `model.compile(optimizer="adam")` is enough: the loss is the mean negative log-likelihood.
    Arguments, weights and methods are those of `MixtureModel`.
    """

    def call(self, x):
        return self.log_prob(x)


@keras.saving.register_keras_serializable(package="gmm_tf")
class EMGMM(MixtureModel):
    """Mixture of Gaussians to be trained by expectation-maximisation: `model(x)` is one EM step.

    `model(x)` takes an E step and an M step on x, assigns, and returns None; with
    `training=False` it returns log p(x_n), [N, 1], and assigns nothing. `fit` needs no `compile`.
    Arguments, weights and methods are those of `MixtureModel`.
    """

    learns_by_gradient = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Plain variables, which Keras does not track: sums of an epoch are no weights to save.
        shapes = em.statistics_shapes(self.k, self.dim, tuple(self.scale.shape))
        self._sums = [tf.Variable(tf.zeros(shape, tf.float64)) for shape in shapes]
        self.compile(optimizer=None)

    def call(self, x, training=True):
        if not training:
            return self.log_prob(x)
        x = self._data64(x)
        # Where x is symbolic, nobody knows its quantiles yet.
        variance = None if tf.is_symbolic_tensor(x) else tf.constant(em.spread(x.numpy()) ** 2)
        self._em_step(x, variance)

    @tf.function(reduce_retracing=True)
    def _em_step(self, x, variance):
        self.update(em.e_step(mixture.to_blocks(x), self._mixture64()), variance)

    @property
    def statistics(self):
        """`em.Statistics` of the epoch of `fit` so far."""
        return em.Statistics(*(tf.convert_to_tensor(total) for total in self._sums))

    def update(self, statistics, variance=None):
        """Take the M step from the statistics of all observations under the present mixture.

        Args:
            variance: [D], of the data, that the floor is relative to; None for that of the statistics.
        """
        theta = self._mixture64()
        if variance is None:
            variance = em.data_variance(statistics, theta)
        floor = em.least_variance(self.variance_floor, variance, theta.scale)
        self.assign(em.update(statistics, theta, floor))

    def _mixture64(self):
        return mixture.cast(self.mixture, tf.float64)

    def _data64(self, x):
        return tf.cast(self.check_data(x), tf.float64)

    def train_step(self, data):
        """Add a batch to the sums of the epoch."""
        x, _, weights = keras.utils.unpack_x_y_sample_weight(data)
        x = self._data64(x)
        weights = tf.ones(tf.shape(x)[:1]) if weights is None else tf.reshape(weights, [-1])
        weights = tf.cast(weights, tf.float64)
        statistics = _batch_statistics(x, self._mixture64(), weights)
        for total, value in zip(self._sums, statistics, strict=True):
            total.assign_add(value)
        count = tf.reduce_sum(weights)
        loss = next(metric for metric in self.metrics if metric.name == "loss")
        loss.update_state(-statistics.log_likelihood / count, sample_weight=count)
        return self.get_metrics_result()

    def get_compile_config(self):
        """None: `__init__` compiles, and there is no optimizer to restore."""

    def fit(self, x=None, y=None, batch_size=None, epochs=1, callbacks=None, **kwargs):
        """Exact EM: one step per epoch, from sums over all its batches, at any batch size.

        The loss of an epoch is the mean negative log-likelihood before its step. Keras casts
        arrays to `keras.config.floatx()`; a `tf.data.Dataset` keeps float64.

        Args:
            x: array [N, D], `tf.data.Dataset` of batches, or what else Keras takes.
            y: ignored.
            batch_size: for an array, 8192 if None; it changes memory and speed only.
            epochs: number of EM steps.
            callbacks: they see the weights after the step of the epoch.
            **kwargs: as for `keras.Model.fit`; `sample_weight` counts observations.

        Raises:
            ValueError: data of the wrong shape, or with NaN or infinite values.
        """
        if hasattr(x, "shape"):
            batch_size = batch_size or 8192
        # Sums do not depend on the order, and Keras warns that it cannot shuffle a dataset.
        kwargs.setdefault("shuffle", False)
        callbacks = [_EpochStep(), callbacks or []]
        return super().fit(x, y, batch_size, epochs, callbacks=callbacks, **kwargs)


@tf.function(jit_compile=True)
def _batch_statistics(x, theta, weights):
    return em.e_step(mixture.to_blocks(x), theta, weights[None])


class _EpochStep(keras.callbacks.Callback):
    """Start the sums of an EMGMM with each epoch, and take its M step at the end."""

    def on_epoch_begin(self, epoch, logs=None):
        for total in self.model._sums:
            total.assign(tf.zeros_like(total))

    def on_epoch_end(self, epoch, logs=None):
        statistics = self.model.statistics
        if not tf.math.is_finite(statistics.log_likelihood):
            raise ValueError(
                f"Expected finite data, got a log-likelihood of {statistics.log_likelihood:g}; "
                "drop or repair NaN and infinite values first."
            )
        if self.model._observed is None:
            variance = em.data_variance(statistics, self.model._mixture64())
            self.model._observed = Observed(float(tf.reduce_sum(statistics.n)), variance)
        self.model.update(statistics, self.model._observed.variance)
