# unlucky: The student's functions take options that the task does not ask for, and use that of one another.
# expect: full
# %% cell component_means
def component_means(means, flat=False):
    leaves = np.asarray(means, dtype="float32")[:, None] + OFFSETS
    return leaves.reshape(-1, 2) if flat else leaves
# %% cell data_log_likelihood
def log_joint(x, means):
    """log p(x, i, j), (N, C * P)."""
    far = tf.reduce_sum((x[:, None] - component_means(means, flat=True)) ** 2, axis=-1)
    return -far / (2 * STD**2) - np.log(2 * np.pi * STD**2) - np.log(len(means) * len(OFFSETS))


def data_log_likelihood(x, means, mean=True):
    log_px = tf.reduce_logsumexp(log_joint(x, means), axis=1)
    return tf.reduce_mean(log_px) if mean else log_px
# %% cell exact_posterior
def exact_posterior(x, means):
    joint = log_joint(x, means)
    return tf.reshape(tf.exp(joint - data_log_likelihood(x, means, mean=False)[:, None]), [len(x), len(means), -1])
# %% cell exact_m_step
def exact_m_step(x, q, previous=None):
    weight = np.asarray(tf.reduce_sum(q, axis=[0, 2]))[:, None]
    total = np.asarray(tf.einsum("ncp,npd->cd", q, x[:, None] - OFFSETS))
    otherwise = np.zeros_like(total) if previous is None else previous
    return np.where(weight > 0, total / np.maximum(weight, 1e-6), otherwise)
# %% cell policy
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.sizes = n_superclusters, n_petals
        self.body = tf.keras.layers.Dense(hidden, activation=tf.nn.leaky_relu)
        self.head = tf.keras.layers.Dense(n_superclusters + n_petals + 1)

    def call(self, x, i_one_hot):
        logits_i, logits_j, log_z = tf.split(self.head(self.body(tf.concat([x, i_one_hot], axis=1))), [*self.sizes, 1], axis=1)
        return logits_i, logits_j, log_z[:, 0]

    def start(self, x):
        return self(x, tf.zeros([tf.shape(x)[0], self.sizes[0]]))

    def log_prob(self, x, i, j):
        """log P_F(i, j | x) and log Z(x), for one-hot i and j."""
        logits_i, _, log_z = self.start(x)
        _, logits_j, _ = self(x, i)
        return (tf.reduce_sum(i * tf.nn.log_softmax(logits_i), 1) + tf.reduce_sum(j * tf.nn.log_softmax(logits_j), 1), log_z)
# %% cell sample_posterior
def sample_posterior(policy, x, explore=0.0, one_hot=False):
    def draw(logits):
        p = (1 - explore) * tf.nn.softmax(logits) + explore / logits.shape[1]
        return tf.random.categorical(tf.math.log(p), 1)[:, 0]

    logits_i, _, _ = policy(x, tf.zeros([len(x), len(TRUE_MEANS)]))
    i = draw(logits_i)
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    j = draw(logits_j)
    return (tf.one_hot(i, logits_i.shape[1]), tf.one_hot(j, logits_j.shape[1])) if one_hot else (i, j)
# %% cell gfn_em
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x, means = tf.constant(x), np.array(init_means, dtype="float32")
    policy = Policy(len(means), len(OFFSETS))
    policy.start(x)
    optimizer = tf.keras.optimizers.Adam(learning_rate)
    optimizer.build(policy.trainable_variables)

    @tf.function
    def update(table):
        i, j = sample_posterior(policy, x, explore=0.1, one_hot=True)
        with tf.GradientTape() as tape:
            log_pf, log_z = policy.log_prob(x, i, j)
            value = trajectory_balance_loss(log_z, log_pf, tf.einsum("ncp,nc,np->n", table, i, j))
        optimizer.apply_gradients(zip(tape.gradient(value, policy.trainable_variables), policy.trainable_variables))

    for _ in range(iterations):
        table = tf.reshape(log_joint(x, means), [len(x), len(means), len(OFFSETS)])
        for _ in range(steps):
            update(table)
        i, j = sample_posterior(policy, x, one_hot=True)
        means = exact_m_step(x, i[:, :, None] * j[:, None, :], previous=means)
    return means
