"""The forward policy of a GFlowNet that assigns observations to the leaves of a tree.

A state is an observation x with the branches chosen so far; an action chooses a branch of the next
level. Since the states form a tree, the backward policy is 1 (Malkin et al. 2022, arXiv 2201.13259).

Observations are the last axis: x [D, N], hidden units [H, N], one-hot choices [B, N].
"""

from typing import NamedTuple

import tensorflow as tf

LEAK = 0.01


class Policy(NamedTuple):
    """Weights of a perceptron that reads (x, choices so far) and has a head for each level."""

    x: tf.Tensor  # [H, D]
    bias: tf.Tensor  # [H, 1]
    choices: tuple  # [H, B_l] for each level but the last
    layers: tuple  # ([H', H], [H', 1]) for each further hidden layer
    heads: tuple  # ([B_l, H], [B_l, 1]), logits of each level
    flows: tuple  # ([1, H], [1, 1]), log F of the states before each level; the first is log Z(x)


class Rollout(NamedTuple):
    """One path from the root to a leaf for each observation."""

    choices: tuple  # [B_l, N], one-hot, of each level
    log_pf: tf.Tensor  # [L, N], of the policy itself, whatever chose
    log_flow: tf.Tensor  # [L or 1, N]


def specs(dim, branching, hidden, flows):
    """A Policy of `tf.TensorSpec`s named "kernel" or "bias".

    Args:
        hidden: sizes of the hidden layers, at least one.
        flows: number of states on a path whose log F is modelled: 1 for log Z alone, or L.
    """


    def dense(units, inputs):
        return tf.TensorSpec([units, inputs], name="kernel"), tf.TensorSpec([units, 1], name="bias")

    kernel, bias = dense(hidden[0], dim)
    return Policy(
        x=kernel,
        bias=bias,
        choices=tuple(dense(hidden[0], b)[0] for b in branching[:-1]),
        layers=tuple(dense(h, before) for before, h in zip(hidden[:-1], hidden[1:], strict=True)),
        heads=tuple(dense(b, hidden[-1]) for b in branching),
        flows=tuple(dense(1, hidden[-1]) for _ in range(flows)),
    )


def _first(policy, x):
    """Inputs of the first hidden layer at the root, [H, N]."""
    return tf.matmul(policy.x, x) + policy.bias


def _hidden(policy, before):
    """Last hidden layer, [H', N]."""
    hidden = tf.nn.leaky_relu(before, LEAK)
    for kernel, bias in policy.layers:
        hidden = tf.nn.leaky_relu(tf.matmul(kernel, hidden) + bias, LEAK)
    return hidden


def _log_p(head, hidden):
    """Log-probabilities of the branches, [B, N]."""
    logits = tf.matmul(head[0], hidden) + head[1]
    return logits - tf.reduce_logsumexp(logits, axis=0, keepdims=True)


def _log_flow(flow, hidden):
    return (tf.matmul(flow[0], hidden) + flow[1])[0]


def log_z(policy, x):
    """log F of the root, [N]."""
    return _log_flow(policy.flows[0], _hidden(policy, _first(policy, x)))


def rollout(policy, x, choose):
    """Paths of the observations x [D, N].

    Args:
        choose: (level, log-probabilities [B_l, N]) -> one-hot choices [B_l, N].
    """
    before = _first(policy, x)
    choices, log_pf, log_flow = [], [], []
    for level, head in enumerate(policy.heads):
        hidden = _hidden(policy, before)
        log_p = _log_p(head, hidden)
        chosen = choose(level, log_p)
        choices.append(chosen)
        log_pf.append(tf.reduce_sum(chosen * log_p, axis=0))
        if level < len(policy.flows):
            log_flow.append(_log_flow(policy.flows[level], hidden))
        if level < len(policy.choices):
            before += tf.matmul(policy.choices[level], chosen)
    return Rollout(tuple(choices), tf.stack(log_pf), tf.stack(log_flow))


def drawn(uniform, exploration):
    """`choose` by inversion of uniform numbers [L, N], from a mixture of the policy and all branches.

    Args:
        exploration: probability of a branch drawn evenly; 0 for the policy itself.
    """

    def choose(level, log_p):
        p = tf.stop_gradient((1 - exploration) * tf.exp(log_p) + exploration / log_p.shape[0])
        passed = tf.cast(uniform[level] >= tf.cumsum(p)[:-1], log_p.dtype)
        ends = tf.ones_like(log_p[:1])
        return tf.concat([ends, passed], 0) - tf.concat([passed, 0 * ends], 0)

    return choose


def given(z, branching, dtype):
    """`choose` that follows assignments z [N, L]."""
    return lambda level, _: tf.one_hot(z[:, level], branching[level], axis=0, dtype=dtype)


def log_mixed(log_pf, branching, exploration):
    """Log-probability of choices under the mixture that `drawn` draws from, [L, N]."""
    even = tf.math.log(exploration / tf.constant(branching, log_pf.dtype))[:, None]
    own = tf.math.log(1 - exploration) + log_pf
    return tf.reduce_logsumexp(tf.stack([own, tf.broadcast_to(even, own.shape)]), axis=0)


def leaf_probabilities(policy, x):
    """Probability of each leaf, [N, B_1 * ... * B_L]."""
    before, log_q = _first(policy, x)[:, :, None], tf.zeros([x.shape[1], 1], x.dtype)
    for level, head in enumerate(policy.heads):
        columns = tf.reshape(before, [before.shape[0], -1])
        log_p = tf.reshape(_log_p(head, _hidden(policy, columns)), [-1, *before.shape[1:]])
        log_q = tf.reshape(log_q[..., None] + tf.transpose(log_p, [1, 2, 0]), [x.shape[1], -1])
        if level < len(policy.choices):
            before = before[..., None] + policy.choices[level][:, None, None]
            before = tf.reshape(before, [before.shape[0], x.shape[1], -1])
    return tf.exp(log_q)


class Target(NamedTuple):
    """What a policy is trained towards: p(z) p(x | z)^beta."""

    tables: tuple  # [B_l, D] of each level: the means, then the offsets
    std: tf.Tensor  # []
    log_constant: tf.Tensor  # [], log p(x, z) at the centre of a leaf
    beta: tf.Tensor  # [], inverse temperature


def log_reward(choices, x, target):
    """log p(x, z) of the chosen leaves, [N]; the likelihood tempered but for its constant."""
    rest = x
    for chosen, table in zip(choices, target.tables, strict=True):
        rest -= tf.matmul(table, chosen, transpose_a=True)
    square = tf.reduce_sum(tf.square(rest / target.std), axis=0)
    return target.log_constant - 0.5 * target.beta * square
