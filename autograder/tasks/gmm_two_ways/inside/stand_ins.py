"""Right functions that stand in for a student's own while another task is judged.

They use the freedoms that students have: `FREEDOM` says whether posterior logits are shifted per row,
mixing logits are unnormalised, and the loss is the sum or the mean. Each stands alone, since only those
that a task needs enter the fork that judges it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

FREEDOM: dict[str, Any] = {}  # the worker's; of this file nothing but definitions enters the jail


def mixture_likelihood(
    x: "tf.Tensor", logits: "tf.Tensor", means: "tf.Tensor", lsigmas: "tf.Tensor"
) -> "tf.Tensor":
    import numpy as np
    import tensorflow as tf

    x = tf.reshape(tf.cast(x, tf.float32), [-1, 1])
    logits, means, lsigmas = (tf.reshape(tf.convert_to_tensor(p), [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -0.5 * ((x - means) / tf.exp(lsigmas)) ** 2 - lsigmas - 0.5 * np.log(2 * np.pi)
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_normal, axis=1, keepdims=True)


def mixture_posterior_logits(
    x: "tf.Tensor", logits: "tf.Tensor", means: "tf.Tensor", lsigmas: "tf.Tensor"
) -> "tf.Tensor":
    import tensorflow as tf

    x = tf.reshape(tf.cast(x, tf.float32), [-1, 1])
    logits, means, lsigmas = (tf.reshape(tf.convert_to_tensor(p), [1, -1]) for p in (logits, means, lsigmas))
    joint = tf.nn.log_softmax(logits) - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2 - lsigmas
    if FREEDOM.get("large"):
        return joint + 300.0
    if FREEDOM.get("shifted"):
        return joint - tf.reduce_max(joint, axis=1, keepdims=True) + 2.0 * tf.sin(3.0 * x)
    return tf.nn.log_softmax(joint)


def mstep(x: "tf.Tensor", posterior: "tf.Tensor") -> "tuple[tf.Tensor, tf.Tensor, tf.Tensor]":
    import tensorflow as tf

    x = tf.reshape(tf.cast(x, tf.float32), [-1, 1])
    posterior = tf.cast(posterior, tf.float32)
    count = tf.reduce_sum(posterior, axis=0)
    means = tf.reduce_sum(posterior * x, axis=0) / count
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / count
    result = [tf.math.log(count), means, 0.5 * tf.math.log(variances)]
    column = FREEDOM.get("column")
    return tuple(tf.reshape(part, [-1, 1] if column else [-1]) for part in result)


class GMM(__import__("keras").Model):  # type: ignore[misc]  # each definition stands alone
    def __init__(self, k):
        super().__init__()
        for name in ("logits", "means", "lsigmas"):
            setattr(self, name, self.add_weight(name=name, shape=(k,), initializer="random_normal"))

    def call(self, inputs: "tf.Tensor") -> "tf.Tensor":
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)


def loss(model: "keras.Model", inputs: "tf.Tensor") -> "tf.Tensor":
    import tensorflow as tf

    total = tf.reduce_sum if FREEDOM.get("summed") else tf.reduce_mean
    return -total(model(inputs))
