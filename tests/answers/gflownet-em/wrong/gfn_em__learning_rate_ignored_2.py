# mistake: the learning rate is hard-coded as 1e-5, so the policy hardly trains
# credit: 0-3
# keywords: none
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x = tf.constant(x, tf.float32)
    n, c, p = x.shape[0], len(init_means), len(OFFSETS)
    means = tf.Variable(np.asarray(init_means, np.float32))
    policy = Policy(c, p, 32)
    policy(x[:1], tf.zeros((1, c)))                      # make the weights
    opt = tf.keras.optimizers.Adam(1e-5)
    opt.build(policy.trainable_variables)

    def mixed_draw(logits, k):
        explore = tf.random.uniform((n,)) < 0.1
        own = tf.random.categorical(logits, 1, dtype=tf.int32)[:, 0]
        other = tf.random.uniform((n,), maxval=k, dtype=tf.int32)
        return tf.one_hot(tf.where(explore, other, own), k)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            li, _, lz = policy(x, tf.zeros((n, c)))
            hi = mixed_draw(li, c)
            _, lj, _ = policy(x, hi)
            hj = mixed_draw(lj, p)
            log_pf = tf.reduce_sum(hi * tf.nn.log_softmax(li), 1) + tf.reduce_sum(hj * tf.nn.log_softmax(lj), 1)
            centre = hi @ means + hj @ OFFSETS
            log_r = -tf.reduce_sum((x - centre) ** 2, 1) / (2 * STD**2) - np.log(2 * np.pi * STD**2 * c * p)
            loss = tf.reduce_mean((lz + log_pf - log_r) ** 2)
        opt.apply_gradients(zip(tape.gradient(loss, policy.trainable_variables), policy.trainable_variables))
        return loss

    for _ in range(iterations):
        for _ in range(steps):
            step()
        i, j = sample_posterior(policy, x.numpy())
        q = tf.one_hot(i, c)[:, :, None] * tf.one_hot(j, p)[:, None, :]
        means.assign(exact_m_step(x.numpy(), q.numpy()))
    return means.numpy()
