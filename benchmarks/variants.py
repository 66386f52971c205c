"""E steps of rows c and d of `mixture.py` written in other ways, each compiled by itself.

Prints nanoseconds of processor time a point, over all cores, which other work on the machine changes less
than it changes seconds; a way that is no faster than the first of its row is not worth its code.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import time

import numpy as np
import tensorflow as tf
from problem import random_problem, scale_of

from gmm_tf import covariance, em, mixture
from gmm_tf.blocks import Units, frame_of, pack

REPEATS = 8


def as_it_is(x, theta):
    """as it is"""
    return em.e_step(x, theta, centred=False)


def finished(joint, x, moments):
    """What an E step sums up from log p(x, z), with other moments of the posterior."""
    r, total, log_px = em.responsibilities(joint)
    return [tf.reduce_sum(em._over_observations(log_px)), *moments(x, r, total)]


def products(left, right):
    return tf.reduce_sum(tf.cast(tf.matmul(left, right, transpose_b=True), tf.float64), axis=0)


def outer(u, v):
    shape = [u.shape[0], u.shape[1] * v.shape[1], u.shape[2]]
    return tf.reshape(u[:, :, None] * v[:, None], shape)


def moments_in_halves(x, r, total):
    """Of a symmetric matrix three of four quarters."""
    r /= total
    u, v = tf.split(x, 2, axis=1)
    n = tf.reduce_sum(em._over_observations(r), axis=0)
    return [n, products(r, x), *(products(r, outer(a, b)) for a, b in ((u, u), (u, v), (v, v)))]


def joint_in_halves(x, theta):
    """Whitening without the upper right quarter of L^-1, which is zero."""
    k, dim = theta.mu.shape
    half, whitening = dim // 2, covariance.inverse(theta.scale)
    shift, square = tf.linalg.matvec(whitening, theta.mu), 0.0
    for rows, columns in ((slice(0, half), half), (slice(half, dim), dim)):
        part = tf.reshape(whitening[:, rows, :columns], [-1, columns])
        z = tf.matmul(part, x[:, :columns]) - tf.reshape(shift[:, rows], [-1, 1])
        square += tf.reduce_sum(tf.reshape(z * z, [x.shape[0], k, -1, x.shape[2]]), axis=2)
    return mixture.log_weights_and_constants(theta)[:, None] - 0.5 * square


def triangular(x, theta):
    """whitening in halves"""
    return finished(joint_in_halves(x, theta), x, lambda *a: em._moments_by_products(*a, theta))


def symmetric(x, theta):
    """moments in halves"""
    return finished(em._log_joint_by_products(x, theta), x, moments_in_halves)


def pairs(x, theta):
    """moments of the D (D + 1) / 2 different products of coordinates"""

    def moments(x, r, total):
        rows = [x[:, i : i + 1] * x[:, : i + 1] for i in range(x.shape[1])]
        return [products(r, tf.concat([*rows, x, tf.ones_like(x[:, :1])], axis=1) / total)]

    return finished(em._log_joint_by_products(x, theta), x, moments)


def thin(x, r, total):
    features = tf.concat([x * x, x, tf.ones_like(x[:, :1])], axis=1)
    return [products(r, features / total)]


def no_maximum(x, theta):
    """one number subtracted from all points instead of each point's maximum, which can overflow"""
    joint = mixture.log_joint_blocks(x, theta)
    shift = tf.reduce_max(mixture.log_weights_and_constants(theta))
    r = tf.exp(joint - shift)
    total = tf.reduce_sum(r, axis=-2, keepdims=True)
    log_px = shift + tf.math.log(total)
    return [tf.reduce_sum(em._over_observations(log_px)), *thin(x, r, total)]


def by_coordinates(x, theta):
    """squares added by hand, so that nothing but the posterior is written to memory"""
    whitening, square = covariance.inverse(theta.scale), 0.0
    for d in range(x.shape[1]):
        square += ((x[:, None, d] - theta.mu[:, d, None]) * whitening[:, d, None]) ** 2
    joint = mixture.log_weights_and_constants(theta)[:, None] - 0.5 * square
    return finished(joint, x, thin)


def constants_as_a_coordinate(x, theta):
    """log weights and constants as one more coordinate, which saves a pass"""
    constant = mixture.log_weights_and_constants(theta)
    most = tf.reduce_max(constant)
    whitening = tf.concat([covariance.inverse(theta.scale), tf.sqrt(2 * (most - constant))[:, None]], axis=1)
    mu = tf.pad(theta.mu, [[0, 0], [0, 1]])
    z = (tf.concat([x, tf.ones_like(x[:, :1])], axis=1)[:, None] - mu[..., None]) * whitening[..., None]
    return finished(most - 0.5 * tf.reduce_sum(z * z, axis=-2), x, thin)


ROWS = {
    "c": ((1 << 17, 16, 16, "full"), (as_it_is, triangular, symmetric, pairs)),
    "d": ((1 << 19, 64, 2, "diag"), (as_it_is, no_maximum, by_coordinates, constants_as_a_coordinate)),
}


def compiled(e_step, x, theta):
    """Function of nothing that takes the E step of all blocks x [steps, blocks, D, observations]."""

    @tf.function(jit_compile=True, autograph=False)
    def run(x, theta):
        def add(i, sums):
            return i + 1, [a + b for a, b in zip(sums, e_step(x[i], theta), strict=True)]

        first = [tf.zeros_like(value) for value in e_step(x[0], theta)]
        return tf.while_loop(lambda i, _: i < x.shape[0], add, (0, first))[1]

    return lambda: [value.numpy() for value in run(x, theta)]


def main():
    for row, (shape, ways) in ROWS.items():
        problem = random_problem(*shape)
        x = problem.x.astype(np.float64)
        data = pack(x, problem.k, problem.covariance, "float32", frame_of(x, Units.EACH))
        start = np.log(problem.weights), problem.means, scale_of(problem.covariances)
        theta = mixture.cast(data.inside(mixture.normal_mixture(*start)), "float32")
        calls = {way: compiled(way, data.parts[0].x, theta) for way in ways}
        seconds = {way: [] for way in ways}
        for _ in range(1 + REPEATS):
            for way, call in calls.items():
                began = time.process_time()
                call()
                seconds[way].append(time.process_time() - began)
        for way, values in seconds.items():
            print(f"{row} {1e9 * np.median(values[1:]) / len(x):6.0f}  {way.__doc__}", flush=True)


if __name__ == "__main__":
    main()
