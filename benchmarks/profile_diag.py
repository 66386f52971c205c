"""Where an EM step of row d of `mixture.py` spends its time: parts of it, compiled each by itself.

Each line adds a part to the one before; the last is the E-step as it is. Prints nanoseconds per point.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import time

import numpy as np
import tensorflow as tf
from problem import random_problem, scale_of

from gmm_tf import em, mixture
from gmm_tf.blocks import Units, frame_of, pack

N, REPEATS = 1 << 18, 21


def largest(blocks, theta):
    """log p(x, z), and its largest over components."""
    return tf.reduce_sum(tf.reduce_max(mixture.log_joint_blocks(blocks, theta), axis=1))


def exponentials(blocks, theta):
    """... exp, its sum over components, log."""
    joint = mixture.log_joint_blocks(blocks, theta)
    top = tf.reduce_max(joint, axis=1, keepdims=True)
    return tf.reduce_sum(top + tf.math.log(tf.reduce_sum(tf.exp(joint - top), axis=1, keepdims=True)))


def whole(blocks, theta):
    """... products of the posterior with x^2, x and 1."""
    statistics = em.e_step(blocks, theta, centred=False)
    return tf.add_n([tf.reduce_sum(value) for value in statistics])


def compiled(part, data, theta):
    @tf.function(jit_compile=True)
    def run(x, theta):
        total = tf.zeros([], tf.float64)
        for i in tf.range(x.shape[0]):
            total += tf.cast(part(x[i], theta), tf.float64)
        return total

    return lambda: run(data.parts[0].x, theta).numpy()


def main():
    problem = random_problem(N, 64, 2, "diag")
    x = problem.x.astype(np.float64)
    data = pack(x, 64, "diag", "float32", frame_of(x, Units.EACH))
    start = (np.log(problem.weights), problem.means, scale_of(problem.covariances))
    theta = mixture.cast(data.inside(mixture.normal_mixture(*start)), "float32")
    calls = {part: compiled(part, data, theta) for part in (largest, exponentials, whole)}
    seconds = {part: [] for part in calls}
    for repeat in range(REPEATS + 1):
        for part, call in calls.items():
            began = time.perf_counter()
            call()
            if repeat:
                seconds[part].append(time.perf_counter() - began)
    for part, values in seconds.items():
        print(f"{1e9 * np.median(values) / N:5.1f}  {part.__doc__}")


if __name__ == "__main__":
    main()
