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
