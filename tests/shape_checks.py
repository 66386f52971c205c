"""Checks the shapes that annotations of `gmm_tf` state, at every call while tests run, with jaxtyping.

Only arrays are checked, because mypy reads the other types. An axis of a traced tensor whose size is not
known yet fits every size. jaxtyping's own import hook knows no such axes, and Keras could not read the
signatures of what it wraps.
"""

import ast
import collections.abc
import functools
import importlib.machinery
import inspect
import sys
import types
import typing

import jaxtyping

MODULES = {
    f"gmm_tf.{name}" for name in ("mixture", "em", "covariance", "hierarchical", "e_steps", "gflownet")
}


class _Unknown(int):
    """The size of an axis that a traced tensor does not know yet."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = int.__hash__


class _Static(typing.NamedTuple):
    """What jaxtyping asks of an array."""

    shape: tuple
    dtype: object


def fits(value, hint) -> bool:
    """Whether a value has the shapes of a hint; jaxtyping remembers the sizes of named axes."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _fits_array(value, *parts)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, part) for part in parts)
    if origin in (tuple, list, collections.abc.Sequence) and isinstance(value, tuple | list):
        each = parts[:1] * len(value) if origin is not tuple or parts[-1:] == (...,) else parts
        return len(each) == len(value) and all(map(fits, value, each))
    if hint is type(None):
        return value is None
    if hint in (int, float, bool, str):
        return not hasattr(value, "shape") or value.shape == ()
    if hasattr(hint, "_fields"):
        return isinstance(value, hint) and all(map(fits, value, _hints(hint).values()))
    return True


@functools.cache
def _hints(named):
    return typing.get_type_hints(named, include_extras=True)


def _fits_array(value, array, kind, shape=None):
    if shape is None:
        # A mixture of other sizes, for example; the text is for readers.
        return True
    if not hasattr(value, "shape") or array is not typing.Any and not isinstance(value, array):
        return False
    if getattr(value.shape, "rank", 0) is None:
        return True
    static = tuple(_Unknown(-1) if size is None else size for size in value.shape)
    return isinstance(_Static(static, value.dtype), _array_type(kind, shape))


@functools.cache
def _array_type(kind, shape):
    return getattr(jaxtyping, kind)[typing.Any, shape]


def checked(function):
    """The function, with its arguments and its result checked at each call."""
    import tensorflow as tf

    if not function.__annotations__:
        return function
    signature = inspect.signature(function)

    @functools.wraps(function)
    def check(*args, **kwargs):
        hints = _hints(function)
        with jaxtyping.jaxtyped("context"):
            for name, value in signature.bind(*args, **kwargs).arguments.items():
                _check(value, hints.get(name), f"{function.__qualname__}: expected {name}")
            result = function(*args, **kwargs)
            _check(result, hints.get("return"), f"{function.__qualname__}: expected a result")
        return result

    # AutoGraph has nothing to convert here, and Keras reads signatures.
    check = tf.autograph.experimental.do_not_convert(check)
    check.__signature__ = signature
    return check


def _check(value, hint, expected):
    if not fits(value, hint):
        got = [getattr(each, "shape", each) for each in (value if isinstance(value, tuple) else [value])]
        raise TypeError(f"{expected} as {hint}, got {got}.")


class Loader(importlib.machinery.SourceFileLoader):
    """Decorates every function of a module by `checked`, but what AutoGraph must see as it is written."""

    def get_code(self, fullname):
        tree = ast.parse(self.get_data(self.path))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and not any(
                "tf.function" in ast.unparse(d) for d in node.decorator_list
            ):
                node.decorator_list.append(ast.Name("_checked", ast.Load()))
        start = ast.parse(f"from {__name__} import checked as _checked").body
        at = 1 if ast.get_docstring(tree) is not None else 0
        tree.body[at:at] = start
        return compile(ast.fix_missing_locations(tree), self.path, "exec")


class Finder:
    """Finds the modules whose calls are checked."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in MODULES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        spec.loader = Loader(spec.loader.name, spec.loader.path)
        return spec


def install():
    """Check the modules that are imported from now on."""
    sys.meta_path.insert(0, Finder)
