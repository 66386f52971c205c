def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    """No table of leaves anywhere: each step evaluates the density of the drawn leaf only."""
    x = tf.cast(x, tf.float32)
    n = int(x.shape[0])
    means = np.array(init_means, dtype=np.float32)
    C, P = len(means), len(OFFSETS)
    offsets = tf.constant(OFFSETS)
    start = tf.zeros((n, C))
    policy = Policy(n_superclusters=C, n_petals=P)
    policy(x, start)
    theta = policy.trainable_variables
    optimizer = tf.keras.optimizers.Adam(learning_rate=learning_rate)
    optimizer.build(theta)
    constant = float(np.log(2 * np.pi * STD**2) + np.log(C) + np.log(P))

    def toss(logits, k):
        """A biased coin for each row decides who chooses: chance, or the policy."""
        own = tf.random.categorical(logits, 1)[:, 0]
        chance = tf.random.uniform((n,), maxval=k, dtype=tf.int64)
        return tf.where(tf.random.uniform((n,)) < 0.1, chance, own)

    @tf.function
    def step(current):
        with tf.GradientTape() as tape:
            logits_i, _, log_z = policy(x, start)
            i = toss(logits_i, C)
            chosen = tf.one_hot(i, C)
            _, logits_j, _ = policy(x, chosen)
            j = toss(logits_j, P)
            log_pf = tf.reduce_sum(chosen * logits_i, axis=1) - tf.reduce_logsumexp(logits_i, axis=1)
            log_pf += tf.reduce_sum(tf.one_hot(j, P) * logits_j, axis=1) - tf.reduce_logsumexp(logits_j, axis=1)
            leaf = tf.gather(current, i) + tf.gather(offsets, j)
            log_reward = -tf.reduce_sum(tf.square(x - leaf), axis=1) / (2 * STD**2) - constant
            loss = trajectory_balance_loss(log_z, log_pf, log_reward)
        optimizer.apply(tape.gradient(loss, theta), theta)

    for _ in range(iterations):
        current = tf.constant(means)
        for _ in range(steps):
            step(current)
        i, j = (np.asarray(choice) for choice in sample_posterior(policy, x))
        q = np.zeros((n, C, P), dtype=np.float32)
        q[np.arange(n), i, j] = 1
        new = np.asarray(exact_m_step(x, q))
        means = np.float32([new[k] if np.any(i == k) else means[k] for k in range(C)])
    return means
