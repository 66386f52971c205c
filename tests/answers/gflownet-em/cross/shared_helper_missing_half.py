# expect: mean_field_step=9-9; others full
# story: a helper without the 1/2, typed in exact_posterior's cell, is used by mean_field_step too: charged once, in the larger task
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
def _log_leaf(x, means):
    # the 1/2 is missing
    mu = tf.cast(means, tf.float32)[:, None, :] + OFFSETS
    return -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / STD**2

def exact_posterior(x, means):
    a = _log_leaf(x, means)
    return tf.exp(a - tf.reduce_logsumexp(a, axis=[1, 2], keepdims=True))
# %% exact_m_step
def exact_m_step(x, q):
    target = x[:, None, :] - OFFSETS                       # (N, P, 2)
    weight = tf.reduce_sum(q, axis=[0, 2])                 # (C,)
    total = tf.einsum("ncp,npd->cd", q, target)
    return total / tf.maximum(weight, 1e-8)[:, None]
# %% mean_field_step
def mean_field_step(x, means, q_j):
    a = _log_leaf(x, means)
    q_i = tf.nn.softmax(tf.reduce_sum(a * q_j[:, None, :], axis=2))
    q_j = tf.nn.softmax(tf.reduce_sum(a * q_i[:, :, None], axis=1))
    return q_i, q_j
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
import tensorflow_probability as tfp

def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    """Calls no other task but Policy: own loss, own draws, own M step."""
    tfd = tfp.distributions
    x = np.asarray(x, dtype="float32")
    N, C, P = len(x), len(init_means), 4
    means = np.array(init_means, dtype="float32")
    policy, adam = Policy(C, P), tf.keras.optimizers.Adam(learning_rate)
    zeros = tf.zeros((N, C))

    def log_prob(k, logits):
        return tfd.Categorical(logits=logits).log_prob(k)

    def mixed(logits):
        uniform = tfd.Categorical(logits=tf.zeros_like(logits)).sample()
        own = tfd.Categorical(logits=logits).sample()
        return tf.where(tfd.Bernoulli(probs=0.9).sample(N) == 1, own, uniform)

    for iteration in range(iterations):
        for step in range(steps):
            with tf.GradientTape() as tape:
                logits_i, _, log_z = policy(x, zeros)
                i = mixed(logits_i)
                _, logits_j, _ = policy(x, tf.one_hot(i, C))
                j = mixed(logits_j)
                leaf = tf.gather(means, i) + tf.gather(OFFSETS, j)
                log_reward = tfd.MultivariateNormalDiag(leaf, [STD, STD]).log_prob(x) - tf.math.log(float(C * P))
                residual = log_z + log_prob(i, logits_i) + log_prob(j, logits_j) - log_reward
                loss = tf.reduce_mean(residual ** 2)
            g = tape.gradient(loss, policy.trainable_variables)
            adam.apply_gradients(zip(g, policy.trainable_variables))
        logits_i = policy(x, zeros)[0]
        i = tfd.Categorical(logits=logits_i).sample().numpy()
        j = tfd.Categorical(logits=policy(x, tf.one_hot(i, C))[1]).sample().numpy()
        for c in range(C):
            if np.any(i == c):
                means[c] = np.mean(x[i == c] - OFFSETS[j[i == c]], axis=0)
    return means
