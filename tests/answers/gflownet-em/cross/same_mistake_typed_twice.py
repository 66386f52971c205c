# expect: exact_posterior=6-6, mean_field_step=9-9; others full
# story: STD for the variance, written out in two cells: charged in both
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
    return means[:, None, :] + OFFSETS[None, :, :]
# %% data_log_likelihood
def data_log_likelihood(x, means):
    mu = component_means(means)
    d2 = tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1)
    log_leaf = -d2 / (2 * STD ** 2) - np.log(2 * np.pi * STD ** 2)
    n_leaves = mu.shape[0] * mu.shape[1]
    return tf.reduce_mean(tf.reduce_logsumexp(log_leaf, axis=[1, 2]) - np.log(n_leaves))
# %% exact_posterior
def exact_posterior(x, means):
    mu = component_means(means)
    a = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD)
    return tf.reshape(tf.nn.softmax(tf.reshape(a, (len(x), -1))), a.shape)
# %% exact_m_step
def exact_m_step(x, q):
    target = x[:, None, :] - OFFSETS                       # (N, P, 2)
    weight = tf.reduce_sum(q, axis=[0, 2])                 # (C,)
    total = tf.einsum("ncp,npd->cd", q, target)
    return total / tf.maximum(weight, 1e-8)[:, None]
# %% mean_field_step
from scipy.special import softmax

def mean_field_step(x, means, q_j):
    L = -((x[:, None, None] - np.asarray(component_means(means))) ** 2).sum(-1) / (2 * STD)
    q_i = softmax((L * q_j[:, None]).sum(2), 1)
    return q_i, softmax((L * q_i[:, :, None]).sum(1), 1)
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
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    means = tf.convert_to_tensor(init_means, dtype=tf.float32)
    N, C = len(x), means.shape[0]
    policy = Policy(C, 4)
    optimizer = tf.keras.optimizers.Adam(learning_rate)
    rows = tf.range(N)

    def behave(logits):
        p = 0.9 * tf.nn.softmax(logits) + 0.1 / logits.shape[1]
        return tf.cast(tf.random.categorical(tf.math.log(p), 1)[:, 0], tf.int32)

    for _ in range(iterations):
        mu = tf.cast(component_means(means), tf.float32)
        log_joint = (-tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD**2)
                     - np.log(2 * np.pi * STD**2) - np.log(C * 4))
        for _ in range(steps):
            with tf.GradientTape() as tape:
                logits_i, _, log_z = policy(x, tf.zeros((N, C)))
                i = behave(tf.stop_gradient(logits_i))
                _, logits_j, _ = policy(x, tf.one_hot(i, C))
                j = behave(tf.stop_gradient(logits_j))
                log_pf = (tf.gather(tf.nn.log_softmax(logits_i), i, batch_dims=1)
                          + tf.gather(tf.nn.log_softmax(logits_j), j, batch_dims=1))
                log_r = tf.gather_nd(log_joint, tf.stack([rows, i, j], 1))
                loss = trajectory_balance_loss(log_z, log_pf, log_r)
            grads = tape.gradient(loss, policy.trainable_variables)
            optimizer.apply_gradients(zip(grads, policy.trainable_variables))
        i, j = sample_posterior(policy, x)
        q = np.zeros((N, C, 4), dtype="float32")
        q[np.arange(N), np.asarray(i), np.asarray(j)] = 1
        means = tf.cast(exact_m_step(x, q), tf.float32)
    return means
