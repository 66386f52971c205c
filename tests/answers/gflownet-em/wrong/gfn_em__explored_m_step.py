# mistake: the draws for the M step explore
# expect: partial
# credit: 2-2
# finding: explored-m-step
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x = tf.constant(np.asarray(x), dtype=tf.float32)
    means = np.array(init_means, dtype="float32")
    C, P = len(means), len(OFFSETS)
    zeros = tf.zeros([len(x), C])
    policy = Policy(C, P)
    policy(x, zeros)
    optimizer = tf.keras.optimizers.Adam(learning_rate)
    optimizer.build(policy.trainable_variables)

    def draw(logits):
        p = 0.9 * tf.nn.softmax(logits) + 0.1 / logits.shape[1]
        return tf.random.categorical(tf.math.log(p), 1)[:, 0]

    def score(logits, choice):
        return tf.gather(tf.nn.log_softmax(logits), choice, batch_dims=1)

    @tf.function
    def train(log_joint):
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                logits_i, _, log_z = policy(x, zeros)
                i = draw(logits_i)
                _, logits_j, _ = policy(x, tf.one_hot(i, C))
                j = draw(logits_j)
                log_pf = score(logits_i, i) + score(logits_j, j)
                log_reward = tf.gather(tf.gather(log_joint, i, batch_dims=1), j, batch_dims=1)
                loss = trajectory_balance_loss(log_z, log_pf, log_reward)
            gradients = tape.gradient(loss, policy.trainable_variables)
            optimizer.apply_gradients(zip(gradients, policy.trainable_variables))

    for _ in range(iterations):
        d2 = tf.reduce_sum(tf.square(x[:, None, None] - (means[:, None] + OFFSETS)), axis=-1)
        log_joint = -d2 / (2 * STD ** 2) - np.log(2 * np.pi * STD ** 2) - np.log(C * P)
        train(log_joint)
        logits_i, _, _ = policy(x, zeros)
        i = draw(logits_i)
        j = draw(policy(x, tf.one_hot(i, C))[1])
        q = tf.one_hot(i, C)[:, :, None] * tf.one_hot(j, P)[:, None]
        new = np.asarray(exact_m_step(x, q))
        used = np.asarray(tf.reduce_sum(q, axis=[0, 2])) > 0
        means = np.where(used[:, None], new, means).astype("float32")
    return means
