"""Inside the jail: call what a notebook defines, and return plain arrays.

Holds no expected answer: what is read here, and returned by the code under test, is judged outside.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from returned import plain


def given(value: Any, form: str) -> Any:
    """A fresh copy of an argument in the form in which a notebook passes it."""
    if form == "number":
        return value.item() if isinstance(value, np.ndarray | np.generic) else value
    if form == "list":
        return np.asarray(value).tolist()
    if form == "arrays":
        return [np.array(part) for part in value]
    if form == "tensor":
        import tensorflow as tf

        return tf.constant(value)
    return np.array(value)


def parts(value: Any, keys: list) -> list:
    """The arrays of a returned value: one, or several in a tuple, list, stack or dictionary."""
    if len(keys) == 1:
        return [plain(value)]
    if value is None:
        raise TypeError("returned None")
    if not hasattr(value, "__iter__"):
        return [plain(value)]
    if hasattr(value, "shape") and tuple(value.shape)[:1] != (len(keys),):
        return [plain(value)]  # one array, and not a stack of several
    if isinstance(value, dict):
        value = [value[key] for key in keys] if value.keys() == {*keys} else value.values()
    return [plain(part) for part in value]


def call(names: dict, function: str, arguments: list, forms: list, keys: list) -> dict:
    """What `function` of the notebook returns."""
    arguments = [given(value, form) for value, form in zip(arguments, forms, strict=True)]
    return {"parts": parts(names[function](*arguments), keys)}


def repeated(names: dict, function: str, arguments: list, forms: list, keys: list, times: int) -> dict:
    """As `call`, many times: each part with the number of the call as its first axis."""
    draws = [call(names, function, arguments, forms, keys)["parts"] for _ in range(times)]
    if len({tuple(part.shape for part in draw) for draw in draws}) > 1:
        raise TypeError("returned arrays of different shapes for the same arguments")
    return {"parts": [np.stack(part) for part in zip(*draws, strict=True)]}


def follow(names: dict, name: str, arguments: list, forms: list, steps: list) -> dict:
    """Follow steps, such as to make an object of a class and to call it; the arrays that judged steps give.

    Args:
        steps: [kind, where, arguments, names of the parts of the result that are judged, name of the object
            made]; an argument is the place of one of `arguments`, or the name of an object.
    """
    objects: dict = {}
    found: list = []
    for kind, where, chosen, keys, made in steps:
        passed = [objects[n] if isinstance(n, str) else given(arguments[n], forms[n]) for n in chosen]
        if kind == "new":
            objects[made] = names[where or name](*passed)
        elif kind == "set":
            owner, _, last = where.rpartition(".")
            assign(thing_at(owner, objects, names), last, *passed)
        else:
            value = thing_at(where, objects, names)
            value = value if kind == "read" else value(*passed)
            found += parts(value, keys) if keys else []
    return {"parts": found}


def thing_at(path: str, objects: dict, names: dict) -> Any:
    """What `path` leads to: from an object by its name, from the one without a name, or from the notebook."""
    first, _, rest = path.partition(".")
    if first in objects and first:
        target = objects[first]
    elif "" in objects:
        target, rest = objects[""], path
    else:
        target = names[first]
    for part in filter(None, rest.split(".")):
        if not hasattr(target, part):
            raise AttributeError(f"{type(target).__name__} has no {part}, which the grader uses")
        target = getattr(target, part)
    return target


def assign(target: object, name: str, value: np.ndarray) -> None:
    """Set an attribute that is there; what is a variable stays one, in its own shape and type."""
    variable = getattr(target, name, None)
    if variable is None:
        raise AttributeError(f"{type(target).__name__} has no {name}, which the grader uses")
    if hasattr(variable, "assign"):
        # TensorFlow's own variables have a dtype of TensorFlow, those of Keras have a string.
        dtype = getattr(variable.dtype, "as_numpy_dtype", variable.dtype)
        variable.assign(np.reshape(value, variable.shape).astype(dtype))
    else:
        setattr(target, name, value)
