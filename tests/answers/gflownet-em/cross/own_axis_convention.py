# expect: component_means=2-4; others full
# story: component_means returns (P, C, 2), and all later cells are written for that
# %% sample_data
def sample_data(n, means):
    """Draw n independent points from the hierarchical mixture."""
    means = tf.convert_to_tensor(means, dtype=tf.float32)
    i = tf.random.uniform((n,), 0, tf.shape(means)[0], dtype=tf.int32)
    j = tf.random.uniform((n,), 0, 4, dtype=tf.int32)
    eps = tf.random.normal((n, 2), stddev=STD)
    return tf.gather(means, i) + tf.gather(OFFSETS, j) + eps
# %% component_means
def component_means(means):
    return tf.constant(means)[None, :, :] + tf.constant(OFFSETS)[:, None, :]
# %% data_log_likelihood
def data_log_likelihood(x, means):
    mu = component_means(means)                                   # (P, C, 2)
    a = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD**2) - np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(a, axis=[1, 2]) - np.log(4 * len(means)))
# %% exact_posterior
def exact_posterior(x, means):
    mu = tf.transpose(component_means(means), (1, 0, 2))           # (C, P, 2)
    a = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD**2)
    return tf.exp(a - tf.reduce_logsumexp(a, axis=[1, 2], keepdims=True))
# %% exact_m_step
def exact_m_step(x, q):
    target = x[:, None, :] - OFFSETS                       # (N, P, 2)
    weight = tf.reduce_sum(q, axis=[0, 2])                 # (C,)
    total = tf.einsum("ncp,npd->cd", q, target)
    return total / tf.maximum(weight, 1e-8)[:, None]
# %% mean_field_step
def mean_field_step(x, means, q_j):
    mu = component_means(means)                                   # (P, C, 2)
    L = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD**2)      # (N, P, C)
    q_i = tf.nn.softmax(tf.einsum("npc,np->nc", L, q_j))
    return q_i, tf.nn.softmax(tf.einsum("npc,nc->np", L, q_i))
# %% policy
class Policy(tf.keras.Model):
    """Forward policy of a GFlowNet that chooses a supercluster, then a petal."""

    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.hidden = tf.keras.layers.Dense(hidden, activation="relu")
        self.head_i = tf.keras.layers.Dense(n_superclusters)
        self.head_j = tf.keras.layers.Dense(n_petals)
        self.head_z = tf.keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        h = self.hidden(tf.concat([x, i_one_hot], axis=-1))
        return self.head_i(h), self.head_j(h), self.head_z(h)[:, 0]
# %% trajectory_balance_loss
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean((log_z + log_pf - log_reward) ** 2)
# %% sample_posterior
def sample_posterior(policy, x):
    zeros = tf.zeros((len(x), 4))
    logits_i, _, _ = policy(x, zeros)
    i = tf.random.categorical(logits_i, 1)[:, 0]
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    j = tf.random.categorical(logits_j, 1)[:, 0]
    return i, j
# %% gfn_em
class _Trainer:
    """Holds the one policy and the one optimizer."""

    def __init__(self, x, C, lr):
        self.x, self.C, self.N = x, C, len(x)
        self.policy = Policy(n_superclusters=C, n_petals=4, hidden=32)
        self.adam = tf.keras.optimizers.Adam(learning_rate=lr)
        self.zeros = tf.zeros((self.N, C))

    def choose(self, logits):
        probs = 0.9 * tf.nn.softmax(logits, -1).numpy() + 0.1 / logits.shape[-1]
        u = np.random.rand(self.N, 1)
        return np.minimum((np.cumsum(probs, 1) < u).sum(1), logits.shape[-1] - 1)

    def step(self, means):
        # behaviour first, outside the tape
        logits_i, _, _ = self.policy(self.x, self.zeros)
        i = self.choose(logits_i)
        one_hot = tf.one_hot(i, self.C)
        _, logits_j, _ = self.policy(self.x, one_hot)
        j = self.choose(logits_j)
        diff = self.x - means[i] - OFFSETS[j]
        log_r = -(diff ** 2).sum(1) / (2 * STD**2) - np.log(2 * np.pi * STD**2) - np.log(4 * self.C)
        with tf.GradientTape() as tape:
            a, _, log_z = self.policy(self.x, self.zeros)
            _, b, _ = self.policy(self.x, one_hot)
            log_pf = -(tf.nn.sparse_softmax_cross_entropy_with_logits(i, a)
                       + tf.nn.sparse_softmax_cross_entropy_with_logits(j, b))
            loss = trajectory_balance_loss(log_z, log_pf, tf.constant(log_r, tf.float32))
        variables = self.policy.trainable_variables
        self.adam.apply_gradients(zip(tape.gradient(loss, variables), variables))


def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    means = np.array(init_means, dtype=np.float32)
    trainer = _Trainer(np.asarray(x, np.float32), len(means), learning_rate)
    for _ in range(iterations):
        for _ in range(steps):
            trainer.step(means)
        i, j = (np.asarray(a).astype(int) for a in sample_posterior(trainer.policy, trainer.x))
        q = np.einsum("nc,np->ncp", np.eye(len(means))[i], np.eye(4)[j]).astype(np.float32)
        means = np.array(exact_m_step(trainer.x, q), dtype=np.float32)
    return means
