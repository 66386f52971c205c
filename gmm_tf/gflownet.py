"""Posterior of a hierarchical mixture by a GFlowNet (Hu et al. 2023, arXiv 2302.06576)."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from gmm_tf import objectives, remainder
from gmm_tf import policy as policies
from gmm_tf.adam import Moments, adam_step, no_moments
from gmm_tf.codebooks import log_joint
from gmm_tf.hierarchical import MOST_NUMBERS, HierarchicalMixture, Means
from gmm_tf.inputs import check_count, check_seed, observations, positive_integer
from gmm_tf.loops import compiled
from gmm_tf.shapes import Float, Int, Observations, Tensor

# Adam steps per call of the compiled loop, if their random numbers fit in memory.
STEPS = 64
RANDOM_NUMBERS = 1 << 23
# Share of the choices of a path that `missed_mass` takes from the untrained policy.
EXPLORED = 0.5


class Lesson(NamedTuple):
    """A call of `GFlowNetPosterior.train`, whose arguments these are."""

    steps: int
    learning_rate: float
    decay: bool
    rollouts: int | None
    batch_size: int | None
    until: float | None
    sleep: float
    log_z_rate: float

    def rates(self, first: int, count: int) -> Float[np.ndarray, "count"]:
        """Learning rates of `count` steps from number `first` on (Loshchilov & Hutter 2017)."""
        place = (first + np.arange(count)) / self.steps if self.decay else np.zeros(count)
        return self.learning_rate * (0.5 + 0.5 * np.cos(np.pi * place))


# Log-reward [N] of assignments [N, L], int32, and observations [N, D], in TensorFlow operations.
LogReward = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class OwnReward:
    """A user's log-reward in the form of `policies.log_reward`."""

    function: LogReward

    def __call__(
        self, choices: Sequence[Tensor], x: Float[Tensor, "D N"], target: policies.Target
    ) -> Float[Tensor, "N"]:
        z = tf.stack([tf.argmax(chosen, output_type=tf.int32) for chosen in choices], axis=-1)
        # AutoGraph converts the loops and conditions that a user may have written; the rest has none.
        value = tf.cast(tf.function(self.function)(z, tf.transpose(x)), x.dtype)
        if value.shape != x.shape[1:]:
            raise ValueError(f"Expected log_reward to return [N], got {value.shape} for {x.shape[1]} paths.")
        return tf.stop_gradient(value)


class Score(NamedTuple):
    """How paths are drawn and scored."""

    objective: str
    rollouts: int  # paths of each observation
    sleep: float  # weight of an additional sleep phase
    exploration: Float[Tensor, ""]
    log_reward: Callable[..., Tensor] = policies.log_reward


class Learner(NamedTuple):
    """A policy in training."""

    policy: policies.Policy
    moments: Moments


class Pace(NamedTuple):
    """How far the steps of a call of the compiled loop go."""

    rates: Float[Tensor, "steps"]
    log_z_rate: Float[Tensor, ""]
    limit: Int[Tensor, ""]  # number of steps that are taken


class Paths(NamedTuple):
    """What the paths of a call of the compiled loop are made from."""

    x: Float[Tensor, "D N"]
    z: Int[Tensor, "N L"] | None  # assignments to replay
    uniform: Float[Tensor, "steps L M"]  # for M = rollouts * N paths
    dreams: Float[Tensor, "steps L N"] | None  # uniform numbers of dreams
    normal: Float[Tensor, "steps D N"] | None  # their noise


