import functools


def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x = tf.convert_to_tensor(np.asarray(x, dtype="float32"))
    init_means = np.asarray(init_means, dtype="float32")
    sizes = init_means.shape[0], OFFSETS.shape[0]
    policy, adam = Policy(*sizes), tf.keras.optimizers.Adam(learning_rate)
    zeros = tf.zeros((x.shape[0], sizes[0]))
    policy(x, zeros)
    adam.build(policy.trainable_variables)

    def explored(logits):
        """log(0.9 p + 0.1 / K), in log space."""
        parts = [float(np.log(0.9)) + tf.nn.log_softmax(logits),
                 tf.fill(tf.shape(logits), float(np.log(0.1 / logits.shape[1])))]
        return tf.random.categorical(tf.reduce_logsumexp(tf.stack(parts), axis=0), 1)[:, 0]

    minus_log_prob = tf.nn.sparse_softmax_cross_entropy_with_logits

    @tf.function
    def one_step(table):
        with tf.GradientTape() as tape:
            logits_i, _, log_z = policy(x, zeros)
            i = explored(logits_i)
            logits_j = policy(x, tf.one_hot(i, sizes[0]))[1]
            j = explored(logits_j)
            log_pf = -minus_log_prob(labels=i, logits=logits_i) - minus_log_prob(labels=j, logits=logits_j)
            rows = tf.range(tf.shape(table, out_type=tf.int64)[0])
            log_reward = tf.gather_nd(table, tf.stack([rows, i, j], axis=1))
            value = trajectory_balance_loss(log_z, log_pf, log_reward)
        weights = policy.trainable_variables
        adam.apply_gradients(zip(tape.gradient(value, weights), weights))

    def iteration(means, _):
        leaves = means[:, None] + OFFSETS
        squares = np.square(x.numpy()[:, None, None] - leaves).sum(-1)
        table = -squares / (2 * STD**2) - np.log(2 * np.pi * STD**2) - np.log(sizes[0] * sizes[1])
        table = tf.constant(table, dtype=tf.float32)
        for _ in range(steps):
            one_step(table)
        i, j = sample_posterior(policy, x)
        q = tf.einsum("nc,np->ncp", tf.one_hot(i, sizes[0]), tf.one_hot(j, sizes[1]))
        points = tf.reduce_sum(q, axis=(0, 2))
        new = tf.cast(exact_m_step(x, q), tf.float32)
        return np.where(points[:, None] > 0, new, means)

    return functools.reduce(iteration, range(iterations), init_means)
