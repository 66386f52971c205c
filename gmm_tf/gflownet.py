"""Posterior of a hierarchical mixture by a GFlowNet (Hu et al. 2023, arXiv 2302.06576)."""

import keras
import numpy as np
import tensorflow as tf

from gmm_tf import policy as policies
from gmm_tf.adam import adam_step
from gmm_tf.hierarchical import MOST_NUMBERS, HierarchicalMixture
from gmm_tf.inputs import check_seed, observations, positive_integer

# Adam steps of one call of the compiled loop, if the random numbers that they need fit.
STEPS = 64
RANDOM_NUMBERS = 1 << 23


def trajectory_balance(log_z, log_pf, log_reward):
    """Squared residual, [N]; P_B = 1, since the states form a tree (Malkin et al. 2022, arXiv 2201.13259)."""
    return (log_z + log_pf - log_reward) ** 2


def var_grad(log_pf, log_reward):
    """Squared deviations from the mean over paths of one observation, [K, N].

    The mean stands for log Z (VarGrad: Richter et al. 2020; Zhang et al. 2023).

    Args:
        log_pf, log_reward: [K, N], K >= 2 paths of each observation.
    """
    residual = log_pf - log_reward
    return (residual - tf.reduce_mean(residual, axis=0)) ** 2


def detailed_balance(log_flow, log_pf):
    """Mean squared residual over the steps of a path, [N] (Bengio et al. 2023, JMLR 24).

    Args:
        log_flow: [L + 1, N], log F of the states of a path; first log Z, last the log reward.
        log_pf: [L, N].
    """
    return tf.reduce_mean((log_flow[:-1] + log_pf - log_flow[1:]) ** 2, axis=0)


def subtrajectory_balance(log_flow, log_pf):
    """Mean squared residual over all parts of a path, [N] (Madan et al. 2023, lambda = 1)."""
    length = log_pf.shape[0]
    total = 0.0
    for start in range(length):
        balance = log_flow[start]
        for end in range(start, length):
            balance += log_pf[end]
            total += (balance - log_flow[end + 1]) ** 2
    return total / (length * (length + 1) / 2)


OBJECTIVES = ("tb", "vargrad", "subtb", "db")


