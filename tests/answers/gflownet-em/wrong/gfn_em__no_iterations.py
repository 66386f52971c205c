# mistake: the loop runs over range(0) since iterations is overwritten
# credit: 0-2
# keywords: none
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    N, C = len(x), len(init_means)
    means = np.float32(init_means)
    policy = Policy(C, 4)
    optimizer = tf.keras.optimizers.Adam(learning_rate)

    def behave(logits):
        p = 0.9 * tf.nn.softmax(logits) + 0.1 / logits.shape[1]
        return tf.random.categorical(tf.math.log(p), 1)[:, 0]

    iterations = len(means) // N
    for _ in range(iterations):
        for _ in range(steps):
            with tf.GradientTape() as tape:
                logits_i, _, log_z = policy(x, tf.zeros((N, C)))
                i = behave(logits_i)
                _, logits_j, _ = policy(x, tf.one_hot(i, C))
                j = behave(logits_j)
                log_pf = (tf.gather(tf.nn.log_softmax(logits_i), i, batch_dims=1)
                          + tf.gather(tf.nn.log_softmax(logits_j), j, batch_dims=1))
                leaf = tf.gather(means, i) + tf.gather(OFFSETS, j)
                log_r = -tf.reduce_sum((x - leaf) ** 2, 1) / (2 * STD**2) - np.log(2 * np.pi * STD**2 * C * 4)
                loss = trajectory_balance_loss(log_z, log_pf, log_r)
            grads = tape.gradient(loss, policy.trainable_variables)
            optimizer.apply_gradients(zip(grads, policy.trainable_variables))
        i, j = sample_posterior(policy, x)
        q = np.zeros((N, C, 4), dtype="float32")
        q[np.arange(N), np.asarray(i), np.asarray(j)] = 1
        means = np.float32(exact_m_step(x, q))
    return means
