"""Right functions that stand in for a student's own while another task is judged.

They use the freedoms that students have: `FREEDOM` says whether arrays or tensors come back, and whether
the loss is the sum or the mean. Where it says `peaked`, the policy is nearly sure of two superclusters and of
two petals, and what `gfn_em` does with it is noted for the probe. Each stands alone, since only those that a
task needs enter the fork that judges it.
"""


def _note(kind, *values):
    """Remember numbers for the probe, also while TensorFlow runs a traced function."""
    import numpy as np
    import tensorflow as tf

    if not FREEDOM.get("peaked"):  # noqa: F821
        return
    seen = globals().setdefault("_SEEN", [])

    def remember(numbers):
        if len(seen) < FREEDOM["most"]:  # noqa: F821
            seen.append([kind, np.array(numbers)])

    numbers = tf.concat([tf.reshape(tf.cast(value, tf.float32), [-1]) for value in values], axis=0)
    if tf.executing_eagerly():
        remember(numbers)
    else:
        tf.numpy_function(remember, [numbers], [])


def component_means(means):
    import numpy as np
    import tensorflow as tf

    angles = (np.arange(4) + 0.5) * np.pi / 2
    offsets = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    result = np.float32(np.asarray(means)[:, None] + offsets)
    return tf.constant(result) if FREEDOM.get("kind") == "tensor" else result  # noqa: F821


def data_log_likelihood(x, means):
    import numpy as np
    import tensorflow as tf

    angles = (np.arange(4) + 0.5) * np.pi / 2
    leaves = np.asarray(means)[:, None] + np.stack([np.cos(angles), np.sin(angles)], axis=1)
    distance = np.asarray(x)[:, None, None] - leaves
    joint = -8.0 * (distance**2).sum(-1) - np.log(2 * np.pi / 16) - np.log(4 * len(leaves))
    result = np.float32(np.logaddexp.reduce(joint.reshape(len(joint), -1), axis=1).mean())
    return tf.constant(result) if FREEDOM.get("kind") == "tensor" else result  # noqa: F821


def exact_m_step(x, q):
    import numpy as np
    import tensorflow as tf

    angles = (np.arange(4) + 0.5) * np.pi / 2
    offsets = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    x, q = np.float64(x), np.float64(q)
    total = np.einsum("ncp,nd->cd", q, x) - np.einsum("ncp,pd->cd", q, offsets)
    result = np.float32(total / np.maximum(q.sum((0, 2)), 1e-30)[:, None])
    _note("means", result)
    return tf.constant(result) if FREEDOM.get("kind") == "tensor" else result  # noqa: F821


class Policy(__import__("keras").Model):
    # Two weights and large factors: it learns fast, also in a loop that is not compiled.
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        import numpy as np

        super().__init__()
        self.n_superclusters, self.n_petals, self.hidden = n_superclusters, n_petals, hidden
        outputs = n_superclusters + n_petals + 1
        if FREEDOM.get("peaked"):  # noqa: F821
            self.shift = self.add_weight(name="shift", shape=(outputs,), initializer="zeros")
        else:
            for name, shape in (("first", (3 + n_superclusters, hidden)), ("last", (hidden + 1, outputs))):
                setattr(self, name, self.add_weight(name=name, shape=shape, initializer="glorot_uniform"))
        self.built = True
        globals().setdefault("_POLICIES", []).append((self, [np.array(w) for w in self.weights]))

    def call(self, x, i_one_hot):
        import tensorflow as tf

        x, one_hot = tf.cast(x, tf.float32), tf.cast(i_one_hot, tf.float32)
        heads = self.peaked(one_hot) if FREEDOM.get("peaked") else self.trained(x, one_hot)  # noqa: F821
        logits_i, logits_j, log_z = tf.split(heads, [self.n_superclusters, self.n_petals, 1], axis=1)
        # Which supercluster was chosen, -1 where none was.
        chosen = tf.where(tf.reduce_any(one_hot != 0, axis=1), tf.argmax(one_hot, axis=1), -1)
        _note("policy", x[:, 0], chosen, self.weights[0])
        return logits_i, logits_j, log_z[:, 0]

    def trained(self, x, one_hot):
        import tensorflow as tf

        one = tf.ones_like(x[:, :1])
        hidden = tf.nn.leaky_relu(3.0 * tf.matmul(tf.concat([x, one_hot, one], axis=1), self.first))
        return 3.0 * tf.matmul(tf.concat([hidden, one], axis=1), self.last)

    def peaked(self, one_hot):
        import tensorflow as tf

        i, petals = (tf.constant(table, tf.float32) for table in FREEDOM["peaked"])  # noqa: F821
        petals = tf.matmul(one_hot, petals)
        heads = [tf.zeros_like(one_hot) + i, petals, tf.zeros_like(petals[:, :1])]
        return tf.concat(heads, axis=1) + self.shift


def trajectory_balance_loss(log_z, log_pf, log_reward):
    import tensorflow as tf

    _note("loss", log_pf, log_reward)
    total = tf.reduce_sum if FREEDOM.get("summed") else tf.reduce_mean  # noqa: F821
    return total(tf.square(log_z + log_pf - tf.cast(log_reward, tf.float32)))


def sample_posterior(policy, x):
    import tensorflow as tf

    x = tf.cast(x, tf.float32)
    logits_i, _, _ = policy(x, tf.zeros([tf.shape(x)[0], getattr(policy, "n_superclusters", 4)]))
    i = tf.random.categorical(logits_i, 1)[:, 0]
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    j = tf.random.categorical(logits_j, 1)[:, 0]
    return (i, j) if FREEDOM.get("kind") == "tensor" else (i.numpy(), j.numpy())  # noqa: F821