@keras.saving.register_keras_serializable(package="gmm_tf")
class GFlowNetPosterior(keras.Model):
    """A policy that draws the levels' branches one after the other, trained to draw from p(z | x).

    `model(x)` is log Z(x), which becomes log p(x). The cost of a step is linear in the number of levels
    and of branches: leaves are never enumerated.

    Args:
        mixture: a `HierarchicalMixture`; the default is the one with four petals.
        hidden: units of the hidden layer, or a list of them.
        objective: "tb", "vargrad", "subtb" or "db".
        exploration: probability with which, in training, a branch is drawn evenly. It changes where
            the policy is trained, never how it is scored. 0 to 1.
        seed: integer for the same initial weights and draws each time.
        **kwargs: `name`, `dtype`, `trainable` of `keras.Model`.

    Raises:
        ValueError: an argument out of its range; in every method, x or means of the wrong shape, or
            with NaN or infinite values.
    """

    def __init__(self, mixture=None, hidden=32, objective="tb", exploration=0.1, seed=None, **kwargs):
        super().__init__(**{"autocast": False, **kwargs})
        if isinstance(mixture, dict):
            mixture = HierarchicalMixture(**mixture)
        self.tree = HierarchicalMixture() if mixture is None else mixture
        self.hidden = [int(h) for h in np.atleast_1d(hidden)]
        if min(self.hidden, default=0) < 1:
            raise ValueError(f"Expected hidden >= 1, got {hidden}; try 32.")
        if objective not in OBJECTIVES:
            raise ValueError(f"Expected objective in {OBJECTIVES}, got {objective!r}.")
        if not 0 <= exploration <= 1:
            raise ValueError(f"Expected 0 <= exploration <= 1, got {exploration}; try 0.1.")
        if self.variable_dtype not in ("float32", "float64"):
            raise ValueError(f"Expected float32 or float64, got {self.variable_dtype}; pass dtype=.")
        self.objective, self.exploration = objective, float(exploration)
        self.seed = check_seed(seed)
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        glorot = keras.initializers.GlorotUniform(seed=self.seed_generator)
        starts = {"kernel": glorot, "bias": "zeros"}
        for i, spec in enumerate(tf.nest.flatten(self._specs())):
            own = {"name": f"policy_{i}", "initializer": starts[spec.name], "autocast": False}
            self.add_weight(shape=spec.shape, **own)
        self.optimizer_state = _Moments()
        self.built = True

    def _specs(self):
        flows = self.tree.levels if self.objective in ("subtb", "db") else 1
        return policies.specs(self.tree.dim, self.tree.branching, tuple(self.hidden), flows)

    @property
    def policy(self):
        """The weights as an immutable `Policy`."""
        weights = [tf.convert_to_tensor(weight) for weight in self.weights]
        return tf.nest.pack_sequence_as(self._specs(), weights)

    def get_config(self):
        return {
            **super().get_config(), "mixture": self.tree.get_config(), "hidden": list(self.hidden),
            "objective": self.objective, "exploration": self.exploration, "seed": self.seed,
        }  # fmt: skip

    def __repr__(self):
        return (
            f"<{type(self).__name__} name={self.name}, branching={self.tree.branching}, "
            f"dim={self.tree.dim}, hidden={list(self.hidden)}, objective={self.objective!r}>"
        )

    def export(self, filepath, *args, input_signature=None, **kwargs):
        """`keras.Model.export`; what is exported serves log Z(x_n), [N], of x [N, D] for any N."""
        if input_signature is None:
            input_signature = [keras.InputSpec(shape=(None, self.tree.dim), dtype=self.variable_dtype)]
        return super().export(filepath, *args, input_signature=input_signature, **kwargs)

    def save_own_variables(self, store):
        """The weights and, once training has begun, Adam's moments and number of steps."""
        super().save_own_variables(store)
        self.optimizer_state.save(store)

    def load_own_variables(self, store):
        """What `save_own_variables` saved."""
        store = {name: store[name] for name in store.keys()}
        self.optimizer_state.load(store, self.policy)
        super().load_own_variables(store)

    def call(self, x):
        x = tf.cast(observations(x, self.tree.dim), self.variable_dtype)
        return policies.log_z(self.policy, tf.transpose(x))

    def log_z(self, x):
        """The policy's log Z(x_n), [N]."""
        return self(self.tree.check_data(x))

    def log_prob(self, x, z):
        """log q(z_n | x_n) of assignments z [N, L] or [S, N, L]; [N] or [S, N]."""
        x, z = self._columns(x), self.tree.check_assignments(z)
        if z.shape[-2] != x.shape[1]:
            raise ValueError(f"Expected z [..., {x.shape[1]}, {self.tree.levels}], got {list(z.shape)}.")
        flat = z.reshape(-1, *z.shape[-2:])
        return tf.reshape(
            tf.stack([_log_prob(self.policy, x, tf.constant(each)) for each in flat]), z.shape[:-1]
        )

    def sample(self, x, n=1, seed=None):
        """n independent assignments of each observation by the policy itself, [n, N, L], int32.

        Args:
            seed: integer for the same draws each time, also from the model when it is loaded again; the
                next draws of the model's own generator if None.
        """
        n, seed = positive_integer("n", n), check_seed(seed)
        x = self._columns(x)
        uniform = self._uniform([n, self.tree.levels, x.shape[1]], seed)
        return tf.stack([_sample(self.policy, x, uniform[i], tf.constant(0, x.dtype))[0] for i in range(n)])

    def importance_weights(self, x, means, n=64):
        """log p(x, z) - log q(z | x) of n draws of each observation, [n, N], float64 array.

        Their log-mean-exp estimates log p(x), from below on average (Burda et al. 2016).
        """
        log_joint, log_q, _ = self._draws(x, means, n, 0.0)
        return log_joint - log_q

    def missed_mass(self, x, means, n=64):
        """Share of the posterior, on average over x, in leaves to which the policy gives less than a
        tenth of what is due: 0 for the exact posterior, near 1 for a collapsed policy.

        Estimated by self-normalised importance sampling from n draws that explore evenly half the time,
        so that a policy cannot hide what it never visits by itself.
        """
        log_joint, log_q, log_proposal = self._draws(x, means, n, 0.5)
        log_weights = log_joint - log_proposal
        total = np.logaddexp.reduce(log_weights, axis=0)
        missed = log_q < log_joint - (total - np.log(n)) - np.log(10)
        return float(np.mean(np.sum(np.exp(log_weights - total) * missed, axis=0)))

    def _draws(self, x, means, n, exploration):
        """log p(x, z), log q(z | x) and the log-probability of the draw, each [n, N]."""
        columns, means = self._columns(x), self.tree.check_means(means)
        uniform = self._uniform([n, self.tree.levels, columns.shape[1]])
        exploration, rows = tf.constant(exploration, columns.dtype), []
        for i in range(n):
            z, log_q, log_proposal = _sample(self.policy, columns, uniform[i], exploration)
            rows.append((self.tree.log_joint(x, z, means), log_q.numpy(), log_proposal.numpy()))
        return np.array(rows, np.float64).swapaxes(0, 1)

    def probabilities(self, x):
        """q(z | x_n) of all leaves, [N, C, B_2, ..., B_L]; for trees whose leaves fit in memory.

        Raises:
            ValueError: more than 2^27 numbers.
        """
        columns = self._columns(x)
        n, tree = columns.shape[1], self.tree
        if n * tree.leaves > MOST_NUMBERS:
            raise ValueError(
                f"Expected at most {MOST_NUMBERS:,} numbers, got {n:,} observations times "
                f"{tree.leaves:,} leaves; pass fewer observations, or use sample."
            )
        return tf.reshape(_probabilities(self.policy, columns), [n, *tree.branching])

    def train(self, x, means, steps=1000, learning_rate=1e-2, decay=False, beta=1.0, rollouts=None,
              batch_size=None, until=None, verbose=0):  # fmt: skip
        """Adam steps on the objective, with log p(x, z) as log reward.

        Args:
            x: [N, D].
            means: [C, D], of the superclusters; fixed during the steps.
            steps: number of Adam steps at most, >= 0.
            learning_rate: Adam's step size, > 0.
            decay: let it fall to zero along a cosine (Loshchilov & Hutter 2017).
            beta: inverse temperature of the likelihood; the reward is p(z) p(x|z)^beta.
            rollouts: paths of each observation in a step, >= 1; 2 for "vargrad", else 1 if None.
            batch_size: observations of a step, drawn anew for each call of the compiled loop (64
                steps); all if None.
            until: stop when the mean objective of such a call is below this; never if None.
            verbose: 1 shows a progress bar.

        Returns:
            The mean objective before each step, in squared nats, [steps taken].

        Raises:
            ValueError: also if the objective becomes NaN (the weights stay as they were).
        """
        columns, means = self._columns(x), self.tree.check_means(means)
        rollouts = self._check_training(steps, learning_rate, beta, rollouts)
        count = columns.shape[1] if batch_size is None else min(batch_size, columns.shape[1])
        size = max(1, min(STEPS, RANDOM_NUMBERS // (self.tree.levels * rollouts * count)))
        bar = keras.utils.Progbar(steps, unit_name="step", verbose=int(bool(verbose and steps)))
        target, exploration = self._target(means, beta), tf.constant(self.exploration, columns.dtype)
        weights, trace = self.policy, []
        moments = self.optimizer_state.get(weights)
        while len(trace) < steps:
            batch, limit = self._batch(columns, count), min(size, steps - len(trace))
            uniform = self._uniform([size, self.tree.levels, rollouts * count])
            place = (len(trace) + np.arange(size)) / steps if decay else np.zeros(size)
            rates = tf.constant(learning_rate * (0.5 + 0.5 * np.cos(np.pi * place)), columns.dtype)
            weights, *moments, losses = _train(
                weights, *moments, batch, uniform, target, exploration, rates, tf.constant(limit),
                self.objective, rollouts,
            )  # fmt: skip
            losses = losses.numpy()[:limit]
            _check_losses(losses, len(trace), learning_rate)
            trace += list(losses)
            bar.update(len(trace), values=[("objective", losses.mean())], finalize=False)
            if until is not None and losses.mean() < until:
                break
        bar.update(len(trace), finalize=True)
        self.optimizer_state.set(moments)
        for variable, value in zip(self.weights, tf.nest.flatten(weights), strict=True):
            variable.assign(value)
        return np.array(trace)

    def _check_training(self, steps, learning_rate, beta, rollouts):
        """The number of rollouts, by default the least that the objective needs; ValueError for the rest."""
        least = 2 if self.objective == "vargrad" else 1
        rollouts = least if rollouts is None else rollouts
        if steps < 0 or not learning_rate > 0 or rollouts < least or not beta > 0:
            raise ValueError(
                f"Expected steps >= 0, learning_rate > 0, rollouts >= {least} and beta > 0, got "
                f"{steps}, {learning_rate}, {rollouts} and {beta}."
            )
        return rollouts

    def _target(self, means, beta):
        """The `Target` that the policy learns, in the dtype of the weights."""
        dtype = self.variable_dtype
        return policies.Target(
            tables=tuple(tf.constant(table, dtype) for table in (means, *self.tree.offsets)),
            std=tf.constant(self.tree.std, dtype),
            log_constant=tf.constant(self.tree.log_constant, dtype),
            beta=tf.constant(beta, dtype),
        )

    def _batch(self, columns, count):
        """Random columns without repetition, [D, count]; all in their order if there are no more."""
        if count == columns.shape[1]:
            return columns
        return tf.gather(columns, tf.argsort(self._uniform([columns.shape[1]]))[:count], axis=1)

    def _columns(self, x):
        return tf.constant(self.tree.check_data(x).T, self.variable_dtype)

    def _uniform(self, shape, seed=None):
        seed = tf.cast(self.seed_generator.next(), tf.int32) if seed is None else [seed, 0]
        return tf.random.stateless_uniform(shape, seed, dtype=self.variable_dtype)


def _check_losses(losses, before, learning_rate):
    """ValueError for an objective that is not finite after so many steps before these."""
    if not np.isfinite(losses).all():
        raise ValueError(
            f"Expected a finite objective, got NaN after {before} steps; try learning_rate "
            f"= {learning_rate / 10:g}, or means nearer to the data."
        )


class _Moments:
    """Adam's moments between two calls of `train`; Keras would wrap a tuple of them."""

    def __init__(self):
        self.state = None

    def get(self, weights):
        if self.state is None:
            zeros = tf.nest.map_structure(tf.zeros_like, weights)
            self.state = [zeros, zeros, tf.constant(0)]
        return self.state

    def set(self, state):
        self.state = state

    def save(self, store):
        if self.state is not None:
            for i, value in enumerate(tf.nest.flatten(self.state)):
                store[f"adam_{i}"] = value

    def load(self, store, weights):
        """Take the state for these weights out of the store; none is in it before training."""
        self.state, empty = None, [weights, weights, tf.constant(0)]
        if "adam_0" in store:
            flat = [store.pop(f"adam_{i}") for i in range(len(tf.nest.flatten(empty)))]
            same = [tf.constant(value[()], old.dtype)
                    for value, old in zip(flat, tf.nest.flatten(empty), strict=True)]  # fmt: skip
            self.state = tf.nest.pack_sequence_as(empty, same)


def objective_value(name, path, log_reward, rollouts):
    """Mean objective over observations.

    Args:
        path: a `Rollout` of rollouts * N observations.
        log_reward: [rollouts * N].
    """
    log_pf = tf.reduce_sum(path.log_pf, axis=0)
    if name == "tb":
        return tf.reduce_mean(trajectory_balance(path.log_flow[0], log_pf, log_reward))
    if name == "vargrad":
        shape = [rollouts, -1]
        score, reward = tf.reshape(log_pf, shape), tf.reshape(log_reward, shape)
        log_z = tf.stop_gradient(tf.reduce_mean(reward - score, axis=0))
        # log Z takes no part in this objective; its head learns beside it.
        head = (tf.reshape(path.log_flow[0], shape) - log_z) ** 2
        return tf.reduce_mean(var_grad(score, reward)) + tf.reduce_mean(head)
    log_flow = tf.concat([path.log_flow, log_reward[None]], axis=0)
    balance = detailed_balance if name == "db" else subtrajectory_balance
    return tf.reduce_mean(balance(log_flow, path.log_pf))


@tf.function(jit_compile=True)
def _train(weights, m, v, done, x, uniform, target, exploration, rates, limit, objective, rollouts):
    x = tf.tile(x, [1, rollouts])
    steps = uniform.shape[0]
    trace = tf.TensorArray(x.dtype, steps)
    for i in tf.range(steps):
        with tf.GradientTape() as tape:
            tape.watch(weights)
            path = policies.rollout(weights, x, policies.drawn(uniform[i], exploration))
            reward = policies.log_reward(path.choices, x, target)
            value = objective_value(objective, path, reward, rollouts)
        gradient = tape.gradient(value, weights)
        trace = trace.write(i, value)
        weights, m, v, done = adam_step(weights, gradient, m, v, done, rates[i])
        if i + 1 == limit:
            break
    return weights, m, v, done, trace.stack()


@tf.function(jit_compile=True)
def _sample(policy, x, uniform, exploration):
    """Assignments [N, L], their log-probability under the policy, and under what drew them, [N]."""
    path = policies.rollout(policy, x, policies.drawn(uniform, exploration))
    branching = [chosen.shape[0] for chosen in path.choices]
    log_proposal = tf.reduce_sum(policies.log_mixed(path.log_pf, branching, exploration), axis=0)
    z = tf.stack([tf.argmax(chosen, output_type=tf.int32) for chosen in path.choices], axis=-1)
    return z, tf.reduce_sum(path.log_pf, axis=0), log_proposal


@tf.function(jit_compile=True)
def _log_prob(policy, x, z):
    branching = [head[1].shape[0] for head in policy.heads]
    path = policies.rollout(policy, x, policies.given(z, branching, x.dtype))
    return tf.reduce_sum(path.log_pf, axis=0)


_probabilities = tf.function(policies.leaf_probabilities, jit_compile=True)
