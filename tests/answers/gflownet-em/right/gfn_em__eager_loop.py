# style: eager, draws one of two logits
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x = tf.constant(np.float32(x))
    means = np.float32(init_means)
    n, c = len(x), len(means)
    policy = Policy(c, len(OFFSETS))
    adam = tf.keras.optimizers.Adam(learning_rate)
    zeros = tf.zeros((n, c))
    for _ in range(iterations):
        mu = tf.cast(component_means(means), tf.float32)
        logp = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD ** 2)
        logp = logp - np.log(2 * np.pi * STD ** 2) - np.log(c * 4)
        for _ in range(steps):
            with tf.GradientTape() as tape:
                li, _, log_z = policy(x, zeros)
                random = tf.random.uniform([n]) < 0.1
                i = tf.where(random, tf.random.uniform([n], 0, c, tf.int64), tf.random.categorical(li, 1)[:, 0])
                _, lj, _ = policy(x, tf.one_hot(i, c))
                random = tf.random.uniform([n]) < 0.1
                j = tf.where(random, tf.random.uniform([n], 0, 4, tf.int64), tf.random.categorical(lj, 1)[:, 0])
                log_pf = -tf.nn.sparse_softmax_cross_entropy_with_logits(i, li)
                log_pf -= tf.nn.sparse_softmax_cross_entropy_with_logits(j, lj)
                reward = tf.gather_nd(logp, tf.stack([tf.range(n, dtype=tf.int64), i, j], 1))
                value = trajectory_balance_loss(log_z, log_pf, reward)
            grads = tape.gradient(value, policy.trainable_variables)
            adam.apply_gradients(zip(grads, policy.trainable_variables))
        i, j = sample_posterior(policy, x)
        q = np.zeros((n, c, 4), np.float32)
        q[np.arange(n), np.asarray(i), np.asarray(j)] = 1
        means = np.float32(exact_m_step(x.numpy(), q))
    return means
