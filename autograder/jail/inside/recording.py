"""Inside the jail: record what functions of the notebook return, and return something else instead.

Imports nothing of this project.
"""

import contextlib
import math
from collections.abc import Callable, Iterable

import numpy as np

CALLS_LIMIT = 200


class Recorder:
    """Wraps functions of a namespace, under every name that holds them.

    Args:
        names: the namespace.
        watch: names of the functions; classes are left alone.
        replace: of some calls, by their running number: `call`, and the `parts` to return. A part is None,
            to be left as it is, or a `value` with its `slopes`, [position of an argument, derivative of
            each number of the value by each of the argument].
        numbers: how many are kept of all arrays together.
    """

    def __init__(self, names: dict, watch: list, replace: list, numbers: int):
        self.calls: list[dict] = []
        self.left = numbers
        self.replace = {entry["call"]: entry for entry in replace}
        for name in watch:
            function = names.get(name)
            if not callable(function) or isinstance(function, type):
                continue
            wrapper = self.wrapped(name, function)
            names.update({alias: wrapper for alias, value in names.items() if value is function})

    def wrapped(self, name: str, function: Callable) -> Callable:
        def call(*arguments, **named):
            everything = [*arguments, *named.values()]
            before = attributes(everything)
            value, number = function(*arguments, **named), len(self.calls)
            if number < CALLS_LIMIT:
                parts = value if isinstance(value, tuple | list) else [value]
                kept = {"parts": [*map(self.kept, parts)], "arguments": [*map(self.kept, everything)]}
                self.calls.append({"name": name, "made": sorted(attributes(everything) - before), **kept})
                if number in self.replace:
                    new = self.replace[number]["parts"]
                    new = [replaced(*pair, everything) for pair in zip(parts, new, strict=True)]
                    return tuple(new) if isinstance(value, tuple | list) else new[0]
            return value

        call.__name__ = call.__qualname__ = name
        return call

    def kept(self, value: object) -> np.ndarray | None:
        """A copy of an array of floats; None for anything else, or beyond the limit."""
        with contextlib.suppress(Exception):  # whatever a student's object does when it is converted
            array = np.array(value)
            if array.dtype.kind == "f" and array.size <= self.left:
                self.left -= max(array.size, 1)
                return array.astype(np.float32 if array.dtype.itemsize <= 4 else np.float64)
        return None


def attributes(values: Iterable[object]) -> set[str]:
    """Names of the attributes that these objects have of their own."""
    return {str(name)[:40] for value in values for name in list(getattr(value, "__dict__", ()))[:100]}


def replaced(value: object, entry: dict | None, arguments: list) -> object:
    """The given value in the type and shape of the function's own, differentiable in its arguments."""
    import tensorflow as tf

    if entry is None:
        return value

    own = tf.convert_to_tensor(value)
    result = tf.reshape(tf.cast(entry["value"], own.dtype), [-1])
    for position, slope in entry["slopes"]:
        argument = tf.reshape(tf.cast(arguments[position], own.dtype), [-1])
        slope = np.reshape(slope, (-1, math.prod(np.shape(arguments[position]))))
        result += tf.linalg.matvec(tf.cast(slope, own.dtype), argument - tf.stop_gradient(argument))
    result = tf.reshape(result, own.shape)
    return result.numpy() if isinstance(value, np.ndarray) else result
