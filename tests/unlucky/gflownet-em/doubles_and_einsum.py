# unlucky: Everything is computed in float64, with einsum, linear algebra and maps over points, and cast at the end, if at all.
# expect: full
# %% before component_means
rng = np.random.default_rng()


def double(*arrays):
    return [tf.cast(array, tf.float64) for array in arrays]
# %% cell component_means
def component_means(means):
    means, offsets = double(means, OFFSETS)
    leaves = (tf.einsum("cd,p->cpd", means, tf.ones(len(offsets), tf.float64))
              + tf.einsum("c,pd->cpd", tf.ones(len(means), tf.float64), offsets))
    return tf.cast(leaves, tf.float32)
# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    x, leaves = double(x, component_means(means))
    leaves = tf.reshape(leaves, [-1, 2])
    squared = (tf.einsum("nd,nd->n", x, x)[:, None] - 2 * tf.linalg.matmul(x, leaves, transpose_b=True)
               + tf.einsum("kd,kd->k", leaves, leaves))
    log_joint = -squared / (2 * STD**2) - np.log(2 * np.pi * STD**2) - np.log(leaves.shape[0])
    return tf.reduce_mean(tf.reduce_logsumexp(log_joint, axis=1))
# %% cell exact_posterior
def exact_posterior(x, means):
    x, leaves = double(x, component_means(means))
    leaves = tf.reshape(leaves, [-1, 2])

    def of_one_point(point):
        return tf.nn.softmax(-tf.reduce_sum(tf.square(point - leaves), axis=-1) / (2 * STD**2))

    q = tf.vectorized_map(of_one_point, x)
    return tf.cast(tf.reshape(q, [-1, len(means), len(OFFSETS)]), tf.float32)
# %% cell exact_m_step
def exact_m_step(x, q):
    x, q, offsets = double(x, q, OFFSETS)
    weight = tf.einsum("ncp->c", q)
    total = tf.einsum("ncp,nd->cd", q, x) - tf.einsum("ncp,pd->cd", q, offsets)
    return tf.linalg.matmul(tf.linalg.diag(1 / tf.maximum(weight, 1e-9)), total)
# %% cell mean_field_step
def mean_field_step(x, means, q_j):
    x, means, q_j, offsets = double(x, means, q_j, OFFSETS)
    means_logits = tf.einsum("nd,cd->nc", x - q_j @ offsets, means) - tf.einsum("cd,cd->c", means, means) / 2
    q_i = tf.nn.softmax(means_logits / STD**2)
    petal_logits = tf.einsum("nd,pd->np", x - q_i @ means, offsets) - tf.einsum("pd,pd->p", offsets, offsets) / 2
    return [tf.cast(q, tf.float32) for q in (q_i, tf.nn.softmax(petal_logits / STD**2))]
# %% cell policy
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__(dtype="float64")
        self.body = tf.keras.layers.Dense(hidden, activation="elu", dtype="float64")
        self.heads = [tf.keras.layers.Dense(n, dtype="float64") for n in (n_superclusters, n_petals, 1)]

    def call(self, x, i_one_hot):
        h = self.body(tf.concat(double(x, i_one_hot), axis=1))
        logits_i, logits_j, log_z = [tf.cast(head(h), tf.float32) for head in self.heads]
        return logits_i, logits_j, log_z[:, 0]
# %% cell trajectory_balance_loss
def trajectory_balance_loss(log_z, log_pf, log_reward):
    log_z, log_pf, log_reward = double(log_z, log_pf, log_reward)
    residual = log_z + log_pf - log_reward
    return tf.cast(tf.einsum("n,n->", residual, residual) / tf.cast(tf.size(residual), tf.float64), tf.float32)
# %% cell sample_posterior
def sample_posterior(policy, x):
    def draw(logits):
        below = np.asarray(tf.nn.softmax(tf.cast(logits, tf.float64))).cumsum(axis=1)
        return (below[:, :-1] < rng.random((len(below), 1))).sum(axis=1)

    logits_i = policy(x, np.zeros((len(x), len(TRUE_MEANS)), dtype="float32"))[0]
    i = draw(logits_i)
    logits_j = policy(x, np.eye(logits_i.shape[1], dtype="float32")[i])[1]
    return [i, draw(logits_j)]
