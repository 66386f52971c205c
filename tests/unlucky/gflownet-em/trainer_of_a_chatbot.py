# unlucky: A chatbot wrote gfn_em as a data class with a protocol, an enumeration, a compiled method and a generator.
# expect: full
# %% before gfn_em
"""GFlowNet-EM trainer.

Example:
    >>> GFNEMTrainer(x=x, means=means, steps=100).fit(iterations=10)
"""
from __future__ import annotations

import enum
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

logger = logging.getLogger("gflownet_em")


class Level(enum.IntEnum):
    """Levels of the tree."""

    SUPERCLUSTER = enum.auto()
    PETAL = enum.auto()


@runtime_checkable
class ForwardPolicy(Protocol):
    """Interface of a forward policy."""

    def __call__(self, x: tf.Tensor, i_one_hot: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]: ...


@dataclass(eq=False, kw_only=True)
class GFNEMTrainer:
    """Alternates between training the policy (E-step) and updating the means (M-step)."""

    EPSILON: ClassVar[float] = 0.1

    x: tf.Tensor
    means: np.ndarray
    steps: int
    learning_rate: float = 1e-2
    policy: ForwardPolicy = field(init=False, repr=False)
    optimizer: tf.keras.optimizers.Optimizer = field(init=False, repr=False)
    sizes: dict[Level, int] = field(init=False)

    def __post_init__(self) -> None:
        self.sizes = {Level.SUPERCLUSTER: len(self.means), Level.PETAL: len(OFFSETS)}
        self.policy = Policy(*self.sizes.values())
        self.optimizer = tf.keras.optimizers.Adam(learning_rate=self.learning_rate)
        assert isinstance(self.policy, ForwardPolicy)
        self.policy(self.x, self.nothing)  # builds the weights
        self.optimizer.build(self.policy.trainable_variables)

    @property
    def nothing(self) -> tf.Tensor:
        """The empty state."""
        return tf.zeros([len(self.x), self.sizes[Level.SUPERCLUSTER]])

    @staticmethod
    def _log_prob(logits: tf.Tensor, one_hot: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(one_hot * tf.nn.log_softmax(logits), axis=-1)

    @classmethod
    def _explore(cls, logits: tf.Tensor) -> tf.Tensor:
        k = logits.shape[-1]
        mixed = (1.0 - cls.EPSILON) * tf.nn.softmax(logits) + cls.EPSILON / k
        return tf.one_hot(tf.squeeze(tf.random.categorical(tf.math.log(mixed), num_samples=1), axis=1), depth=k)

    @tf.function
    def _train(self, log_joint: tf.Tensor) -> None:
        for _ in tf.range(self.steps):
            with tf.GradientTape() as tape:
                logits_i, _, log_z = self.policy(self.x, self.nothing)
                i = self._explore(logits_i)
                _, logits_j, _ = self.policy(self.x, i)
                j = self._explore(logits_j)
                log_pf = self._log_prob(logits_i, i) + self._log_prob(logits_j, j)
                log_reward = tf.einsum("ncp,nc,np->n", log_joint, i, j)
                loss = trajectory_balance_loss(log_z, log_pf, log_reward)
            gradients = tape.gradient(loss, self.policy.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.policy.trainable_variables))

    def _log_joint(self) -> tf.Tensor:
        distance = self.x[:, None, None] - component_means(self.means)
        log_normal = -0.5 * tf.reduce_sum(tf.square(distance / STD), axis=-1) - np.log(2 * np.pi * STD**2)
        return log_normal - np.log(np.prod(list(self.sizes.values())))

    def _m_step(self) -> None:
        i, j = sample_posterior(self.policy, self.x)
        q = (tf.one_hot(i, self.sizes[Level.SUPERCLUSTER])[:, :, tf.newaxis]
             * tf.one_hot(j, self.sizes[Level.PETAL])[:, tf.newaxis, :])
        updated = np.asarray(exact_m_step(self.x, q))
        is_used = np.asarray(tf.reduce_sum(q, axis=[0, 2]) > 0)
        self.means = np.where(is_used[:, np.newaxis], updated, self.means)

    def run(self, iterations: int) -> Iterator[np.ndarray]:
        """Yield the means after each iteration."""
        for _ in range(iterations):
            self._train(self._log_joint())
            self._m_step()
            yield self.means

    def fit(self, iterations: int) -> np.ndarray:
        for iteration, means in enumerate(self.run(iterations), start=1):
            logger.info("iteration %d: %s", iteration, means.tolist())
        return self.means
# %% cell gfn_em
def gfn_em(x, init_means, iterations: int, steps: int, learning_rate: float = 1e-2) -> np.ndarray:
    """EM with a GFlowNet for the E-step."""
    trainer = GFNEMTrainer(
        x=tf.convert_to_tensor(x, dtype=tf.float32),
        means=np.array(init_means, dtype=np.float32),
        steps=steps,
        learning_rate=learning_rate,
    )
    return trainer.fit(iterations=iterations)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    print(gfn_em(data[:50], TRUE_MEANS, iterations=1, steps=2))
