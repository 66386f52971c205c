"""Right functions that stand in for a student's own while another task is judged.

They use the freedoms that students have: `FREEDOM` says whether arrays or tensors come back, and whether
the loss is the sum or the mean. Each stands alone, since only those that a task needs enter the fork that
judges it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

FREEDOM: dict[str, Any] = {}  # the worker's; of this file nothing but definitions enters the jail


def component_means(means: "np.ndarray") -> "np.ndarray | tf.Tensor":
    import numpy as np
    import tensorflow as tf

    angles = (np.arange(4) + 0.5) * np.pi / 2
    offsets = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    result = np.float32(np.asarray(means)[:, None] + offsets)
    return tf.constant(result) if FREEDOM.get("kind") == "tensor" else result


def data_log_likelihood(x: "np.ndarray", means: "np.ndarray") -> "np.ndarray | tf.Tensor":
    import numpy as np
    import tensorflow as tf

    angles = (np.arange(4) + 0.5) * np.pi / 2
    leaves = np.asarray(means)[:, None] + np.stack([np.cos(angles), np.sin(angles)], axis=1)
    distance = np.asarray(x)[:, None, None] - leaves
    joint = -8.0 * (distance**2).sum(-1) - np.log(2 * np.pi / 16) - np.log(4 * len(leaves))
    result = np.float32(np.logaddexp.reduce(joint.reshape(len(joint), -1), axis=1).mean())
    return tf.constant(result) if FREEDOM.get("kind") == "tensor" else result


def exact_m_step(x: "np.ndarray", q: "np.ndarray") -> "np.ndarray | tf.Tensor":
    import numpy as np
    import tensorflow as tf

    angles = (np.arange(4) + 0.5) * np.pi / 2
    offsets = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    x, q = np.asarray(x, np.float64), np.asarray(q, np.float64)
    total = np.einsum("ncp,nd->cd", q, x) - np.einsum("ncp,pd->cd", q, offsets)
    result = np.float32(total / np.maximum(q.sum((0, 2)), 1e-30)[:, None])
    return tf.constant(result) if FREEDOM.get("kind") == "tensor" else result


class Policy(__import__("keras").Model):  # type: ignore[misc]  # each definition stands alone
    # Two weights and large factors: it learns fast, also in a loop that is not compiled.
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        import numpy as np

        super().__init__()
        self.n_superclusters, self.n_petals, self.hidden = n_superclusters, n_petals, hidden
        outputs = n_superclusters + n_petals + 1
        for name, shape in (("first", (3 + n_superclusters, hidden)), ("last", (hidden + 1, outputs))):
            setattr(self, name, self.add_weight(name=name, shape=shape, initializer="glorot_uniform"))
        self.built = True
        globals().setdefault("_POLICIES", []).append((self, [np.array(w) for w in self.weights]))

    def call(self, x: "tf.Tensor", i_one_hot: "tf.Tensor") -> "tuple[tf.Tensor, tf.Tensor, tf.Tensor]":
        import tensorflow as tf

        x, one_hot = tf.cast(x, tf.float32), tf.cast(i_one_hot, tf.float32)
        one = tf.ones_like(x[:, :1])
        hidden = tf.nn.leaky_relu(3.0 * tf.matmul(tf.concat([x, one_hot, one], axis=1), self.first))
        heads = 3.0 * tf.matmul(tf.concat([hidden, one], axis=1), self.last)
        logits_i, logits_j, log_z = tf.split(heads, [self.n_superclusters, self.n_petals, 1], axis=1)
        return logits_i, logits_j, log_z[:, 0]


def trajectory_balance_loss(log_z: "tf.Tensor", log_pf: "tf.Tensor", log_reward: "tf.Tensor") -> "tf.Tensor":
    import tensorflow as tf

    total = tf.reduce_sum if FREEDOM.get("summed") else tf.reduce_mean
    return total(tf.square(log_z + log_pf - tf.cast(log_reward, tf.float32)))


def sample_posterior(policy: "keras.Model", x: "np.ndarray") -> "tuple":
    import tensorflow as tf

    x = tf.cast(x, tf.float32)
    logits_i, _, _ = policy(x, tf.zeros([tf.shape(x)[0], getattr(policy, "n_superclusters", 4)]))
    i = tf.random.categorical(logits_i, 1)[:, 0]
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    j = tf.random.categorical(logits_j, 1)[:, 0]
    return (i, j) if FREEDOM.get("kind") == "tensor" else (i.numpy(), j.numpy())
