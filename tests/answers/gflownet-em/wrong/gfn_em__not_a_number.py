# mistake: log of a negative number
# expect: wrong
# credit: 0-0
# finding: means-not-finite
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x, means, c = tf.constant(x), np.float32(init_means), len(init_means)
    policy, adam = Policy(c, 4), tf.keras.optimizers.Adam(learning_rate)
    zeros = tf.zeros((len(x), c))
    policy(x, zeros)
    adam.build(policy.trainable_variables)

    @tf.function
    def step(log_reward):
        with tf.GradientTape() as tape:
            a, _, z = policy(x, zeros)
            i = tf.one_hot(tf.random.categorical(tf.math.log(0.9 * tf.nn.softmax(a) + 0.1 / c), 1)[:, 0], c)
            _, b, _ = policy(x, i)
            j = tf.one_hot(tf.random.categorical(tf.math.log(0.9 * tf.nn.softmax(b) + 0.1 / 4), 1)[:, 0], 4)
            pf = tf.reduce_sum(i * tf.nn.log_softmax(a), 1) + tf.reduce_sum(j * tf.nn.log_softmax(b), 1)
            value = trajectory_balance_loss(z, pf, tf.einsum("ncp,nc,np->n", log_reward, i, j))
        adam.apply_gradients(zip(tape.gradient(value, policy.trainable_variables), policy.trainable_variables))

    for _ in range(iterations):
        d2 = tf.reduce_sum((x[:, None, None] - (means[:, None] + OFFSETS)) ** 2, -1)
        for _ in range(steps):
            step(-d2 / (2 * STD**2))
        i, j = sample_posterior(policy, x)
        q = tf.one_hot(i, c)[:, :, None] * tf.one_hot(j, 4)[:, None]
        means = np.asarray(exact_m_step(np.asarray(x), np.asarray(q)))
    return means * np.nan
