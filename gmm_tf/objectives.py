"""The objectives that a policy can be trained with; a saved policy stores only their names.

GFlowNet objectives are zero if the policy draws from p(z | x) and the flows are sums of it. "rws" and
"sleep" train the same policies by reweighted wake-sleep and by wake-sleep.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from gmm_tf.policy import Rollout
from gmm_tf.shapes import Float, Tensor


class Objective(NamedTuple):
    """How paths are scored."""

    # (Rollout of K * N paths, log reward, log-probability of the draws, K) -> scalar
    loss: Callable[[Rollout, Tensor, Tensor, int], Tensor]
    rollouts: int = 1  # paths of each observation that it needs at least
    all_flows: bool = False  # log F of every state, or log Z alone
    off_policy: bool = False  # whether it can be taken on paths that something else drew
    # Paths of pairs (x, z) drawn from the model, or paths that the policy draws for data.
    dreams: bool = False


def trajectory_balance(
    log_z: Float[Tensor, "N"], log_pf: Float[Tensor, "N"], log_reward: Float[Tensor, "N"]
) -> Float[Tensor, "N"]:
    """Squared residual, [N]; P_B = 1, since the states form a tree (Malkin et al. 2022, arXiv 2201.13259)."""
    return (log_z + log_pf - log_reward) ** 2


def var_grad(log_pf: Float[Tensor, "K N"], log_reward: Float[Tensor, "K N"]) -> Float[Tensor, "K N"]:
    """Squared deviations from the mean over paths of one observation, [K, N].

    The mean stands for log Z (VarGrad: Richter et al. 2020; Zhang et al. 2023).

    Args:
        log_pf, log_reward: [K, N], K >= 2 paths of each observation.
    """
    residual = log_pf - log_reward
    return (residual - tf.reduce_mean(residual, axis=0)) ** 2


def detailed_balance(log_flow: Float[Tensor, "M N"], log_pf: Float[Tensor, "L N"]) -> Float[Tensor, "N"]:
    """Mean squared residual over the steps of a path, [N] (Bengio et al. 2023, JMLR 24).

    Args:
        log_flow: [L + 1, N], log F of the states of a path; first log Z, last the log reward.
        log_pf: [L, N].
    """
    return tf.reduce_mean((log_flow[:-1] + log_pf - log_flow[1:]) ** 2, axis=0)


def subtrajectory_balance(
    log_flow: Float[Tensor, "M N"], log_pf: Float[Tensor, "L N"], decay: float = 1.0
) -> Float[Tensor, "N"]:
    """Squared residual over all parts of a path, [N], weighted by decay^length (Madan et al. 2023).

    A part's residual is the difference of two states' potentials, log F minus the sum of log P_F up to there.
    """
    length = log_pf.shape[0]
    # XLA would compute sums that overlap again for each part.
    potential = log_flow - tf.concat([tf.zeros_like(log_pf[:1]), tf.cumsum(log_pf)], axis=0)
    total = norm = 0.0
    for part in range(1, length + 1):
        weight = decay**part
        total += weight * tf.reduce_sum((potential[part:] - potential[:-part]) ** 2, axis=0)
        norm += weight * (length + 1 - part)
    return total / norm


def chosen(name: str) -> Objective:
    """The `Objective` of a name: "tb", "vargrad", "subtb", "subtb(0.9)" with a decay, "db", "rws", "sleep".

    Raises:
        ValueError: another name, or a decay that is not above 0.
    """
    name = str(name)
    decay = re.fullmatch(r"subtb\(([0-9.]+)\)", name)
    if decay and float(decay.group(1)) > 0:
        return Objective(_subtb(float(decay.group(1))), all_flows=True, off_policy=True)
    if name not in OBJECTIVES:
        raise ValueError(f"Expected objective in {tuple(OBJECTIVES)} or subtb(0.9), got {name!r}.")
    return OBJECTIVES[name]


def _score(path: Rollout) -> Float[Tensor, "N"]:
    return tf.reduce_sum(path.log_pf, axis=0)


def _tb(
    path: Rollout, log_reward: Float[Tensor, "N"], log_proposal: Float[Tensor, "N"], rollouts: int
) -> Float[Tensor, ""]:
    return tf.reduce_mean(trajectory_balance(path.log_flow[0], _score(path), log_reward))


def _vargrad(
    path: Rollout, log_reward: Float[Tensor, "N"], log_proposal: Float[Tensor, "N"], rollouts: int
) -> Float[Tensor, ""]:
    score, reward = (tf.reshape(each, [rollouts, -1]) for each in (_score(path), log_reward))
    log_z = tf.reduce_mean(reward - score, axis=0)
    return tf.reduce_mean(var_grad(score, reward)) + _head(path, log_z, rollouts)


def _db(
    path: Rollout, log_reward: Float[Tensor, "N"], log_proposal: Float[Tensor, "N"], rollouts: int
) -> Float[Tensor, ""]:
    return tf.reduce_mean(detailed_balance(_flows(path, log_reward), path.log_pf))


def _subtb(decay: float) -> Callable[[Rollout, Tensor, Tensor, int], Tensor]:
    def loss(
        path: Rollout, log_reward: Float[Tensor, "N"], log_proposal: Float[Tensor, "N"], rollouts: int
    ) -> Float[Tensor, ""]:
        return tf.reduce_mean(subtrajectory_balance(_flows(path, log_reward), path.log_pf, decay))

    return loss


def _rws(
    path: Rollout, log_reward: Float[Tensor, "N"], log_proposal: Float[Tensor, "N"], rollouts: int
) -> Float[Tensor, ""]:
    """The policy's wake phase of reweighted wake-sleep (Bornschein & Bengio 2015; Le et al. 2019)."""
    log_weights = tf.reshape(tf.stop_gradient(log_reward - log_proposal), [rollouts, -1])
    score = tf.reshape(_score(path), [rollouts, -1])
    log_z = tf.reduce_logsumexp(log_weights, axis=0) - tf.math.log(tf.cast(rollouts, score.dtype))
    own = tf.reduce_sum(tf.nn.softmax(log_weights, axis=0) * score, axis=0)
    return _head(path, log_z, rollouts) - tf.reduce_mean(own)


def _sleep(
    path: Rollout, log_reward: Float[Tensor, "N"], log_proposal: Float[Tensor, "N"], rollouts: int
) -> Float[Tensor, ""]:
    """Likelihood of the assignments that made x (wake-sleep: Hinton et al. 1995)."""
    return _head(path, log_reward - _score(path), 1) - tf.reduce_mean(_score(path))


def _head(path: Rollout, log_z: Float[Tensor, "N"], rollouts: int) -> Float[Tensor, ""]:
    """Where log Z takes no part in an objective its head learns beside it."""
    shape = [rollouts, -1]
    return tf.reduce_mean((tf.reshape(path.log_flow[0], shape) - tf.stop_gradient(log_z)) ** 2)


def _flows(path: Rollout, log_reward: Float[Tensor, "N"]) -> Float[Tensor, "M N"]:
    return tf.concat([path.log_flow, log_reward[None]], axis=0)


OBJECTIVES = {
    "tb": Objective(_tb, off_policy=True),
    "vargrad": Objective(_vargrad, rollouts=2),
    "subtb": Objective(_subtb(1.0), all_flows=True, off_policy=True),
    "db": Objective(_db, all_flows=True, off_policy=True),
    "rws": Objective(_rws, rollouts=2),
    "sleep": Objective(_sleep, dreams=True),
}
