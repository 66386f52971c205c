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
