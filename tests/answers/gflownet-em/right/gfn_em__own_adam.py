def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    """EM with a GFlowNet for the E step, and with Adam written out."""
    x = tf.cast(x, tf.float32)
    means = np.array(init_means, dtype="float32")
    c, p = len(means), len(OFFSETS)
    policy, nothing = Policy(c, p), tf.zeros([len(x), c])
    policy(x, nothing)
    weights = policy.trainable_variables
    first = [tf.Variable(tf.zeros(w.shape)) for w in weights]
    second = [tf.Variable(tf.zeros(w.shape)) for w in weights]
    count = tf.Variable(0.0)

    def explore(logits, k):
        mixed = 0.9 * tf.nn.softmax(logits) + 0.1 / k
        return tf.random.categorical(tf.math.log(mixed), 1)[:, 0]

    def log_prob(logits, choice):
        return tf.gather(tf.nn.log_softmax(logits), choice, batch_dims=1)

    def drawn(table, i, j):
        return tf.gather(tf.gather(table, i, batch_dims=1), j, batch_dims=1)

    @tf.function
    def train_step(table):
        with tf.GradientTape() as tape:
            logits_i, _, log_z = policy(x, nothing)
            i = explore(logits_i, c)
            _, logits_j, _ = policy(x, tf.one_hot(i, c))
            j = explore(logits_j, p)
            log_pf = log_prob(logits_i, i) + log_prob(logits_j, j)
            log_reward = drawn(table, i, j)
            loss = trajectory_balance_loss(log_z, log_pf, log_reward)
        gradients = [tf.convert_to_tensor(g) for g in tape.gradient(loss, weights)]
        count.assign_add(1.0)
        bias_1, bias_2 = 1 - tf.pow(0.9, count), 1 - tf.pow(0.999, count)
        for w, g, m, v in zip(weights, gradients, first, second):
            m.assign(0.9 * m + 0.1 * g)
            v.assign(0.999 * v + 0.001 * tf.square(g))
            w.assign_sub(learning_rate * (m / bias_1) / (tf.sqrt(v / bias_2) + 1e-7))

    for _ in range(iterations):
        leaves = means[:, None] + OFFSETS
        table = -0.5 * tf.reduce_sum(tf.square((x[:, None, None] - leaves) / STD), axis=-1)
        table -= float(np.log(2 * np.pi * STD**2) + np.log(c * p))
        for _ in range(steps):
            train_step(table)
        i, j = sample_posterior(policy, x)
        q = np.eye(c, dtype="float32")[np.asarray(i)][:, :, None] * np.eye(p, dtype="float32")[np.asarray(j)][:, None]
        new = np.asarray(exact_m_step(np.asarray(x), q), dtype="float32")
        filled = np.isin(np.arange(c), np.asarray(i))
        means = np.where(filled[:, None], new, means)
    return means
