"""Inside the jail: call the student's functions of `gmm-two-ways`, return plain arrays.

Holds no expected answer: what is read here, and returned by the code under test, is judged outside.
"""

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from autograder.jail.inside.returned import plain


def given(array: np.ndarray, kind: str) -> object:
    """An argument as notebooks pass it: NumPy array, tensor, or Keras variable."""
    if kind == "numpy":
        return array
    if kind == "variable":
        return keras.Variable(array, dtype=str(array.dtype))
    return tf.constant(array)


def weights(model: keras.Model) -> list:
    """The model's `logits`, `means`, `lsigmas`, flat."""
    return [np.ravel(plain(getattr(model, name))) for name in ("logits", "means", "lsigmas")]


def assign(model: keras.Model, values: list) -> None:
    """Set the weights, in the shapes that the student chose."""
    for name, value in zip(("logits", "means", "lsigmas"), values, strict=True):
        weight = getattr(model, name)
        weight.assign(np.reshape(value, weight.shape).astype(np.float32))


def sample(names: dict, n: int, *parameters: np.ndarray) -> dict:
    return {"value": plain(names["make_data"](n, *(tf.constant(value) for value in parameters)))}


def call(
    names: dict,
    function: str,
    kind: str,
    x: np.ndarray,
    *parameters: np.ndarray,
    parameter_kind: str = "tensor",
) -> dict:
    """`function(x, logits, means, lsigmas)` of the notebook."""
    arguments = [given(value, parameter_kind) for value in parameters]
    return {"value": plain(names[function](given(x, kind), *arguments))}


def call_with_variables(
    names: dict, function: str, kind: str, x: np.ndarray, *parameters: np.ndarray
) -> dict:
    return call(names, function, kind, x, *parameters, parameter_kind="variable")


def gradient(names: dict, x: np.ndarray, *parameters: np.ndarray) -> dict:
    """Gradient of the summed log-likelihood; a parameter that it does not reach gives an empty array."""
    variables = [tf.constant(value) for value in parameters]
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        for value in variables:
            tape.watch(value)
        total = tf.reduce_sum(names["mixture_likelihood"](x, *variables))
    found = tape.gradient(total, variables)
    return {"gradients": [np.zeros(0) if g is None else plain(tf.convert_to_tensor(g)) for g in found]}


def mstep(names: dict, x: np.ndarray, x_kind: str, posterior: np.ndarray, posterior_kind: str) -> dict:
    return {"parts": parts(names["mstep"](given(x, x_kind), given(posterior, posterior_kind)))}


def parts(value: Any) -> list:
    """Three arrays from a tuple, a list, or one stack."""
    if value is None:
        raise TypeError("returned None")
    if isinstance(value, dict):
        value = [value[name] for name in ("logits", "means", "lsigmas")]
    return [np.ravel(plain(part)) for part in value]


def gmm(names: dict, x: np.ndarray, start: list, rate: float) -> dict:
    """A new GMM: its own start, then what it returns and how it moves in one gradient step."""
    x = tf.constant(x)
    model = names["GMM"](len(start[0]))
    first = model(x)
    reply: dict = {"start": weights(model), "first": plain(first)}
    if any(weight.size != len(start[0]) for weight in reply["start"]):
        return reply
    assign(model, start)
    reply["value"] = plain(model(x))
    reply["set"] = weights(model)
    with tf.GradientTape() as tape:
        total = -tf.reduce_mean(model(x))
    variables = model.trainable_variables
    reply["trainable"] = len(variables)
    gradients = tape.gradient(total, variables)
    pairs = [(g, v) for g, v in zip(gradients, variables, strict=True) if g is not None]
    if pairs:
        keras.optimizers.SGD(rate).apply_gradients(pairs)
    reply["moved"] = weights(model)
    return reply


def loss(names: dict, x: np.ndarray, start: list) -> dict:
    """The loss of a model at known weights, with its gradient as `grad` would take it."""
    x = tf.constant(x)
    model = names["GMM"](len(start[0]))
    model(x)
    assign(model, start)
    reply: dict = {"value": plain(names["loss"](model, x))}
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(names["loss"](model, x))
    found = tape.gradient(total, [model.logits, model.means, model.lsigmas])
    reply["gradients"] = [
        np.zeros(0) if g is None else np.ravel(plain(tf.convert_to_tensor(g))) for g in found
    ]
    return reply


def train(names: dict, x: np.ndarray, start: list, rate: float, steps: int) -> dict:
    """The weights after the student's `train`."""
    x = tf.constant(x)
    model = names["GMM"](len(start[0]))
    model(x)
    assign(model, start)
    optimizer = keras.optimizers.Adam(learning_rate=rate)
    names["train"](model, optimizer, x, steps)
    return {"weights": weights(model), "iterations": np.float64(optimizer.iterations)}


def emgmm(names: dict, x: np.ndarray, start: list) -> dict:
    """The weights before and after one call."""
    x = tf.constant(x)
    model = names["EMGMM"](len(start[0]))
    model(x)
    reply: dict = {"first": weights(model)}
    try:
        assign(model, start)
    except Exception:
        reply["assignable"] = 0
    reply["before"] = weights(model)
    model(x)
    reply["after"] = weights(model)
    reply["trainable"] = len(model.trainable_variables)
    return reply


def emgmm_first_call(names: dict, x: np.ndarray, start: list) -> dict:
    """The weights before and after the very first call; nothing where they do not exist before it."""
    model = names["EMGMM"](len(start[0]))
    if not hasattr(model, "logits"):
        model.build(x.shape)
    assign(model, start)
    reply = {"before": weights(model)}
    model(tf.constant(x))
    return {**reply, "after": weights(model)}
