"""Checks of user input: observations, integers, seeds."""

import math
import numbers
import operator
from collections.abc import Mapping, Set
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from gmm_tf.shapes import Float

SINGLE = ("float16", "bfloat16", "float32")


def observations(x: Any, dim: int | None = None, name: str = "x", missing: bool = False) -> Any:
    """x as numbers [N, D], N >= 1, all finite: a tensor if it was one, else a NumPy array.

    Arrays, DataFrames (also with pandas' nullable types), lists of rows, tensors and variables with the same
    numbers give the same results.

    Args:
        x: observations in rows.
        dim: D, if it is known.
        name: of the argument, for messages.
        missing: allow NaN for missing values; also None and pandas' NA.

    Returns:
        float32 for numbers of 32 bits or fewer with a fraction, float64 for all others.

    Raises:
        ValueError: a sparse or ragged matrix, text, complex or missing values, other objects; another
            shape; NaN or infinite values, unless x is symbolic.
    """
    if is_stream(x):
        raise ValueError(
            f"Expected {name} as a matrix of numbers, got batches, a {type(x).__name__}; pass them to "
            "model.fit or fit_online, or all of their rows at once, as np.concatenate(list(batches))."
        )
    x = _tensor(x, name) if tf.is_tensor(x) or _is_variable(x) else _array(x, name, missing)
    rank = tf.TensorShape(x.shape).rank
    check_shape([None, None] if rank is None else list(x.shape), dim, name)
    check_finite(x, name, missing)
    return x


def is_source_of_batches(x: Any) -> bool:
    """Whether x yields batches, as a dataset or a generator does."""
    is_data = (
        isinstance(x, (list, tuple, str, Set, Mapping)) or hasattr(x, "shape") or hasattr(x, "__array__")
    )
    return is_stream(x) or (hasattr(x, "__iter__") and not is_data)


def is_stream(x: Any) -> bool:
    """Whether x is a dataset, or can be read only once."""
    return isinstance(x, (tf.data.Dataset, keras.utils.PyDataset)) or hasattr(x, "__next__")


def check_finite(x: Any, name: str = "x", missing: bool = False) -> None:
    """Raise a ValueError that says where x has NaN or infinite values; symbolic tensors are not checked.

    Args:
        missing: allow NaN.
    """
    if tf.is_symbolic_tensor(x):
        return
    finite = ~np.isinf(x) if missing else np.isfinite(x)
    if finite.all():
        return
    bad = np.argwhere(~finite)
    remedy = "drop or repair them first"
    if np.isnan(x).any() and not missing:
        remedy += (
            ", or pass missing=True, for example to fit_em or bic, if NaN stands for values missing at random"
        )
    raise ValueError(
        f"Expected finite {name}, got {len(bad)} NaN or infinite of {finite.size} values, the first at "
        f"{bad[0].tolist()}; {remedy}."
    )


def check_at_least(name: str, value: float, least: float) -> None:
    """ValueError unless the value is a number, and at least that."""
    if not number(name, value) >= least:
        raise ValueError(f"Expected {name} >= {least}, got {value}; raise it.")


def check_count(name: str, value: Any, least: int = 1) -> None:
    """ValueError unless the value is an integer, and at least that."""
    if _integer(name, value) < least:
        raise ValueError(f"Expected {name} >= {least}, got {value}; raise it.")


def number(name: str, value: Any) -> Any:
    """The value, if it is a real number.

    Raises:
        ValueError: another value.
    """
    if isinstance(value, numbers.Real) or (hasattr(value, "shape") and np.shape(value) == ()):
        return value
    raise ValueError(f"Expected {name} as a number, got {value!r}, a {type(value).__name__}; pass a number.")


def weights(sample_weight: Any, n: int) -> Float[np.ndarray, "N"]:
    """How often each of n observations counts, float64.

    Raises:
        ValueError: not n finite numbers, none of them negative and some positive.
    """
    is_tensor = tf.is_tensor(sample_weight) or _is_variable(sample_weight)
    found = (
        _tensor(sample_weight, "sample_weight")
        if is_tensor
        else _array(sample_weight, "sample_weight", False)
    )
    found = np.asarray(found, np.float64).reshape(-1)
    if len(found) != n or not (np.isfinite(found).all() and found.min() >= 0 < found.max()):
        raise ValueError(
            f"Expected sample_weight of shape [{n}], finite, none negative and some positive, got "
            f"{len(found)} numbers, the smallest {np.min(found, initial=np.inf):g}; say how often "
            "each observation counts."
        )
    return found


