"""Shapes as types: `Float[Tensor, "N D"]` is a tensor of floating-point numbers with the shape [N, D].

N are observations, D dimensions, K components; for trees L levels, C superclusters, B_l branches of level l.
In one signature, and in the fields of its NamedTuples, a letter is one number. "..." are any axes, "_" is
any one axis. The notation is jaxtyping's, which checks it while the library's tests run; without it these
types are annotations of the standard library, and cost nothing.
"""

from typing import TYPE_CHECKING, Annotated, Any

# What TensorFlow's functions take: a tensor, a variable or an array; and a type of its numbers.
Tensor = Any
DType = Any

if TYPE_CHECKING:
    from typing import Annotated as Bool
    from typing import Annotated as Float
    from typing import Annotated as Int
    from typing import Annotated as Shaped
else:

    class Shaped:
        """An array of numbers of any kind."""

        def __class_getitem__(cls, array_and_shape: tuple[Any, str]) -> Any:
            array, shape = array_and_shape
            return Annotated[array, cls.__name__, shape]

    class Bool(Shaped):
        """An array of truth values."""

    class Float(Shaped):
        """An array of floating-point numbers."""

    class Int(Shaped):
        """An array of integers."""


# The square roots of a mixture's covariances: "diag", "spherical", "full" and "tied" (see `covariance`).
Scale = Float[Tensor, "K D"] | Float[Tensor, "K 1"] | Float[Tensor, "K D D"] | Float[Tensor, "1 D D"]

# Observations [N, D] and weights [N] as users pass them: arrays, DataFrames, lists, tensors.
Observations = Any
Weights = Any
