"""A wrong shape is caught while tests run; for users, shapes are annotations that cost nothing."""

import importlib
from typing import NamedTuple

import numpy as np
import pytest
import shape_checks
import tensorflow as tf

from gmm_tf import em, mixture
from gmm_tf.shapes import Float, Int, Tensor


class Pair(NamedTuple):
    x: Float[Tensor, "N D"]
    z: Int[Tensor, "N"] | None = None


@shape_checks.checked
def means(x: Float[Tensor, "N D"], axis: int = 0) -> Float[Tensor, "D"]:
    return tf.reduce_mean(x, axis=axis)


@shape_checks.checked
def joined(
    one: Pair, others: tuple[Float[np.ndarray, "_ D"], ...], row: Float[Tensor, "1 D"] | float = 0.0
) -> tuple[Float[Tensor, "N D"], Float[Tensor, ""]]:
    return one.x, tf.reduce_sum(row)


def test_a_wrong_shape_that_would_broadcast_is_caught():
    theta = mixture.normal_mixture(np.zeros(2), np.zeros((2, 1)), np.zeros((2, 1)))
    with pytest.raises(TypeError, match="log_likelihood: expected theta"):
        mixture.log_likelihood(tf.zeros((5, 3), tf.float64), theta)
    with pytest.raises(TypeError, match="e_step: expected weights"):
        em.e_step(tf.zeros((1, 1, 5), tf.float64), theta, tf.ones((1, 1), tf.float64))


def test_a_wrong_result_is_caught():
    means(tf.zeros((5, 3)))
    with pytest.raises(TypeError, match="expected a result"):
        means(tf.zeros((5, 3)), axis=1)


@pytest.mark.parametrize(
    "wrong",
    [
        (Pair(tf.zeros((5, 3)), tf.zeros(4, tf.int32)), ()),
        (Pair(tf.zeros((5, 3)), tf.zeros(5)), ()),
        (Pair(tf.zeros((5, 3), tf.int32)), ()),
        (Pair([[0.0]]), ()),
        (Pair(tf.zeros((5, 3))), (np.zeros((2, 3)), np.zeros((2, 4)))),
        (Pair(tf.zeros((5, 3))), (tf.zeros((2, 3)),)),
        (Pair(tf.zeros((5, 3))), (), tf.zeros((2, 3))),
        ((tf.zeros((5, 3)), None), ()),
    ],
)
def test_fields_parts_and_alternatives_are_checked(wrong):
    right = Pair(tf.zeros((5, 3)), tf.zeros(5, tf.int32)), (np.zeros((2, 3)), np.zeros((7, 3)))
    joined(*right)
    joined(*right, tf.zeros((1, 3)))
    with pytest.raises(TypeError, match="joined: expected"):
        joined(*wrong)


def test_unknown_axes_of_traced_tensors_fit_and_known_ones_are_checked():
    @tf.function(input_signature=[tf.TensorSpec([None, 3])])
    def traced(x):
        return means(x)

    assert traced(tf.zeros((5, 3))).shape == (3,)
    with pytest.raises(TypeError, match="expected x"):
        tf.function(lambda x: means(x[0])).get_concrete_function(tf.TensorSpec([None, 3]))


def test_every_function_of_the_checked_modules_is_wrapped():
    for name in shape_checks.MODULES:
        assert type(importlib.import_module(name).__spec__.loader) is shape_checks.Loader, name
