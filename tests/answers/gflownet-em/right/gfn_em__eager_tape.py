def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    means = tf.convert_to_tensor(init_means, dtype=tf.float32)
    N, C = len(x), means.shape[0]
    policy = Policy(C, 4)
    optimizer = tf.keras.optimizers.Adam(learning_rate)
    rows = tf.range(N)

    def behave(logits):
        p = 0.9 * tf.nn.softmax(logits) + 0.1 / logits.shape[1]
        return tf.cast(tf.random.categorical(tf.math.log(p), 1)[:, 0], tf.int32)

    for _ in range(iterations):
        mu = tf.cast(component_means(means), tf.float32)
        log_joint = (-tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD**2)
                     - np.log(2 * np.pi * STD**2) - np.log(C * 4))
        for _ in range(steps):
            with tf.GradientTape() as tape:
                logits_i, _, log_z = policy(x, tf.zeros((N, C)))
                i = behave(tf.stop_gradient(logits_i))
                _, logits_j, _ = policy(x, tf.one_hot(i, C))
                j = behave(tf.stop_gradient(logits_j))
                log_pf = (tf.gather(tf.nn.log_softmax(logits_i), i, batch_dims=1)
                          + tf.gather(tf.nn.log_softmax(logits_j), j, batch_dims=1))
                log_r = tf.gather_nd(log_joint, tf.stack([rows, i, j], 1))
                loss = trajectory_balance_loss(log_z, log_pf, log_r)
            grads = tape.gradient(loss, policy.trainable_variables)
            optimizer.apply_gradients(zip(grads, policy.trainable_variables))
        i, j = sample_posterior(policy, x)
        q = np.zeros((N, C, 4), dtype="float32")
        q[np.arange(N), np.asarray(i), np.asarray(j)] = 1
        means = tf.cast(exact_m_step(x, q), tf.float32)
    return means
