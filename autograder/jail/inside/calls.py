"""Inside the jail: call what a notebook defines, and return plain arrays.

Holds no expected answer: what is read here, and returned by the code under test, is judged outside.
"""

import numpy as np


def plain(value):
    """A returned value as an array of numbers."""
    if value is None:
        raise TypeError("returned None")
    array = np.asarray(value)
    if array.dtype == bool:
        array = array.astype(np.int32)
    if array.dtype.kind not in "fiu":
        array = np.asarray([np.asarray(part) for part in array.ravel()])
    if array.dtype.kind not in "fiu":
        raise TypeError(f"returned {type(value).__name__}, which is not an array of numbers")
    return array.astype(np.float64)


def given(value, form):
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


def parts(value, count):
    """The arrays of a returned value: one, or a tuple, list, dictionary or stack of several."""
    if count == 1:
        return [plain(value)]
    if value is None:
        raise TypeError("returned None")
    values = list(value.values()) if isinstance(value, dict) else list(value)
    return [plain(part) for part in values]


def call(names, function, arguments, forms, count):
    """What `function` of the notebook returns."""
    arguments = [given(value, form) for value, form in zip(arguments, forms, strict=True)]
    return {"parts": parts(names[function](*arguments), count)}


def repeated(names, function, arguments, forms, count, times):
    """As `call`, many times: each part with the number of the call as its first axis."""
    draws = [call(names, function, arguments, forms, count)["parts"] for _ in range(times)]
    if len({tuple(part.shape for part in draw) for draw in draws}) > 1:
        raise TypeError("returned arrays of different shapes for the same arguments")
    return {"parts": [np.stack(part) for part in zip(*draws, strict=True)]}


def follow(names, name, arguments, forms, steps):
    """Follow steps, such as to make an object of a class and to call it; the arrays that judged steps give.

    Args:
        steps: [kind, where, arguments, whether it is judged, name of the object made]; an argument is the
            place of one of `arguments`, or the name of an object.
    """
    objects, found = {}, []
    for kind, where, chosen, judged, made in steps:
        passed = [objects[n] if isinstance(n, str) else given(arguments[n], forms[n]) for n in chosen]
        if kind == "new":
            objects[made] = names[where or name](*passed)
        elif kind == "set":
            owner, _, last = where.rpartition(".")
            assign(thing_at(owner, objects, names), last, *passed)
        else:
            value = thing_at(where, objects, names)
            value = value if kind == "read" else value(*passed)
            found += [plain(value)] if judged else []
    return {"parts": found}


def thing_at(path, objects, names):
    """What `path` leads to: from an object by its name, from the one without a name, or from the notebook."""
    first, _, rest = path.partition(".")
    if first in objects and first:
        target = objects[first]
    elif "" in objects:
        target, rest = objects[""], path
    else:
        target = names[first]
    for part in filter(None, rest.split(".")):
        target = getattr(target, part)
    return target


def assign(target, name, value):
    """Set an attribute that is there; what is a variable stays one, in its own shape and type."""
    variable = getattr(target, name, None)
    if variable is None:
        raise AttributeError(f"{type(target).__name__} has no {name}")
    if hasattr(variable, "assign"):
        variable.assign(np.reshape(value, variable.shape).astype(str(variable.dtype).rpartition(".")[2]))
    else:
        setattr(target, name, value)
