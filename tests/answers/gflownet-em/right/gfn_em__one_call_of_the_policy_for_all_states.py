def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    """Each training step calls the policy once, on N * (1 + C) rows: every point with nothing and with each supercluster chosen."""
    x = tf.convert_to_tensor(np.asarray(x, dtype="float32"))
    means = np.asarray(init_means, dtype="float32")
    N, C, P = len(x), len(means), len(OFFSETS)
    states = tf.concat([tf.zeros((1, C)), tf.eye(C)], axis=0)                    # (1 + C, C)
    all_x = tf.repeat(x, 1 + C, axis=0)
    all_states = tf.tile(states, (N, 1))
    policy = Policy(C, P, hidden=48)
    policy(all_x[:1], all_states[:1])
    adam = tf.keras.optimizers.Adam(learning_rate)
    adam.build(policy.trainable_variables)

    def behaviour(logits):
        """With probability 0.1 the logits of a row are replaced by zeros, so the draw is uniform."""
        keep = tf.cast(tf.random.uniform([N, 1]) >= 0.1, tf.float32)
        return tf.random.categorical(keep * logits, 1)[:, 0]

    @tf.function
    def train(log_joint):
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                out_i, out_j, out_z = policy(all_x, all_states)
                logits_i = tf.reshape(out_i, (N, 1 + C, C))[:, 0]
                log_z = tf.reshape(out_z, (N, 1 + C))[:, 0]
                i = behaviour(logits_i)
                logits_j = tf.gather(tf.reshape(out_j, (N, 1 + C, P)), i + 1, batch_dims=1)
                j = behaviour(logits_j)
                chosen = tf.one_hot(i, C)[:, :, None] * tf.one_hot(j, P)[:, None]
                table = tf.nn.log_softmax(logits_i)[:, :, None] + tf.nn.log_softmax(logits_j)[:, None]
                loss = trajectory_balance_loss(log_z, tf.reduce_sum(chosen * table, [1, 2]), tf.reduce_sum(chosen * log_joint, [1, 2]))
            adam.apply_gradients(zip(tape.gradient(loss, policy.trainable_variables), policy.trainable_variables))

    for _ in range(iterations):
        diff = (x[:, None, None] - component_means(means)) / STD
        train(-0.5 * tf.reduce_sum(diff * diff, -1) - np.float32(np.log(2 * np.pi * STD**2 * C * P)))
        i, j = sample_posterior(policy, x)
        q = tf.one_hot(i, C)[:, :, None] * tf.one_hot(j, P)[:, None]
        m = np.asarray(exact_m_step(x, q), dtype="float32")
        means = np.where(np.asarray(tf.reduce_any(q > 0, [0, 2]))[:, None], m, means)
    return means
