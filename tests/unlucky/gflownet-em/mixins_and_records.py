# unlucky: The policy inherits from a mixin with class arguments, holds its heads in a dictionary, and returns records.
# expect: full
# %% before policy
import collections


class Heads:
    """Mixin: one output layer for each name in the class argument `heads`."""

    known = {}

    def __init_subclass__(cls, *, heads=(), **others):
        super().__init_subclass__(**others)
        cls.head_names = tuple(heads)
        cls.Record = collections.namedtuple(f"{cls.__name__}Record", heads)
        Heads.known[cls.__name__] = cls

    def add_heads(self, *sizes):
        self.heads = {name: tf.keras.layers.Dense(size, name=name) for name, size in zip(self.head_names, sizes)}

    def record(self, h):
        return self.Record(**{name: layer(h) for name, layer in self.heads.items()})


class Residual(tf.keras.layers.Layer):
    def __init__(self, units, **others):
        super().__init__(**others)
        self.units = units

    def build(self, input_shape):
        self.inner = tf.keras.layers.Dense(self.units, activation="elu")
        self.inner.build(input_shape)

    def call(self, h):
        return h + self.inner(h)
# %% cell policy
class Policy(Heads, tf.keras.Model, heads=("logits_i", "logits_j", "log_z")):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.body = tf.keras.Sequential([tf.keras.layers.Dense(hidden, activation="leaky_relu"), Residual(hidden)])
        self.add_heads(n_superclusters, n_petals, 1)

    def call(self, x, i_one_hot, *, training=None):
        outputs = self.record(self.body(tf.concat([x, i_one_hot], axis=1), training=training))
        return outputs._replace(log_z=outputs.log_z[:, 0])
# %% cell sample_posterior
Draw = collections.namedtuple("Draw", "i j")


def sample_posterior(policy, x):
    first, *_ = policy(x, tf.zeros([len(x), len(TRUE_MEANS)]))
    i = tf.random.categorical(first, 1)[:, 0]
    _, second, _ = policy(x, tf.one_hot(i, first.shape[1]))
    return Draw(j=tf.random.categorical(second, 1)[:, 0], i=i)
# %% cell mean_field_step
class Sweep(collections.namedtuple("Sweep", "q_i q_j")):
    @classmethod
    def of(cls, x, means, q_j):
        def factor(rest, choices):
            return tf.nn.softmax(-0.5 * tf.reduce_sum(((rest[:, None] - choices) / STD) ** 2, axis=-1))

        q_i = factor(x - tf.matmul(q_j, OFFSETS), means)
        return cls(q_i, factor(x - tf.matmul(q_i, means), OFFSETS))


mean_field_step = Sweep.of
