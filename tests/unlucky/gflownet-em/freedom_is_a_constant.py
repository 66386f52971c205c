# unlucky: The student's names for degrees of freedom, for policies and for answers are the grader's own.
# expect: full
# %% before data_log_likelihood
FREEDOM = 2  # degrees of freedom of a point in the plane
POLICIES = 0  # how many policies were made
TOKEN, QUESTION, answer, names, probes = "...", 42, None, ["i", "j"], ()
# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    distance = x[:, None, None] - component_means(means)
    log_normal = -0.5 * tf.reduce_sum(tf.square(distance / STD), axis=-1) - FREEDOM / 2 * np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(log_normal, axis=[1, 2])) - np.log(len(means) * len(OFFSETS))
# %% cell policy
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        global POLICIES
        super().__init__()
        POLICIES += 1
        self.body = tf.keras.layers.Dense(hidden, activation="leaky_relu", name=f"body_{POLICIES}")
        self.heads = [tf.keras.layers.Dense(n) for n in (n_superclusters, n_petals, 1)]

    def call(self, x, i_one_hot):
        h = self.body(tf.concat([x, i_one_hot], axis=1))
        logits_i, logits_j, log_z = (head(h) for head in self.heads)
        return logits_i, logits_j, tf.squeeze(log_z, axis=1)
