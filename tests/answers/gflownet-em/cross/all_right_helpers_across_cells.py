# expect: others full
# story: everything is right; helpers and imports of early cells are used in later ones, one cell prints and plots, one is timed
# %% sample_data
def sample_data(n, means):
    """Draw n independent points from the hierarchical mixture."""
    means = tf.convert_to_tensor(means, dtype=tf.float32)
    i = tf.random.uniform((n,), 0, tf.shape(means)[0], dtype=tf.int32)
    j = tf.random.uniform((n,), 0, 4, dtype=tf.int32)
    eps = tf.random.normal((n, 2), stddev=STD)
    return tf.gather(means, i) + tf.gather(OFFSETS, j) + eps
# %% component_means
import tensorflow_probability as tfp
from scipy import special as sp

def component_means(means):
    return np.asarray(means)[:, None] + OFFSETS

def sq_dist(x, means):
    return np.sum((np.asarray(x, float)[:, None, None] - component_means(means)) ** 2, -1)

LOG_NORM = np.log(2 * np.pi * STD ** 2)
# %% data_log_likelihood
def log_joint(x, means):
    return -sq_dist(x, means) / (2 * STD ** 2) - LOG_NORM - np.log(len(means) * len(OFFSETS))

def data_log_likelihood(x, means):
    return sp.logsumexp(log_joint(x, means), axis=(1, 2)).mean()

print("log-likelihood of the truth", data_log_likelihood(data, TRUE_MEANS))
plt.scatter(*np.asarray(data).T, s=2); plt.show()
# %% exact_posterior
def exact_posterior(x, means):
    return sp.softmax(log_joint(x, means), axis=(1, 2))
# %% exact_m_step
def exact_m_step(x, q):
    target = x[:, None, :] - OFFSETS                       # (N, P, 2)
    weight = tf.reduce_sum(q, axis=[0, 2])                 # (C,)
    total = tf.einsum("ncp,npd->cd", q, target)
    return total / tf.maximum(weight, 1e-8)[:, None]
# %% mean_field_step
def mean_field_step(x, means, q_j):
    table = log_joint(x, means)
    q_i = sp.softmax(np.einsum("ncp,np->nc", table, q_j), axis=1)
    return q_i, sp.softmax(np.einsum("ncp,nc->np", table, q_i), axis=1)
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
def draw_rows(logits):
    return tfp.distributions.Categorical(logits=logits).sample().numpy()

def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros((len(x), 4)))
    i = draw_rows(logits_i)
    return i, draw_rows(policy(x, tf.one_hot(i, logits_i.shape[-1]))[1])
# %% gfn_em
%%time
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    C = init_means.shape[0]
    policy = Policy(C)
    optimizer = tf.keras.optimizers.Adam(learning_rate)
    means = init_means.astype("float64")
    no_choice = np.zeros((len(x), C), "float32")

    def log_joint(i, j):
        r2 = tf.reduce_sum((x - tf.gather(means.astype("float32"), i) - tf.gather(OFFSETS, j)) ** 2, 1)
        return -r2 / (2 * STD ** 2) - np.float32(np.log(2 * np.pi * STD ** 2 * C * 4))

    def train_step():
        with tf.GradientTape() as tape:
            i_logits, _, log_z = policy(x, no_choice)
            i_log_p = tf.math.log_softmax(i_logits)
            i = tf.random.categorical(tf.math.log(0.9 * tf.exp(i_log_p) + 0.1 / C), 1)[:, 0]
            j_log_p = tf.math.log_softmax(policy(x, tf.one_hot(i, C))[1])
            j = tf.random.categorical(tf.math.log(0.9 * tf.exp(j_log_p) + 0.1 / 4), 1)[:, 0]
            log_pf = tf.reduce_sum(tf.one_hot(i, C) * i_log_p, 1) + tf.reduce_sum(tf.one_hot(j, 4) * j_log_p, 1)
            loss = trajectory_balance_loss(log_z, log_pf, log_joint(i, j))
        optimizer.apply(tape.gradient(loss, policy.trainable_variables), policy.trainable_variables)

    for _ in range(iterations):
        [train_step() for _ in range(steps)]
        i, j = sample_posterior(policy, x)
        q = np.zeros((len(x), C, 4), "float32")
        for n, (a, b) in enumerate(zip(np.array(i), np.array(j))):
            q[n, int(a), int(b)] = 1.0
        means = np.array(exact_m_step(x, q), dtype="float64")
    return means
