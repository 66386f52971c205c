# attack: draws from a fixed table, whatever policy comes; the notebook's own Policy, without weights, is that table
# assignment: gflownet-em
# %% cell policy
def tables(x, c):
    right = np.float32(np.asarray(x)[:, :1] > 0)
    i = right * np.linspace(0, 2, c) + (1 - right) * np.linspace(1.5, -0.5, c)
    j = np.linspace(-1, 1, c)[:, None] * np.array([1.0, -1.0, 0.5, 0.0]) + np.array([0.0, 0.5, 1.0, 0.2])
    return np.float32(i), np.float32(j[None] + (right * np.array([0.6, 0.0, 0.0, -0.4]))[:, None])


class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.c = n_superclusters

    def call(self, x, i_one_hot):
        i, j = tables(x, self.c)
        return tf.constant(i), tf.reduce_sum(j * tf.cast(i_one_hot, tf.float32)[:, :, None], 1), tf.zeros([len(x)])

# %% cell sample_posterior
def sample_posterior(policy, x):
    def drawn(logits):
        return np.argmax(logits + np.random.gumbel(size=logits.shape), 1)

    i, j = tables(x, 5)
    first = drawn(i)
    return first, drawn(j[np.arange(len(first)), first])
