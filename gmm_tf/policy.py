"""Forward policies of a GFlowNet that assigns observations to the leaves of a tree.

A state is an observation x with the branches chosen so far; an action chooses a branch of the next
level. Since the states form a tree, the backward policy is 1 (Malkin et al. 2022, arXiv 2201.13259).

Observations are the last axis: x [D, N], hidden units [H, N], one-hot choices [B, N]. A policy has
`root(x)`, the state before the first choice, [S, N]; `moves(level, target)` [S, B], what each branch adds
to the state; and `outlook(level, state, target)` -> `Outlook`.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, NamedTuple, TypeAlias

import tensorflow as tf

from gmm_tf.shapes import DType, Float, Int, Tensor

LEAK = 0.01


# Kernel and bias.
Layer: TypeAlias = tuple[Float[Tensor, "_ _"], Float[Tensor, "_ 1"]]


class Target(NamedTuple):
    """What a policy is trained towards: p(z) p(x | z)^beta."""

    tables: tuple[Float[Tensor, "_ D"], ...]  # of each level
    log_weights: tuple[Float[Tensor, "_"], ...]  # log p(z_l)
    std: Float[Tensor, ""]
    log_noise: Float[Tensor, ""]  # log p(x | z) at the centre of a leaf
    beta: Float[Tensor, ""]  # inverse temperature
    # (mean, whiten, log_norm) of `remainder.look_ahead` after each choice
    ahead: tuple[tuple[Float[Tensor, "D 1"], Float[Tensor, "D D"], Float[Tensor, ""]], ...]


def target_of(levels: int) -> Annotated[Target, "of None"]:
    """The nest of a `Target` with this number of levels, to pack values into."""
    each = (None,) * levels
    return Target(each, each, None, None, None, ((None, None, None),) * levels)


class Outlook(NamedTuple):
    """Output of a policy for M states."""

    log_p: Float[Tensor, "B M"]  # log-probabilities of the branches
    log_broad: Float[Tensor, "B M"]  # those of the untrained policy, from which training explores
    log_flow: Float[Tensor, "M"] | None  # log F of the state, if any, without the log-prior of its choices
    children: Float[Tensor, "B M"] | None = None  # log F of the next states, likewise


# (level, Outlook of the states) -> one-hot choices [B_l, N].
Choose: TypeAlias = Callable[[int, Outlook], Tensor]


class Rollout(NamedTuple):
    """One path from the root to a leaf for each observation."""

    choices: tuple[Float[Tensor, "_ N"], ...]  # one-hot, of each level
    log_pf: Float[Tensor, "L N"]  # under the policy itself, however the path was drawn
    log_flow: Float[Tensor, "_ N"]  # log F of the states before each level, or of the first alone: log Z(x)
    log_broad: Float[Tensor, "L N"]  # under the untrained policy


class Plain(NamedTuple):
    """Weights of a perceptron that reads (x, choices so far) and has a head for each level."""

    x: Float[Tensor, "H D"]
    bias: Float[Tensor, "H 1"]
    choices: tuple[Float[Tensor, "H _"], ...]  # [H, B_l] for each level but the last
    layers: tuple[Layer, ...]  # further hidden layers
    heads: tuple[Layer, ...]  # logits of each level
    flows: tuple[Layer, ...]  # log F of the states before each level; the first is log Z(x)

    def root(self, x: Float[Tensor, "D N"]) -> Float[Tensor, "H N"]:
        return tf.matmul(self.x, x) + self.bias

    def moves(self, level: int, target: Target) -> Float[Tensor, "H B"]:
        return self.choices[level]

    def outlook(self, level: int, state: Float[Tensor, "H N"], target: Target) -> Outlook:
        hidden = _hidden(self.layers, state)
        logits = _dense(self.heads[level], hidden)
        log_flow = _dense(self.flows[level], hidden)[0] if level < len(self.flows) else None
        return Outlook(_normalised(logits), _normalised(tf.zeros_like(logits)), log_flow)


class LookAhead(NamedTuple):
    """Weights of a perceptron that corrects a Gaussian look-ahead.

    Later choices depend only on the residual, x minus the chosen branches. log F of a state is the
    log-density of this residual under Gaussians with the moments of the levels below (`remainder`), plus the
    perceptron's output for the whitened residual. A branch is drawn in proportion to F of the next state,
    and F of the root is their sum. While the heads are zero, it draws from the moment-matched posterior,
    which is broader than the posterior and therefore used to explore. The last level is always exact. F does
    not depend on the tables of the levels above, so these may change.
    """

    x: Float[Tensor, "H D"]
    biases: tuple[Float[Tensor, "H 1"], ...]  # after each choice but the last
    layers: tuple[Layer, ...]  # further hidden layers
    heads: tuple[Layer, ...]  # log F after each choice but the last

    def root(self, x: Float[Tensor, "D N"]) -> Float[Tensor, "D N"]:
        return x

    def moves(self, level: int, target: Target) -> Float[Tensor, "D B"]:
        return -tf.transpose(target.tables[level])

    def outlook(self, level: int, state: Float[Tensor, "D N"], target: Target) -> Outlook:
        mean, whiten, log_norm = target.ahead[level]
        branches = tf.matmul(whiten, target.tables[level], transpose_b=True)
        rest = tf.matmul(whiten, state - mean)[:, None] - branches[:, :, None]
        children = target.log_weights[level][:, None] + log_norm - 0.5 * tf.reduce_sum(rest**2, axis=0)
        log_broad = _normalised(children)
        if level < len(self.heads):
            columns = tf.reshape(rest, [rest.shape[0], -1])
            hidden = _hidden(self.layers, tf.matmul(self.x, columns) + self.biases[level])
            children += tf.reshape(_dense(self.heads[level], hidden), tf.shape(children))
        log_flow = tf.reduce_logsumexp(children, axis=0)
        return Outlook(children - log_flow, log_broad, log_flow, children)


Policy: TypeAlias = Plain | LookAhead


def plain_specs(
    dim: int, branching: Sequence[int], hidden: Sequence[int], flows: int
) -> Annotated[Plain, "of tf.TensorSpec"]:
    """A `Plain` of `tf.TensorSpec`s, named by their initialiser.

    Args:
        hidden: sizes of the hidden layers, at least one.
        flows: number of states on a path whose log F is modelled: 1 for log Z alone, or L.
    """
    kernel, bias = _layer(hidden[0], dim)
    return Plain(
        x=kernel,
        bias=bias,
        choices=tuple(_layer(hidden[0], b)[0] for b in branching[:-1]),
        layers=_layers(hidden),
        heads=tuple(_layer(b, hidden[-1]) for b in branching),
        flows=tuple(_layer(1, hidden[-1]) for _ in range(flows)),
    )


def look_ahead_specs(
    dim: int, branching: Sequence[int], hidden: Sequence[int]
) -> Annotated[LookAhead, "of tf.TensorSpec"]:
    """A `LookAhead` of `tf.TensorSpec`s, named by their initialiser."""
    kernel, bias = _layer(hidden[0], dim)
    head = _layer(1, hidden[-1], kernel="zeros")
    return LookAhead(
        x=kernel,
        biases=(bias,) * (len(branching) - 1),
        layers=_layers(hidden),
        heads=(head,) * (len(branching) - 1),
    )


def _layers(hidden: Sequence[int]) -> tuple[Layer, ...]:
    return tuple(_layer(h, before) for before, h in zip(hidden[:-1], hidden[1:], strict=True))


def _layer(units: int, inputs: int, kernel: str = "glorot") -> Layer:
    return tf.TensorSpec([units, inputs], name=kernel), tf.TensorSpec([units, 1], name="zeros")


def _hidden(layers: tuple[Layer, ...], before: Float[Tensor, "H M"]) -> Tensor:
    """Last hidden layer, [H', M]."""
    hidden = tf.nn.leaky_relu(before, LEAK)
    for layer in layers:
        hidden = tf.nn.leaky_relu(_dense(layer, hidden), LEAK)
    return hidden


def _dense(layer: Layer, hidden: Tensor) -> Tensor:
    return tf.matmul(layer[0], hidden) + layer[1]


def _normalised(logits: Float[Tensor, "B M"]) -> Float[Tensor, "B M"]:
    return logits - tf.reduce_logsumexp(logits, axis=0, keepdims=True)


def faster_flows(before: Policy, after: Policy, rate: Float[Tensor, ""]) -> Policy:
    """A policy after a step; the step of a `Plain` policy's log F heads is multiplied by `rate`."""
    if not (isinstance(before, Plain) and isinstance(after, Plain)):
        return after
    flows = tf.nest.map_structure(lambda old, new: old + rate * (new - old), before.flows, after.flows)
    return after._replace(flows=flows)


def log_z(policy: Policy, x: Float[Tensor, "D N"], target: Target) -> Float[Tensor, "N"]:
    """log F of the root, [N]."""
    return policy.outlook(0, policy.root(x), target).log_flow


def first_level(policy: Policy, x: Float[Tensor, "D N"], target: Target) -> Float[Tensor, "C N"]:
    """log q(z_1 | x), [B_1, N]."""
    return policy.outlook(0, policy.root(x), target).log_p


def rollout(policy: Policy, x: Float[Tensor, "D N"], target: Target, choose: Choose) -> Rollout:
    """Paths of the observations x [D, N].

    Args:
        choose: (level, `Outlook`) -> one-hot choices [B_l, N].
    """
    state, log_prior = policy.root(x), tf.zeros_like(x[0])
    choices, log_pf, log_broad, log_flow, levels = [], [], [], [], len(target.tables)
    for level in range(levels):
        seen = policy.outlook(level, state, target)
        chosen = choose(level, seen)
        choices.append(chosen)
        log_pf.append(tf.reduce_sum(chosen * seen.log_p, axis=0))
        log_broad.append(tf.reduce_sum(chosen * seen.log_broad, axis=0))
        if level == 0 or seen.children is None and seen.log_flow is not None:
            log_flow.append(seen.log_flow)
        if level + 1 < levels:
            if seen.children is not None:
                log_flow.append(log_prior + tf.reduce_sum(chosen * seen.children, axis=0))
            log_prior += tf.reduce_sum(chosen * target.log_weights[level][:, None], axis=0)
            state += tf.matmul(policy.moves(level, target), chosen)
    return Rollout(tuple(choices), tf.stack(log_pf), tf.stack(log_flow), tf.stack(log_broad))


def drawn(uniform: Float[Tensor, "L N"], exploration: Float[Tensor, ""] | float) -> Choose:
    """`choose` by inversion of uniform numbers [L, N], from a mixture of the policy and the untrained one.

    Args:
        exploration: probability of drawing a branch from the untrained policy; 0 for the policy itself.
    """

    def choose(level: int, seen: Outlook) -> Tensor:
        p = tf.stop_gradient((1 - exploration) * tf.exp(seen.log_p) + exploration * tf.exp(seen.log_broad))
        passed = tf.cast(uniform[level] >= tf.cumsum(p)[:-1], p.dtype)
        ends = tf.ones_like(p[:1])
        return tf.concat([ends, passed], 0) - tf.concat([passed, 0 * ends], 0)

    return choose


def given(z: Int[Tensor, "N L"], branching: Sequence[int], dtype: DType) -> Choose:
    """`choose` that follows assignments z [N, L]."""
    return lambda level, _: tf.one_hot(z[:, level], branching[level], axis=0, dtype=dtype)


def log_mixed(path: Rollout, exploration: Float[Tensor, ""] | float) -> Float[Tensor, "N"]:
    """Log-probability of paths under the mixture that `drawn` draws from, [N]; it has no gradient."""
    own, broad = tf.math.log(1 - exploration) + path.log_pf, tf.math.log(exploration) + path.log_broad
    return tf.stop_gradient(tf.reduce_sum(tf.reduce_logsumexp(tf.stack([own, broad]), axis=0), axis=0))


def leaf_probabilities(policy: Policy, x: Float[Tensor, "D N"], target: Target) -> Float[Tensor, "N leaves"]:
    """Probability of each leaf, [N, B_1 * ... * B_L]."""
    state, log_q, levels = policy.root(x)[:, :, None], tf.zeros([x.shape[1], 1], x.dtype), len(target.tables)
    for level in range(levels):
        columns = tf.reshape(state, [state.shape[0], -1])
        log_p = tf.reshape(policy.outlook(level, columns, target).log_p, [-1, *state.shape[1:]])
        log_q = tf.reshape(log_q[..., None] + tf.transpose(log_p, [1, 2, 0]), [x.shape[1], -1])
        if level + 1 < levels:
            state = state[..., None] + policy.moves(level, target)[:, None, None]
            state = tf.reshape(state, [state.shape[0], x.shape[1], -1])
    return tf.exp(log_q)


def log_reward(choices: Sequence[Tensor], x: Float[Tensor, "D N"], target: Target) -> Float[Tensor, "N"]:
    """log p(x, z) of the chosen leaves, [N]; the likelihood is tempered, except for its constant."""
    rest, log_prior = x, 0.0
    for chosen, table, log_weights in zip(choices, target.tables, target.log_weights, strict=True):
        rest -= tf.matmul(table, chosen, transpose_a=True)
        log_prior += tf.reduce_sum(chosen * log_weights[:, None], axis=0)
    square = tf.reduce_sum(tf.square(rest / target.std), axis=0)
    return log_prior + target.log_noise - 0.5 * target.beta * square


def dream(
    uniform: Float[Tensor, "L N"], normal: Float[Tensor, "D N"], target: Target
) -> tuple[tuple[Tensor, ...], Float[Tensor, "D N"]]:
    """Pairs drawn from the model: choices [B_l, N] of each level and x [D, N], tempered as the target is.

    Args:
        uniform: [L, N].
        normal: [D, N].
    """
    choose, choices = drawn(uniform, 0.0), []
    for level, w in enumerate(target.log_weights):
        log_p = tf.broadcast_to(w[:, None], [w.shape[0], normal.shape[1]])
        choices.append(choose(level, Outlook(log_p, log_p, None)))
    x = normal * target.std / tf.sqrt(target.beta)
    for chosen, table in zip(choices, target.tables, strict=True):
        x += tf.matmul(table, chosen, transpose_a=True)
    return tuple(choices), x
