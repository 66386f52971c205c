import tensorflow_probability as tfp

def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    """Calls no other task but Policy: own loss, own draws, own M step."""
    tfd = tfp.distributions
    x = np.asarray(x, dtype="float32")
    N, C, P = len(x), len(init_means), 4
    means = np.array(init_means, dtype="float32")
    policy, adam = Policy(C, P), tf.keras.optimizers.Adam(learning_rate)
    zeros = tf.zeros((N, C))

    def log_prob(k, logits):
        return tfd.Categorical(logits=logits).log_prob(k)

    def mixed(logits):
        uniform = tfd.Categorical(logits=tf.zeros_like(logits)).sample()
        own = tfd.Categorical(logits=logits).sample()
        return tf.where(tfd.Bernoulli(probs=0.9).sample(N) == 1, own, uniform)

    for iteration in range(iterations):
        for step in range(steps):
            with tf.GradientTape() as tape:
                logits_i, _, log_z = policy(x, zeros)
                i = mixed(logits_i)
                _, logits_j, _ = policy(x, tf.one_hot(i, C))
                j = mixed(logits_j)
                leaf = tf.gather(means, i) + tf.gather(OFFSETS, j)
                log_reward = tfd.MultivariateNormalDiag(leaf, [STD, STD]).log_prob(x) - tf.math.log(float(C * P))
                residual = log_z + log_prob(i, logits_i) + log_prob(j, logits_j) - log_reward
                loss = tf.reduce_mean(residual ** 2)
            g = tape.gradient(loss, policy.trainable_variables)
            adam.apply_gradients(zip(g, policy.trainable_variables))
        logits_i = policy(x, zeros)[0]
        i = tfd.Categorical(logits=logits_i).sample().numpy()
        j = tfd.Categorical(logits=policy(x, tf.one_hot(i, C))[1]).sample().numpy()
        for c in range(C):
            if np.any(i == c):
                means[c] = np.mean(x[i == c] - OFFSETS[j[i == c]], axis=0)
    return means
