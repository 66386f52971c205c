# unlucky: The student's helpers are called sum, pow, slice and format, like Python's, and table and where, like the notebook's.
# expect: full
# %% before component_means
import math


def slice(values, *axes):
    """Values with new axes of length 1."""
    values = tf.convert_to_tensor(values, tf.float32)
    for axis in axes:
        values = tf.expand_dims(values, axis)
    return values


def pow(values, exponent=2):
    return values ** exponent


def sum(values, *axes, keep=False):
    """Sum over some axes, or over all."""
    return tf.reduce_sum(values, axis=list(axes) or None, keepdims=keep)


def format(means):
    """log of the number of leaves"""
    return math.log(len(means) * len(OFFSETS))


def where(condition, yes, no):
    return tf.where(condition, yes, no)


def table(x, means):
    """log p(x, i, j), (N, C, P)"""
    away = slice(x, 1, 1) - component_means(means)
    return sum(pow(away), -1) / (-2 * STD**2) - math.log(2 * math.pi * STD**2) - format(means)
# %% cell component_means
def component_means(means):
    return slice(means, 1) + OFFSETS
# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    return sum(tf.reduce_logsumexp(table(x, means), axis=[1, 2])) / len(x)
# %% cell exact_posterior
def exact_posterior(x, means):
    joint = table(x, means)
    return tf.exp(joint - tf.reduce_logsumexp(joint, axis=[1, 2], keepdims=True))
# %% cell exact_m_step
def exact_m_step(x, q):
    weight = sum(q, 0, 2)[:, None]
    total = tf.einsum("ncp,npd->cd", q, slice(x, 1) - OFFSETS)
    return where(weight > 0, total / tf.maximum(weight, 1e-9), tf.zeros_like(total))
# %% cell trajectory_balance_loss
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return sum(pow(log_z + log_pf - log_reward)) / tf.cast(tf.size(log_z), tf.float32)
