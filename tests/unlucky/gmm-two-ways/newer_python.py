# unlucky: The student has Python 3.12 or later and writes as one may there.
# expect: full
# needs: newer-python
# %% before mixture_likelihood
from itertools import batched
from typing import override

type Vector = np.ndarray | tf.Tensor


def row[T](parameter: T) -> T:
    return tf.reshape(parameter, [1, -1])
# %% cell mixture_likelihood
def mixture_likelihood(x: Vector, logits: Vector, means: Vector, lsigmas: Vector) -> Vector:
    theta = {"logits": row(logits), "means": row(means), "lsigmas": row(lsigmas)}
    print(f"shapes: {", ".join(f"{name} {theta["logits"].shape}" for name in theta)}")
    z = (tf.cast(x, tf.float32) - theta["means"]) * tf.exp(-theta["lsigmas"])
    joint = tf.nn.log_softmax(theta["logits"]) - 0.5 * z**2 - theta["lsigmas"] - 0.5 * np.log(2 * np.pi)
    return tf.reduce_logsumexp(joint, axis=1, keepdims=True)