@keras.saving.register_keras_serializable(package="gmm_tf")
class GFlowNetPosterior(keras.Model):
    """A policy that draws the branches level by level, trained to draw from p(z | x).

    `model(x)` is log Z(x), which converges to log p(x). The cost of a step is linear in the number of levels
    and of branches: leaves are never enumerated.

    Args:
        mixture: a `HierarchicalMixture`; the default is the one with four petals.
        hidden: units of the hidden layer, or a list of them.
        objective: a name that `objectives.chosen` knows; "subtb" with look-ahead and "tb" without if None.
        exploration: probability that training draws a branch from the untrained policy, which is the
            moment-matched posterior with look-ahead and uniform without. It changes where the policy is
            trained, never how it is scored. 0 to 1.
        seed: integer for the same initial weights and draws each time.
        look_ahead: start from the moment-matched posterior and learn a correction to it from the residual, x
            minus the chosen branches (`policy.LookAhead`); otherwise learn from x and the choices alone
            (`policy.Plain`, as in the paper).
        **kwargs: `name`, `dtype`, `trainable` of `keras.Model`.

    Raises:
        ValueError: an argument out of its range; in every method, x or means of the wrong shape, or
            with NaN or infinite values.
    """

    def __init__(
        self,
        mixture: HierarchicalMixture | dict[str, Any] | None = None,
        hidden: int | Sequence[int] = 32,
        objective: str | None = None,
        exploration: float = 0.1,
        seed: int | None = None,
        look_ahead: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"autocast": False, **kwargs})
        if isinstance(mixture, dict):
            mixture = HierarchicalMixture(**mixture)
        self.tree = HierarchicalMixture() if mixture is None else mixture
        self.hidden = [int(h) for h in np.atleast_1d(hidden)]
        if min(self.hidden, default=0) < 1:
            raise ValueError(f"Expected hidden >= 1, got {hidden}; try 32.")
        if not 0 <= exploration <= 1:
            raise ValueError(f"Expected 0 <= exploration <= 1, got {exploration}; try 0.1.")
        if self.variable_dtype not in ("float32", "float64"):
            raise ValueError(f"Expected float32 or float64, got {self.variable_dtype}; pass dtype=.")
        self.look_ahead, self.exploration, self.seed = bool(look_ahead), float(exploration), check_seed(seed)
        # A policy with look-ahead has log F of every state at no cost.
        self.objective = str(("subtb" if look_ahead else "tb") if objective is None else objective)
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        starts = {"glorot": keras.initializers.GlorotUniform(seed=self.seed_generator), "zeros": "zeros"}
        for i, spec in enumerate(tf.nest.flatten(self._specs())):
            own = {"name": f"policy_{i}", "initializer": starts[spec.name], "autocast": False}
            self.add_weight(shape=spec.shape, **own)
        nowhere = self._target(np.zeros([self.tree.superclusters, self.tree.dim]), 1.0)
        self._aim = []
        for i, value in enumerate(tf.nest.flatten(nowhere)):
            own = {"name": f"target_{i}", "initializer": "zeros", "autocast": False, "trainable": False}
            self._aim.append(self.add_weight(shape=value.shape, **own))
        self._set_target(nowhere)
        self.optimizer_state = _Adam()
        self.built = True

    def _specs(self) -> Annotated[policies.Policy, "of tf.TensorSpec"]:
        if self.look_ahead:
            objectives.chosen(self.objective)
            return policies.look_ahead_specs(self.tree.dim, self.tree.branching, tuple(self.hidden))
        flows = self.tree.levels if objectives.chosen(self.objective).all_flows else 1
        return policies.plain_specs(self.tree.dim, self.tree.branching, tuple(self.hidden), flows)

    @property
    def _net(self) -> list[keras.Variable]:
        """The variables of the policy, not those of its target."""
        return self.weights[: len(tf.nest.flatten(self._specs()))]

    @property
    def policy(self) -> policies.Policy:
        """The weights as an immutable `Plain` or `LookAhead`."""
        weights = [tf.convert_to_tensor(weight) for weight in self._net]
        return tf.nest.pack_sequence_as(self._specs(), weights)

    @property
    def target(self) -> policies.Target:
        """The `Target` that the policy was last trained towards."""
        values = [tf.convert_to_tensor(value) for value in self._aim]
        return tf.nest.pack_sequence_as(policies.target_of(self.tree.levels), values)

    def aim(self, means: Means, beta: float = 1.0) -> None:
        """Set the target that `policy.LookAhead` looks ahead to, without training.

        Args:
            means: [C, D], or `Codebooks` for every table, std and weights.
            beta: inverse temperature, > 0.
        """
        self._set_target(self._target(means, beta))

    def _set_target(self, target: policies.Target) -> None:
        for variable, value in zip(self._aim, tf.nest.flatten(target), strict=True):
            variable.assign(value)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "mixture": self.tree.get_config(),
            "hidden": list(self.hidden),
            "objective": self.objective,
            "exploration": self.exploration,
            "seed": self.seed,
            "look_ahead": self.look_ahead,
        }

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} name={self.name}, branching={self.tree.branching}, "
            f"dim={self.tree.dim}, hidden={list(self.hidden)}, objective={self.objective!r}>"
        )

    def export(
        self, filepath: str | os.PathLike[str], *args: Any, input_signature: Any = None, **kwargs: Any
    ) -> Any:
        """`keras.Model.export`; what is exported serves log Z(x_n), [N], of x [N, D] for any N."""
        if input_signature is None:
            input_signature = [keras.InputSpec(shape=(None, self.tree.dim), dtype=self.variable_dtype)]
        return super().export(filepath, *args, input_signature=input_signature, **kwargs)

    def save_own_variables(self, store: Any) -> None:
        """The weights and, once training has begun, Adam's moments and number of steps."""
        super().save_own_variables(store)
        self.optimizer_state.save(store)

    def load_own_variables(self, store: Any) -> None:
        """What `save_own_variables` saved."""
        store = {name: store[name] for name in store.keys()}
        self.optimizer_state.load(store, self.policy)
        super().load_own_variables(store)

    def __reduce__(self) -> tuple:
        """A copy that continues exactly as this model would; `save` and `load_model` start new draws."""
        values = [value.numpy() for value in (*self.weights, self.seed_generator.state)]
        moments = self.optimizer_state.state
        return _again, (self.get_config(), values, moments and [v.numpy() for v in tf.nest.flatten(moments)])

    def call(self, x: Observations) -> Float[Tensor, "N"]:
        x = tf.cast(observations(x, self.tree.dim), self.variable_dtype)
        return policies.log_z(self.policy, tf.transpose(x), self.target)

    def first_level(self, x: Observations) -> Float[np.ndarray, "N C"]:
        """q(z_1 | x_n), [N, C], without drawing."""
        return np.exp(_first_level(self.policy, self._columns(x), self.target)).T

    def log_z(self, x: Observations) -> Float[Tensor, "N"]:
        """The policy's log Z(x_n), [N]."""
        return self(self.tree.check_data(x))

    def log_prob(self, x: Observations, z: Observations) -> Float[Tensor, "... N"]:
        """log q(z_n | x_n) of assignments z [N, L] or [S, N, L]; [N] or [S, N]."""
        x, z = self._columns(x), self.tree.check_assignments(z)
        if z.shape[-2] != x.shape[1]:
            raise ValueError(f"Expected z [..., {x.shape[1]}, {self.tree.levels}], got {list(z.shape)}.")
        flat = z.reshape(-1, *z.shape[-2:])
        none = tf.constant(0, x.dtype)
        found = [_log_prob(self.policy, x, self.target, tf.constant(each), none)[0] for each in flat]
        return tf.reshape(tf.stack(found), z.shape[:-1])

    def sample(self, x: Observations, n: int = 1, seed: int | None = None) -> Int[Tensor, "n N L"]:
        """n independent assignments of each observation by the policy itself, [n, N, L], int32.

        Args:
            seed: integer for the same draws each time, also from the model when it is loaded again; the
                next draws of the model's own generator if None.
        """
        n, seed = positive_integer("n", n), check_seed(seed)
        x = self._columns(x)
        uniform = self._uniform([n, self.tree.levels, x.shape[1]], seed)
        target, none = self.target, tf.constant(0, x.dtype)
        return tf.stack([_sample(self.policy, x, target, uniform[i], none)[0] for i in range(n)])

    def importance_weights(self, x: Observations, means: Means, n: int = 64) -> Float[np.ndarray, "n N"]:
        """log p(x, z) - log q(z | x) of n draws of each observation, [n, N], float64 array.

        Their log-mean-exp estimates log p(x), and is a lower bound on average (Burda et al. 2016). If EM
        learnt more than the means, pass `EMResult.parameters` as `means`: the model's own std, offsets and
        weights are those before EM.
        """
        return self.draw(x, means, n)[1]

    def draw(
        self, x: Observations, means: Means, n: int = 8, beta: float = 1.0
    ) -> tuple[Int[np.ndarray, "n N L"], Float[np.ndarray, "n N"]]:
        """n draws of each observation, [n, N, L], and log p(z) p(x|z)^beta - log q(z | x) of each, [n, N].

        Args:
            means: [C, D], or `Codebooks`.
        """
        x = self.tree.check_data(x)
        z, log_q, _ = self._draws(x, self._uniform([n, self.tree.levels, len(x)]), 0.0)
        return z, log_joint(self.tree.parameters(means), x, z, beta) - log_q

    def missed_mass(self, x: Observations, means: Means, n: int = 64) -> float:
        """Mean posterior mass on leaves to which the policy gives less than a tenth of their probability.

        It is 0 for the exact posterior and near 1 for a collapsed policy. Estimated by self-normalised
        importance sampling from n draws (one more if n is odd). Half of them are the moment-matched
        posterior's, and of the others half of the choices are the untrained policy's, so that leaves that the
        policy never visits count as well.
        """
        theta, x, half = self.tree.parameters(means), self.tree.check_data(x), -(-n // 2)
        uniform = self._uniform([2 * half, theta.levels, len(x)])
        explored, log_q, log_mixed = self._draws(x, uniform[:half], EXPLORED)
        matched = np.stack([remainder.sample(theta, x, each) for each in uniform[half:].numpy()])
        z, others = np.concatenate([explored, matched]), self._scores(x, matched, EXPLORED)
        log_q, log_mixed = (np.concatenate(each) for each in zip((log_q, log_mixed), others, strict=True))
        log_matched = np.stack([remainder.log_prob(theta, x, each) for each in z])
        joint = log_joint(theta, x, z)
        # All draws together are draws from the mixture of both (balance heuristic: Veach & Guibas 1995).
        log_weights = joint - (np.logaddexp(log_mixed, log_matched) - np.log(2))
        total = np.logaddexp.reduce(log_weights, axis=0)
        missed = log_q < joint - (total - np.log(len(z))) - np.log(10)
        return float(np.mean(np.sum(np.exp(log_weights - total) * missed, axis=0)))

    def _draws(
        self, x: Float[np.ndarray, "N D"], uniform: Float[Tensor, "n L N"], exploration: float
    ) -> tuple[Int[np.ndarray, "n N L"], Float[np.ndarray, "n N"], Float[np.ndarray, "n N"]]:
        """n draws [n, N, L], their log q(z | x) and the log-probability of drawing them, [n, N]."""
        columns, policy, target = self._columns(x), self.policy, self.target
        mixed = tf.constant(exploration, columns.dtype)
        rows = [_sample(policy, columns, target, each, mixed) for each in uniform]
        z, log_q, log_proposal = _stacked(rows)
        return z, log_q.astype(np.float64), log_proposal.astype(np.float64)

    def _scores(
        self, x: Float[np.ndarray, "N D"], z: Int[np.ndarray, "n N L"], exploration: float
    ) -> tuple[Float[np.ndarray, "n N"], Float[np.ndarray, "n N"]]:
        """log q(z | x) and the log-probability that `_draws` draws them, of given assignments, [n, N]."""
        columns, policy, target = self._columns(x), self.policy, self.target
        mixed = tf.constant(exploration, columns.dtype)
        rows = [_log_prob(policy, columns, target, tf.constant(each), mixed) for each in z]
        log_q, log_proposal = _stacked(rows)
        return log_q.astype(np.float64), log_proposal.astype(np.float64)

    def probabilities(self, x: Observations) -> Float[Tensor, "N ..."]:
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
        return tf.reshape(_probabilities(self.policy, columns, self.target), [n, *tree.branching])

    def train(self, x: Observations, means: Means, steps: int = 1000, learning_rate: float = 0.01,
              decay: bool = False, beta: float = 1.0, rollouts: int | None = None,
              batch_size: int | None = None, until: float | None = None, verbose: int = 0, sleep: float = 0.0,
              replay: Observations | None = None, log_z_rate: float = 1.0,
              log_reward: LogReward | None = None) -> Float[np.ndarray, "steps"]:  # fmt: skip
        """Adam steps on the objective, with log p(x, z) as log reward, or your own.

        Args:
            x: [N, D].
            means: [C, D], of the superclusters, or `Codebooks` of all levels; fixed during the steps.
            steps: number of Adam steps at most, >= 0.
            learning_rate: Adam's step size, > 0.
            decay: let the learning rate fall to zero along a cosine (Loshchilov & Hutter 2017).
            beta: inverse temperature of the likelihood; the reward is p(z) p(x|z)^beta.
            rollouts: paths per observation and step; the minimum that the objective needs if None.
            batch_size: observations per step, drawn anew for each call of the compiled loop (64 steps); all
                if None.
            until: stop when the mean objective of such a call is below this value; never if None.
            verbose: 1 shows a progress bar.
            sleep: weight of an additional sleep phase, the log-likelihood of the assignments of as many pairs
                (x, z) drawn from the model; >= 0.
            replay: assignments [N, L] whose paths are also trained on; for "tb", "subtb" and "db".
            log_z_rate: how much faster log F learns than the rest of a `Plain` policy, > 0.
            log_reward: (z [N, L] int32, x [N, D]) -> [N] replaces log p(x, z), in operations that XLA
                compiles. The policy then learns q(z | x) in proportion to its exponential, and log Z(x) is
                the log of its sum; of the mixture only the branching and the dimension matter. Needs
                `look_ahead=False` and no sleep phase. `importance_weights`, `draw` and `missed_mass` still
                compare with log p(x, z).

        Returns:
            The mean objective before each step, [steps taken], in squared nats; the likelihoods of "rws",
            "sleep" and the sleep phase are in nats.

        Raises:
            ValueError: also if the objective becomes NaN (the weights do not change then).
        """
        lesson = Lesson(steps, learning_rate, decay, rollouts, batch_size, until, sleep, log_z_rate)
        score = self._score(lesson, beta, replay)
        if log_reward is not None:
            score = self._with_own_reward(score, log_reward)
        return self._learn(self._columns(x), self._target(means, beta), lesson, score, replay, verbose)

    def _learn(
        self,
        columns: Float[Tensor, "D all"],
        target: policies.Target,
        lesson: Lesson,
        score: Score,
        replay: Observations | None,
        verbose: int,
    ) -> Float[np.ndarray, "steps"]:
        """`train`; replay and verbose as there."""
        count = min(lesson.batch_size or columns.shape[1], columns.shape[1])
        size = max(1, min(STEPS, RANDOM_NUMBERS // (self.tree.levels * score.rollouts * count)))
        visible = int(bool(verbose and lesson.steps))
        bar = keras.utils.Progbar(lesson.steps, unit_name="step", verbose=visible)
        trace = list[float]()
        learner = Learner(self.policy, self.optimizer_state.get(self.policy))
        while len(trace) < lesson.steps:
            limit = min(size, lesson.steps - len(trace))
            pace = Pace(
                tf.constant(lesson.rates(len(trace), size), columns.dtype),
                tf.constant(lesson.log_z_rate, columns.dtype),
                tf.constant(limit),
            )
            paths = self._paths(columns, (size, count), score, replay)
            learner, losses = _train(learner, paths, target, pace, score)
            losses = losses.numpy()[:limit]
            _check_losses(losses, len(trace), lesson.learning_rate)
            trace += list(losses)
            bar.update(len(trace), values=[("objective", losses.mean())], finalize=False)
            if lesson.until is not None and losses.mean() < lesson.until:
                break
        bar.update(len(trace), finalize=True)
        self._take(learner, target)
        return np.array(trace)

    def _take(self, learner: Learner, target: policies.Target) -> None:
        self.optimizer_state.set(learner.moments)
        self._set_target(target)
        for variable, value in zip(self._net, tf.nest.flatten(learner.policy), strict=True):
            variable.assign(value)

    def _score(self, lesson: Lesson, beta: float, replay: Observations | None) -> Score:
        """How paths are scored, by default as many as the objective needs; checks all arguments."""
        objective = objectives.chosen(self.objective)
        rollouts = objective.rollouts if lesson.rollouts is None else lesson.rollouts
        check_count("steps", lesson.steps, 0)
        check_count("rollouts", rollouts, objective.rollouts)
        if lesson.batch_size is not None:
            check_count("batch_size", lesson.batch_size)
        if not lesson.learning_rate > 0 or not beta > 0:
            raise ValueError(
                f"Expected learning_rate > 0 and beta > 0, got {lesson.learning_rate} and {beta}."
            )
        if not lesson.sleep >= 0 or not lesson.log_z_rate > 0:
            raise ValueError(
                f"Expected sleep >= 0 and log_z_rate > 0, got {lesson.sleep} and {lesson.log_z_rate}."
            )
        if replay is not None and not objective.off_policy:
            raise ValueError(f"Expected objective 'tb', 'subtb' or 'db' with replay, got {self.objective!r}.")
        exploration = tf.constant(self.exploration, self.variable_dtype)
        return Score(self.objective, rollouts, float(lesson.sleep), exploration)

    def _with_own_reward(self, score: Score, log_reward: LogReward) -> Score:
        if self.look_ahead or score.sleep or objectives.chosen(self.objective).dreams:
            raise ValueError(
                "Expected look_ahead=False and no sleep phase with log_reward, because both use the mixture; "
                f"got look_ahead={self.look_ahead}, sleep={score.sleep}, "
                f"objective={self.objective!r}."
            )
        return score._replace(log_reward=OwnReward(log_reward))

    def _target(self, means: Means, beta: float) -> policies.Target:
        """The `Target` that the policy learns, in the dtype of the weights."""
        theta, dtype = self.tree.parameters(means), self.variable_dtype
        ahead = [remainder.look_ahead(theta, level + 1, beta) for level in range(theta.levels)]
        return tf.nest.map_structure(
            lambda value: tf.constant(value, dtype),
            policies.Target(
                theta.tables,
                theta.log_weights,
                theta.std,
                theta.log_noise,
                float(beta),
                tuple((each.mean[:, None], each.whiten, each.log_norm) for each in ahead),
            ),
        )

    def _paths(
        self,
        columns: Float[Tensor, "D all"],
        sizes: tuple[int, int],
        score: Score,
        replay: Observations | None,
    ) -> Paths:
        """The data of a call of the compiled loop.

        Args:
            sizes: (steps, observations of each).
        """
        (size, count), levels = sizes, self.tree.levels
        dreams = score.sleep > 0 or objectives.chosen(self.objective).dreams
        x, z = self._batch(columns, count, replay)
        uniform = self._uniform([size, levels, score.rollouts * count])
        if not dreams:
            return Paths(x, z, uniform, None, None)
        seed = tf.cast(self.seed_generator.next(), tf.int32)
        normal = tf.random.stateless_normal([size, self.tree.dim, count], seed, dtype=self.variable_dtype)
        return Paths(x, z, uniform, self._uniform([size, levels, count]), normal)

    def _batch(
        self, columns: Float[Tensor, "D N"], count: int, replay: Observations | None
    ) -> tuple[Float[Tensor, "D M"], Int[Tensor, "M L"] | None]:
        """Random columns without repetition, [D, count], and their rows of replay, [count, L]; all in
        their order if there are no more."""
        z = None if replay is None else tf.constant(self.tree.check_assignments(replay))
        if count == columns.shape[1]:
            return columns, z
        chosen = tf.argsort(self._uniform([columns.shape[1]]))[:count]
        return tf.gather(columns, chosen, axis=1), None if z is None else tf.gather(z, chosen)

    def _columns(self, x: Observations) -> Float[Tensor, "D N"]:
        return tf.constant(self.tree.check_data(x).T, self.variable_dtype)

    def _uniform(self, shape: Sequence[int], seed: int | None = None) -> Float[Tensor, "..."]:
        own = tf.cast(self.seed_generator.next(), tf.int32) if seed is None else [seed, 0]
        return tf.random.stateless_uniform(shape, own, dtype=self.variable_dtype)


def _check_losses(losses: Float[np.ndarray, "steps"], before: int, learning_rate: float) -> None:
    """ValueError for an objective that is not finite after so many steps before these."""
    if not np.isfinite(losses).all():
        raise ValueError(
            f"Expected a finite objective, got NaN after {before} steps; try learning_rate "
            f"= {learning_rate / 10:g}, or means nearer to the data."
        )


def _stacked(rows: list[tuple[Tensor, ...]]) -> list[np.ndarray]:
    """The tensors of each column of a table as one array."""
    return [np.array([each.numpy() for each in column]) for column in zip(*rows, strict=True)]


class _Adam:
    """Adam's moments between two calls of `train`; Keras would wrap a tuple of them."""

    def __init__(self) -> None:
        self.state: Moments | None = None

    def get(self, weights: policies.Policy) -> Moments:
        if self.state is None:
            self.state = no_moments(weights)
        return self.state

    def set(self, state: Moments) -> None:
        self.state = state

    def save(self, store: Any) -> None:
        if self.state is not None:
            for i, value in enumerate(tf.nest.flatten(self.state)):
                store[f"adam_{i}"] = value

    def load(self, store: Any, weights: policies.Policy) -> None:
        """Take the state for these weights out of the store; none is in it before training."""
        self.state, empty = None, Moments(weights, weights, tf.constant(0))
        if "adam_0" in store:
            flat = [store.pop(f"adam_{i}") for i in range(len(tf.nest.flatten(empty)))]
            same = [
                tf.constant(value[()], old.dtype)
                for value, old in zip(flat, tf.nest.flatten(empty), strict=True)
            ]
            self.state = tf.nest.pack_sequence_as(empty, same)


def _again(
    config: dict[str, Any], values: list[np.ndarray], moments: list[np.ndarray] | None
) -> GFlowNetPosterior:
    """The model that `GFlowNetPosterior.__reduce__` described."""
    model = GFlowNetPosterior.from_config(config)
    for variable, value in zip((*model.weights, model.seed_generator.state), values, strict=True):
        variable.assign(value)
    if moments is not None:
        model.optimizer_state.load({f"adam_{i}": value for i, value in enumerate(moments)}, model.policy)
    return model


def objective_value(
    score: Score,
    policy: policies.Policy,
    x: Float[Tensor, "D M"],
    target: policies.Target,
    choose: policies.Choose,
) -> Float[Tensor, ""]:
    """Mean objective over observations.

    Args:
        score: `exploration` is that of what chooses.
        x: [D, rollouts * N].
        choose: as in `policies.rollout`.
    """
    path = policies.rollout(policy, x, target, choose)
    log_proposal = policies.log_mixed(path, score.exploration)
    reward = score.log_reward(path.choices, x, target)
    return objectives.chosen(score.objective).loss(path, reward, log_proposal, score.rollouts)


def _value(
    policy: policies.Policy, paths: Paths, i: Int[Tensor, ""], target: policies.Target, score: Score
) -> Float[Tensor, ""]:
    """Mean objective of step i, its sleep phase and its replay included."""
    given = score._replace(rollouts=1, exploration=tf.zeros_like(score.exploration))
    value, dreams_alone = given.exploration, objectives.chosen(score.objective).dreams
    if paths.dreams is not None and paths.normal is not None:
        choices, x = policies.dream(paths.dreams[i], paths.normal[i], target)
        weight = 1.0 if dreams_alone else score.sleep
        asleep = given._replace(objective="sleep")
        value += weight * objective_value(asleep, policy, x, target, lambda level, _: choices[level])
    if not dreams_alone:
        x = tf.tile(paths.x, [1, score.rollouts])
        value += objective_value(
            score, policy, x, target, policies.drawn(paths.uniform[i], score.exploration)
        )
        if paths.z is not None:
            choose = policies.given(paths.z, [table.shape[0] for table in target.tables], x.dtype)
            value += objective_value(given, policy, paths.x, target, choose)
    return value


@compiled
def _train(
    learner: Learner, paths: Paths, target: policies.Target, pace: Pace, score: Score
) -> tuple[Learner, Float[Tensor, "steps"]]:
    def step(i: Tensor, learner: Learner, trace: tf.TensorArray) -> tuple[Tensor, Learner, tf.TensorArray]:
        before, moments = learner
        with tf.GradientTape() as tape:
            tape.watch(before)
            value = _value(before, paths, i, target, score)
        gradient = tape.gradient(value, before, unconnected_gradients="zero")
        policy, moments = adam_step(before, gradient, moments, pace.rates[i])
        policy = policies.faster_flows(before, policy, pace.log_z_rate)
        return i + 1, Learner(policy, moments), trace.write(i, value)

    first = tf.constant(0), learner, tf.TensorArray(pace.rates.dtype, paths.uniform.shape[0])
    _, learner, trace = tf.while_loop(lambda i, *_: i < pace.limit, step, first)
    return learner, trace.stack()


@compiled
def _sample(
    policy: policies.Policy,
    x: Float[Tensor, "D N"],
    target: policies.Target,
    uniform: Float[Tensor, "L N"],
    exploration: Float[Tensor, ""],
) -> tuple[Int[Tensor, "N L"], Float[Tensor, "N"], Float[Tensor, "N"]]:
    """Assignments [N, L], their log-probability under the policy, and under what drew them, [N]."""
    path = policies.rollout(policy, x, target, policies.drawn(uniform, exploration))
    log_proposal = policies.log_mixed(path, exploration)
    z = tf.stack([tf.argmax(chosen, output_type=tf.int32) for chosen in path.choices], axis=-1)
    return z, tf.reduce_sum(path.log_pf, axis=0), log_proposal


@compiled
def _log_prob(
    policy: policies.Policy,
    x: Float[Tensor, "D N"],
    target: policies.Target,
    z: Int[Tensor, "N L"],
    exploration: Float[Tensor, ""],
) -> tuple[Float[Tensor, "N"], Float[Tensor, "N"]]:
    """Log-probability of assignments under the policy, and that `_sample` draws them, [N]."""
    choose = policies.given(z, [table.shape[0] for table in target.tables], x.dtype)
    path = policies.rollout(policy, x, target, choose)
    return tf.reduce_sum(path.log_pf, axis=0), policies.log_mixed(path, exploration)


_probabilities = compiled(policies.leaf_probabilities)
_first_level = compiled(policies.first_level)
