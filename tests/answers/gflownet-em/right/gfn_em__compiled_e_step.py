# style: the whole E step in one tf.function with a graph loop, soft M step from many draws
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x = tf.constant(np.float32(x))
    means = np.float32(init_means)
    n, c = len(x), len(means)
    policy = Policy(c, len(OFFSETS))
    adam = tf.keras.optimizers.Adam(learning_rate)
    zeros = tf.zeros((n, c))
    policy(x, zeros)
    adam.build(policy.trainable_variables)

    @tf.function
    def e_step(reward):
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                li, _, lz = policy(x, zeros)
                i = tf.one_hot(tf.random.categorical(tf.math.log(0.9 * tf.nn.softmax(li) + 0.1 / c), 1)[:, 0], c)
                _, lj, _ = policy(x, i)
                j = tf.one_hot(tf.random.categorical(tf.math.log(0.9 * tf.nn.softmax(lj) + 0.1 / 4), 1)[:, 0], 4)
                score = tf.reduce_sum(i * tf.nn.log_softmax(li), 1) + tf.reduce_sum(j * tf.nn.log_softmax(lj), 1)
                target = tf.reduce_sum(reward * i[:, :, None] * j[:, None], [1, 2])
                value = trajectory_balance_loss(lz, score, target)
            adam.apply_gradients(zip(tape.gradient(value, policy.trainable_variables), policy.trainable_variables))

    for _ in range(iterations):
        d = x[:, None, None] - (means[:, None] + OFFSETS)
        e_step(-tf.reduce_sum(d ** 2, -1) / (2 * STD ** 2) - np.log(8 * c * np.pi * STD ** 2))
        q = 0
        for _ in range(5):
            i, j = sample_posterior(policy, x)
            q = q + tf.one_hot(i, c)[:, :, None] * tf.one_hot(j, 4)[:, None] / 5
        means = np.asarray(exact_m_step(np.asarray(x), np.asarray(q)))
    return tf.constant(means)
