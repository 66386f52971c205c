"""Inside the jail: call the student's functions of `gmm-two-ways`, return plain arrays.

Holds no expected answer: what is read here, and returned by the code under test, is judged outside.
"""

import keras
import numpy as np
import tensorflow as tf


def plain(value):
    """A student's return value as an array of numbers."""
    if value is None:
        raise TypeError("returned None")
    array = np.asarray(value)
    if array.dtype == bool:
        array = array.astype(np.int32)
    if array.dtype.kind not in "fiu":
        array = np.asarray([np.asarray(part) for part in array.ravel()])
    if array.dtype.kind not in "fiu":
        raise TypeError(f"returned {type(value).__name__}, which is not an array of numbers")
    return array.astype(np.float32 if array.dtype == np.float32 else np.float64)


def given(array, kind):
    """An argument as notebooks pass it: NumPy array, tensor, or Keras variable."""
    if kind == "numpy":
        return array
    if kind == "variable":
        return keras.Variable(array, dtype=str(array.dtype))
    return tf.constant(array)


def weights(model):
    """The model's `logits`, `means`, `lsigmas`, flat."""
    return [np.ravel(plain(getattr(model, name))) for name in ("logits", "means", "lsigmas")]


def assign(model, values):
    """Set the weights, in the shapes that the student chose."""
    for name, value in zip(("logits", "means", "lsigmas"), values, strict=True):
        weight = getattr(model, name)
        weight.assign(np.reshape(value, weight.shape).astype(np.float32))


def sample(names, n, *parameters):
    return {"value": plain(names["make_data"](n, *(tf.constant(value) for value in parameters)))}


def call(names, function, kind, x, *parameters, parameter_kind="tensor"):
    """`function(x, logits, means, lsigmas)` of the notebook."""
    arguments = [given(value, parameter_kind) for value in parameters]
    return {"value": plain(names[function](given(x, kind), *arguments))}


def call_with_variables(names, function, kind, x, *parameters):
    return call(names, function, kind, x, *parameters, parameter_kind="variable")


def gradient(names, x, *parameters):
    """Gradient of the summed log-likelihood; a parameter that it does not reach gives an empty array."""
    parameters = [tf.constant(value) for value in parameters]
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        for value in parameters:
            tape.watch(value)
        total = tf.reduce_sum(names["mixture_likelihood"](x, *parameters))
    found = tape.gradient(total, parameters)
    return {"gradients": [np.zeros(0) if g is None else plain(tf.convert_to_tensor(g)) for g in found]}


def mstep(names, x, x_kind, posterior, posterior_kind):
    return {"parts": parts(names["mstep"](given(x, x_kind), given(posterior, posterior_kind)))}


def parts(value):
    """Three arrays from a tuple, a list, or one stack."""
    if value is None:
        raise TypeError("returned None")
    if isinstance(value, dict):
        value = [value[name] for name in ("logits", "means", "lsigmas")]
    return [np.ravel(plain(part)) for part in value]


def gmm(names, x, start, rate):
    """A new GMM: its own start, then what it returns and how it moves in one gradient step."""
    x = tf.constant(x)
    model = names["GMM"](len(start[0]))
    first = model(x)
    reply = {"start": weights(model), "first": plain(first)}
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


def loss(names, x, start):
    """The loss of a model at known weights, with its gradient as `grad` would take it."""
    x = tf.constant(x)
    model = names["GMM"](len(start[0]))
    model(x)
    assign(model, start)
    reply = {"value": plain(names["loss"](model, x))}
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(names["loss"](model, x))
    found = tape.gradient(total, [model.logits, model.means, model.lsigmas])
    reply["gradients"] = [
        np.zeros(0) if g is None else np.ravel(plain(tf.convert_to_tensor(g))) for g in found
    ]
    return reply


def train(names, x, start, rate, steps):
    """The weights after the student's `train`."""
    x = tf.constant(x)
    model = names["GMM"](len(start[0]))
    model(x)
    assign(model, start)
    optimizer = keras.optimizers.Adam(learning_rate=rate)
    names["train"](model, optimizer, x, steps)
    return {"weights": weights(model), "iterations": np.float64(optimizer.iterations)}


def emgmm(names, x, start):
    """The weights before and after one call."""
    x = tf.constant(x)
    model = names["EMGMM"](len(start[0]))
    model(x)
    reply = {"first": weights(model)}
    try:
        assign(model, start)
    except Exception:
        reply["assignable"] = 0
    reply["before"] = weights(model)
    model(x)
    reply["after"] = weights(model)
    reply["trainable"] = len(model.trainable_variables)
    return reply


def emgmm_first_call(names, x, start):
    """The weights before and after the very first call; nothing where they do not exist before it."""
    model = names["EMGMM"](len(start[0]))
    if not hasattr(model, "logits"):
        model.build(x.shape)
    assign(model, start)
    reply = {"before": weights(model)}
    model(tf.constant(x))
    return {**reply, "after": weights(model)}