def positive_integer(name: str, value: Any) -> int:
    """The value as an int >= 1.

    Raises:
        ValueError: not an integer, or below 1.
    """
    value = _integer(name, value)
    if value < 1:
        raise ValueError(f"Expected {name} >= 1, got {value}; pass a positive integer.")
    return value


def check_seed(seed: Any) -> int | None:
    """The seed as an int, or None."""
    if seed is None:
        return None
    seed = _integer("seed", seed)
    if not -(2**63) <= seed < 2**63:
        raise ValueError(f"Expected seed of at most 64 bits, got {seed}; pass a smaller integer.")
    return seed


def _integer(name: str, value: Any) -> int:
    # bool is an int in Python, but never meant as a number here.
    if not isinstance(value, (bool, np.bool_)):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise ValueError(f"Expected {name} as an integer, got {value!r}; pass a whole number.")


def _is_variable(x: Any) -> bool:
    return isinstance(x, (tf.Variable, keras.Variable))


def _tensor(x: Any, name: str) -> Any:
    if not isinstance(x, tf.Tensor) and not _is_variable(x):
        raise ValueError(
            f"Expected a dense {name}, got a {type(x).__name__}; convert it with tf.sparse.to_dense or "
            "its to_tensor()."
        )
    x = tf.convert_to_tensor(x)
    if x.dtype.is_complex or not (x.dtype.is_floating or x.dtype.is_integer or x.dtype.is_bool):
        raise _not_numbers(name, f"a tensor of {x.dtype.name}")
    return tf.cast(x, tf.float32 if x.dtype.name in SINGLE else tf.float64)


def _array(x: Any, name: str, missing: bool) -> np.ndarray:
    if hasattr(x, "toarray") or hasattr(x, "todense"):
        raise ValueError(f"Expected a dense {name}, got a sparse {type(x).__name__}; pass x.toarray().")
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise ValueError(
            f"Expected {name} as a matrix of numbers, got a {type(x).__name__} that NumPy cannot convert: "
            f"{error}; pass rows of equal length."
        ) from None
    if isinstance(x, np.ma.MaskedArray):
        array = np.where(np.ma.getmaskarray(x), np.nan, np.ma.getdata(x))
    if array.dtype == object:
        return _from_objects(array, name, missing)
    if array.dtype.name in SINGLE:
        return array.astype(np.float32, copy=False)
    if array.dtype.kind not in "biuf":
        raise _not_numbers(name, f"an array of {array.dtype}")
    return array.astype(np.float64, copy=False)


def _from_objects(array: np.ndarray, name: str, missing: bool) -> np.ndarray:
    if missing:
        array = np.where(np.asarray(np.frompyfunc(_is_missing, 1, 1)(array), bool), np.nan, array)
    found = np.frompyfunc(_number, 1, 1)(array)
    wrong = np.asarray(np.frompyfunc(lambda value: value is None, 1, 1)(found), bool)
    if np.any(wrong):
        at = np.argwhere(wrong)[0].tolist()
        value = array[tuple(at)]
        where = f" at {at}" if at else ""
        raise _not_numbers(name, f"{str(value)[:40]!r}, a {type(value).__name__},{where}")
    return np.asarray(found, np.float64)


def _is_missing(value: Any) -> bool:
    # pandas is not a dependency.
    return value is None or type(value).__name__ == "NAType"


def _number(value: Any) -> float | None:
    """A real number as a float; None for anything else, text included."""
    if isinstance(value, (str, bytes)):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
    except OverflowError:
        return math.inf


def _not_numbers(name: str, got: str) -> ValueError:
    return ValueError(
        f"Expected real numbers in {name}, got {got}; drop or repair missing values, encode text as "
        "numbers, and split complex data into real and imaginary parts first."
    )


def check_shape(shape: list[int | None], dim: int | None = None, name: str = "x") -> None:
    """Raise ValueError, with a remedy, unless a shape is [N, dim]; D is any if `dim` is None."""
    expected = f"Expected {name} of shape [N, {'D' if dim is None else dim}]"
    if len(shape) == 2 and shape[0] == 0 and dim in (None, shape[1]):
        raise ValueError(f"{expected} with N >= 1, got {shape}; pass at least one observation.")
    if len(shape) == 2 and shape[1] != 0 and (None in (dim, shape[1]) or shape[1] == dim):
        return
    if len(shape) == 1 and dim in (None, 1):
        remedy = f"reshape with {name}[:, None]"
    elif dim is not None:
        remedy = f"pass one observation per row, with as many columns as dim = {dim}"
    else:
        remedy = "pass one observation per row"
    raise ValueError(f"{expected}, got {shape}; {remedy}.")
