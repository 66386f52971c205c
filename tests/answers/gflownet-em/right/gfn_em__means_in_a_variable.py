def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    """The means are a tf.Variable, so that the compiled E step always sees the current ones."""
    x = tf.cast(x, tf.float32)
    means = tf.Variable(np.array(init_means, dtype="float32"))
    n_superclusters, n_petals = means.shape[0], len(OFFSETS)
    nothing = tf.zeros([x.shape[0], n_superclusters])
    policy = Policy(n_superclusters, n_petals)
    policy(x, nothing)
    adam = tf.keras.optimizers.Adam(learning_rate)
    adam.build(policy.trainable_variables)

    @tf.function
    def e_step():
        leaves = tf.convert_to_tensor(means)[:, None] + tf.constant(OFFSETS)
        log_rewards = -tf.reduce_sum(tf.square(x[:, None, None] - leaves), axis=-1) / (2 * STD**2)
        log_rewards -= float(np.log(2 * np.pi * STD**2 * n_superclusters * n_petals))
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                logits_i, _, log_z = policy(x, nothing)
                p_i = tf.stop_gradient(0.1 / n_superclusters + 0.9 * tf.nn.softmax(logits_i))
                i = tf.one_hot(tf.random.categorical(tf.math.log(p_i), 1)[:, 0], n_superclusters)
                _, logits_j, _ = policy(x, i)
                p_j = tf.stop_gradient(0.1 / n_petals + 0.9 * tf.nn.softmax(logits_j))
                j = tf.one_hot(tf.random.categorical(tf.math.log(p_j), 1)[:, 0], n_petals)
                log_pf = (tf.reduce_sum(i * tf.nn.log_softmax(logits_i), axis=1)
                          + tf.reduce_sum(j * tf.nn.log_softmax(logits_j), axis=1))
                log_reward = tf.reduce_sum(i[:, :, None] * j[:, None, :] * log_rewards, axis=[1, 2])
                loss = trajectory_balance_loss(log_z, log_pf, log_reward)
            gradients = tape.gradient(loss, policy.trainable_variables)
            adam.apply_gradients(zip(gradients, policy.trainable_variables))

    for _ in range(iterations):
        e_step()
        i, j = sample_posterior(policy, x)
        q = tf.one_hot(i, n_superclusters)[:, :, None] * tf.one_hot(j, n_petals)[:, None, :]
        new = tf.cast(exact_m_step(x, q), tf.float32)
        filled = tf.reduce_sum(q, axis=[0, 2]) > 0
        means.assign(tf.where(filled[:, None], new, tf.convert_to_tensor(means)))
    return means.numpy()
