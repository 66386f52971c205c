# mistake: a policy is trained, and the M step takes the exact posterior
# expect: wrong
# credit: 0-0
# finding: policy-not-used
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x, means = tf.constant(x, tf.float32), np.array(init_means, dtype="float32")
    n_superclusters, n_petals = len(means), len(OFFSETS)
    policy = Policy(n_superclusters, n_petals)
    optimizer = tf.keras.optimizers.Adam(learning_rate)
    nothing = tf.zeros([len(x), n_superclusters])
    policy(x, nothing)  # makes the weights

    def explore(logits):
        p = 0.9 * tf.nn.softmax(logits) + 0.1 / logits.shape[1]
        return tf.one_hot(tf.random.categorical(tf.math.log(p), 1)[:, 0], logits.shape[1])

    @tf.function
    def train(log_joint):
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                logits_i, _, log_z = policy(x, nothing)
                i = explore(logits_i)
                _, logits_j, _ = policy(x, i)
                j = explore(logits_j)
                log_pf = tf.reduce_sum(i * tf.nn.log_softmax(logits_i), axis=1)
                log_pf += tf.reduce_sum(j * tf.nn.log_softmax(logits_j), axis=1)
                log_reward = tf.einsum("ncp,nc,np->n", log_joint, i, j)
                loss = trajectory_balance_loss(log_z, log_pf, log_reward)
            gradients = tape.gradient(loss, policy.trainable_variables)
            optimizer.apply_gradients(zip(gradients, policy.trainable_variables))

    optimizer.build(policy.trainable_variables)
    for _ in range(iterations):
        distance = x[:, None, None] - component_means(means)
        log_joint = (-0.5 * tf.reduce_sum(tf.square(distance / STD), axis=-1)
                     - np.log(2 * np.pi * STD**2) - np.log(n_superclusters * n_petals))
        train(log_joint)
        q = tf.reshape(tf.nn.softmax(tf.reshape(log_joint, [len(x), -1])), log_joint.shape)
        means = np.asarray(exact_m_step(x, q))
    return means
