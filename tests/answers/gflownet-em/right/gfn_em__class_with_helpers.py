# style: helper cell with a small trainer class
class Trainer:
    def __init__(self, policy, rate, x, c):
        self.policy, self.adam, self.x, self.c = policy, tf.keras.optimizers.Adam(rate), x, c

    def pick(self, logits):
        k = logits.shape[1]
        mixed = 0.9 * tf.nn.softmax(logits) + 0.1 * tf.ones_like(logits) / k
        return tf.one_hot(tf.random.categorical(tf.math.log(mixed), 1)[:, 0], k)

    def loss(self, reward):
        a, _, z = self.policy(self.x, tf.zeros((len(self.x), self.c)))
        i = self.pick(a)
        _, b, _ = self.policy(self.x, i)
        j = self.pick(b)
        pf = tf.einsum("nc,nc->n", i, tf.nn.log_softmax(a)) + tf.einsum("np,np->n", j, tf.nn.log_softmax(b))
        return trajectory_balance_loss(z, pf, tf.einsum("nc,ncp,np->n", i, reward, j))

    def step(self, reward):
        with tf.GradientTape() as tape:
            value = self.loss(reward)
        weights = self.policy.trainable_variables
        self.adam.apply_gradients(zip(tape.gradient(value, weights), weights))
# %% cell
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x, means = np.asarray(x, np.float32), np.array(init_means, np.float32)
    c = len(means)
    trainer = Trainer(Policy(c, 4), learning_rate, x, c)
    for _ in range(iterations):
        mu = np.asarray(component_means(means))
        reward = -((x[:, None, None] - mu) ** 2).sum(-1) / (2 * STD**2) - np.log(2 * np.pi * STD**2 * c * 4)
        reward = tf.constant(reward, tf.float32)
        for _ in range(steps):
            trainer.step(reward)
        i, j = (np.asarray(v) for v in sample_posterior(trainer.policy, x))
        q = (np.eye(c)[i][:, :, None] * np.eye(4)[j][:, None]).astype(np.float32)
        means = np.asarray(exact_m_step(x, q), np.float32)
    return means
