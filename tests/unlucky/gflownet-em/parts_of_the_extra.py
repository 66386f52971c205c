# unlucky: Answers far above and below use the parts of the extra task, whose cell was run first, counts for nothing and was moved.
# expect: full
# %% cell gfn_parts
def explore(logits, epsilon=0.1):
    """(N,) choices for logits (N, K): from their softmax with probability 0.9, otherwise uniform."""
    mixture = (1 - epsilon) * tf.nn.softmax(logits) + epsilon / logits.shape[1]
    return tf.squeeze(tf.random.categorical(tf.math.log(mixture), 1), axis=1)


def log_prob_of(logits, choice):
    """(N,) log-probabilities of choices (N,) under the softmax of logits (N, K)."""
    return -tf.nn.sparse_softmax_cross_entropy_with_logits(labels=choice, logits=logits)


def log_rewards(x, means):
    """(N, C, P) log p(x, i, j)."""
    leaves = tf.constant(means, tf.float32)[:, None] + OFFSETS
    squared = tf.reduce_sum(tf.math.squared_difference(tf.cast(x, tf.float32)[:, None, None], leaves), axis=-1)
    return -squared / (2 * STD**2) - np.log(2 * np.pi * STD**2) - np.log(leaves.shape[0] * leaves.shape[1])


assert log_prob_of(tf.zeros([2, 4]), tf.constant([0, 1])).shape == (4,), "my own test, which is wrong"
# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    return tf.reduce_mean(tf.reduce_logsumexp(log_rewards(x, means), axis=[1, 2]))
# %% cell gfn_em
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x, means = tf.constant(x, tf.float32), np.array(init_means, dtype="float32")
    C, P = len(means), len(OFFSETS)
    policy, adam = Policy(C, P), tf.keras.optimizers.Adam(learning_rate)
    nothing = tf.zeros((len(x), C))
    policy(x, nothing)
    weights = policy.trainable_variables
    adam.build(weights)

    @tf.function
    def e_step(rewards):
        for _ in tf.range(steps):
            with tf.GradientTape() as recorder:
                logits_i, _, log_z = policy(x, nothing)
                i = explore(logits_i)
                _, logits_j, _ = policy(x, tf.one_hot(i, C))
                j = explore(logits_j)
                log_pf = log_prob_of(logits_i, i) + log_prob_of(logits_j, j)
                log_reward = tf.gather(tf.gather(rewards, i, batch_dims=1), j, batch_dims=1)
                value = trajectory_balance_loss(log_z, log_pf, log_reward)
            adam.apply_gradients(zip(recorder.gradient(value, weights), weights))

    for _ in range(iterations):
        e_step(log_rewards(x, means))
        i, j = sample_posterior(policy, x)
        q = tf.one_hot(i, C)[:, :, None] * tf.one_hot(j, P)[:, None]
        new = np.asarray(exact_m_step(x, q))
        means = np.where(np.asarray(q).sum((0, 2))[:, None] > 0, new, means)
    return means
# %% move gfn_parts after gfn_em
