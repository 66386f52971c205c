# unlucky: Random numbers come from the operating system, from counters and from generators, so no seed repeats a run.
# expect: full
# %% before sample_data
import itertools
import random
import secrets

dice = random.SystemRandom()
fresh = itertools.count(secrets.randbits(30))
# %% cell sample_data
def sample_data(n, means):
    leaves = [(i, j) for i in range(len(means)) for j in range(len(OFFSETS))]
    i, j = np.transpose(dice.choices(leaves, k=n))
    noise = np.array([(dice.gauss(0.0, STD), dice.gauss(0.0, STD)) for _ in range(n)])
    return np.float32(np.asarray(means)[i] + OFFSETS[j] + noise)
# %% cell sample_posterior
def sample_posterior(policy, x):
    def draw(logits):
        return tf.random.stateless_categorical(logits, 1, seed=[next(fresh), 1])[:, 0]

    logits_i, _, _ = policy(x, tf.zeros([len(x), len(TRUE_MEANS)]))
    i = draw(logits_i)
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    return i, draw(logits_j)
# %% cell gfn_em
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x, means = tf.constant(x, tf.float32), np.array(init_means, dtype="float32")
    n_superclusters, n_petals = len(means), len(OFFSETS)
    policy = Policy(n_superclusters, n_petals)
    optimizer = tf.keras.optimizers.Adam(learning_rate)
    nothing = tf.zeros([len(x), n_superclusters])
    policy(x, nothing)
    optimizer.build(policy.trainable_variables)
    generator = tf.random.Generator.from_non_deterministic_state()

    def explore(logits):
        """A coin for each row: uniform with probability 0.1, otherwise from the policy by Gumbel noise."""
        gumbel = -tf.math.log(-tf.math.log(generator.uniform(tf.shape(logits), 1e-7, 1.0)))
        own = tf.argmax(logits + gumbel, axis=1)
        other = generator.uniform(tf.shape(own), maxval=logits.shape[1], dtype=tf.int64)
        return tf.where(generator.uniform(tf.shape(own)) < 0.1, other, own)

    @tf.function
    def train(log_joint):
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                logits_i, _, log_z = policy(x, nothing)
                i = explore(logits_i)
                _, logits_j, _ = policy(x, tf.one_hot(i, n_superclusters))
                j = explore(logits_j)
                log_pf = (tf.gather(tf.nn.log_softmax(logits_i), i, batch_dims=1)
                          + tf.gather(tf.nn.log_softmax(logits_j), j, batch_dims=1))
                log_reward = tf.gather(tf.gather(log_joint, i, batch_dims=1), j, batch_dims=1)
                value = trajectory_balance_loss(log_z, log_pf, log_reward)
            gradients = tape.gradient(value, policy.trainable_variables)
            optimizer.apply_gradients(zip(gradients, policy.trainable_variables))

    for _ in range(iterations):
        distance = x[:, None, None] - component_means(means)
        train(-0.5 * tf.reduce_sum(tf.square(distance / STD), axis=-1)
              - np.log(2 * np.pi * STD**2) - np.log(n_superclusters * n_petals))
        i, j = sample_posterior(policy, x)
        q = tf.one_hot(i, n_superclusters)[:, :, None] * tf.one_hot(j, n_petals)[:, None, :]
        used = np.asarray(tf.reduce_sum(q, axis=[0, 2])) > 0
        means = np.where(used[:, None], np.asarray(exact_m_step(x, q)), means)
    return means
