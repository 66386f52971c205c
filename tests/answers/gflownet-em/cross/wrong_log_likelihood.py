# expect: data_log_likelihood=6-6; others full
# story: data_log_likelihood has the wrong sign of the normaliser; nothing else depends on it
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
    e = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD**2) + np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(e, axis=[1, 2])) - np.log(mu.shape[0] * mu.shape[1])
# %% exact_posterior
def exact_posterior(x, means):
    mu = component_means(means)
    logits = -tf.reduce_sum((x[:, None, None] - mu[None]) ** 2, axis=-1) / (2 * STD**2)
    N, C, P = logits.shape
    return tf.reshape(tf.nn.softmax(tf.reshape(logits, (N, C * P)), axis=-1), (N, C, P))
# %% exact_m_step
def exact_m_step(x, q):
    target = x[:, None, :] - OFFSETS                       # (N, P, 2)
    weight = tf.reduce_sum(q, axis=[0, 2])                 # (C,)
    total = tf.einsum("ncp,npd->cd", q, target)
    return total / tf.maximum(weight, 1e-8)[:, None]
# %% mean_field_step
def mean_field_step(x, means, q_j):
    mu = component_means(means)
    log_joint = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, axis=-1) / (2 * STD**2)
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", log_joint, q_j), axis=1)
    q_j = tf.nn.softmax(tf.einsum("ncp,nc->np", log_joint, q_i), axis=1)
    return q_i, q_j
# %% policy
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.c, self.p = n_superclusters, n_petals
        out = n_superclusters + n_petals + 1
        self.w1 = self.add_weight(shape=(2 + n_superclusters, hidden), initializer="glorot_uniform", name="w1")
        self.b1 = self.add_weight(shape=(hidden,), initializer="zeros", name="b1")
        self.w2 = self.add_weight(shape=(hidden, out), initializer="glorot_uniform", name="w2")
        self.b2 = self.add_weight(shape=(out,), initializer="zeros", name="b2")
        self.built = True

    def call(self, x, i_one_hot):
        h = tf.nn.tanh(tf.matmul(tf.concat([x, i_one_hot], 1), self.w1) + self.b1)
        out = h @ self.w2 + self.b2
        a, b, z = tf.split(out, [self.c, self.p, 1], axis=1)
        return a, b, tf.squeeze(z, axis=1)
# %% trajectory_balance_loss
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean((log_z + log_pf - log_reward) ** 2)
# %% sample_posterior
def sample_posterior(policy, x):
    def draw(logits):
        logits = np.asarray(logits)
        return np.argmax(logits + np.random.gumbel(size=logits.shape), axis=1)

    logits_i = policy(x, np.zeros((len(x), 4), dtype="float32"))[0]
    i = draw(logits_i)
    one_hot = np.eye(logits_i.shape[-1], dtype=np.float32)[i]
    return i, draw(policy(x, one_hot)[1])
# %% gfn_em
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x = tf.constant(x, tf.float32)
    n, c, p = x.shape[0], len(init_means), len(OFFSETS)
    means = tf.Variable(np.asarray(init_means, np.float32))
    policy = Policy(c, p, 32)
    policy(x[:1], tf.zeros((1, c)))                      # make the weights
    opt = tf.keras.optimizers.Adam(learning_rate)
    opt.build(policy.trainable_variables)

    def mixed_draw(logits, k):
        explore = tf.random.uniform((n,)) < 0.1
        own = tf.random.categorical(logits, 1, dtype=tf.int32)[:, 0]
        other = tf.random.uniform((n,), maxval=k, dtype=tf.int32)
        return tf.one_hot(tf.where(explore, other, own), k)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            li, _, lz = policy(x, tf.zeros((n, c)))
            hi = mixed_draw(li, c)
            _, lj, _ = policy(x, hi)
            hj = mixed_draw(lj, p)
            log_pf = tf.reduce_sum(hi * tf.nn.log_softmax(li), 1) + tf.reduce_sum(hj * tf.nn.log_softmax(lj), 1)
            centre = hi @ means + hj @ OFFSETS
            log_r = -tf.reduce_sum((x - centre) ** 2, 1) / (2 * STD**2) - np.log(2 * np.pi * STD**2 * c * p)
            loss = tf.reduce_mean((lz + log_pf - log_r) ** 2)
        opt.apply_gradients(zip(tape.gradient(loss, policy.trainable_variables), policy.trainable_variables))
        return loss

    for _ in range(iterations):
        for _ in range(steps):
            step()
        i, j = sample_posterior(policy, x.numpy())
        q = tf.one_hot(i, c)[:, :, None] * tf.one_hot(j, p)[:, None, :]
        means.assign(exact_m_step(x.numpy(), q.numpy()))
    return means.numpy()
