# unlucky: The student trusts no library: layers, activation and Adam are written by hand.
# expect: full
# %% before policy
class Linear(tf.keras.layers.Layer):
    """A dense layer, by hand."""

    def __init__(self, units, activation=lambda t: t):
        super().__init__()
        self.units, self.activation = units, activation

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, inputs):
        return self.activation(tf.linalg.matmul(inputs, self.kernel) + self.bias)
# %% cell policy
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.hidden_layer = Linear(hidden, lambda t: tf.where(t > 0, t, 0.2 * t))
        self.supercluster_head, self.petal_head, self.log_z_head = map(Linear, (n_superclusters, n_petals, 1))

    def call(self, x, i_one_hot):
        h = self.hidden_layer(tf.concat([x, i_one_hot], axis=1))
        return self.supercluster_head(h), self.petal_head(h), tf.reduce_sum(self.log_z_head(h), axis=1)
# %% cell gfn_em
class HandmadeAdam:
    """Adam as in the paper."""

    def __init__(self, weights, rate, beta_1=0.9, beta_2=0.999, tiny=1e-7):
        self.weights, self.rate, self.beta_1, self.beta_2, self.tiny = list(weights), rate, beta_1, beta_2, tiny
        self.t = tf.Variable(0.0, trainable=False)
        self.first = [tf.Variable(tf.zeros(w.shape), trainable=False) for w in self.weights]
        self.second = [tf.Variable(tf.zeros(w.shape), trainable=False) for w in self.weights]

    def step(self, gradients):
        self.t.assign_add(1.0)
        for w, m, v, g in zip(self.weights, self.first, self.second, gradients):
            m.assign(self.beta_1 * m + (1 - self.beta_1) * g)
            v.assign(self.beta_2 * v + (1 - self.beta_2) * tf.square(g))
            unbiased_m = m / (1 - tf.pow(self.beta_1, self.t))
            unbiased_v = v / (1 - tf.pow(self.beta_2, self.t))
            w.assign_sub(self.rate * unbiased_m / (tf.sqrt(unbiased_v) + self.tiny))


def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x, means = tf.constant(x, tf.float32), np.array(init_means, dtype="float32")
    n_superclusters, n_petals = len(means), len(OFFSETS)
    policy, nothing = Policy(n_superclusters, n_petals), tf.zeros([len(x), n_superclusters])
    policy(x, nothing)
    adam = HandmadeAdam(policy.trainable_variables, learning_rate)

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
                log_pf = tf.reduce_sum(i * tf.nn.log_softmax(logits_i), axis=1) + tf.reduce_sum(j * tf.nn.log_softmax(logits_j), axis=1)
                value = trajectory_balance_loss(log_z, log_pf, tf.einsum("ncp,nc,np->n", log_joint, i, j))
            adam.step(tape.gradient(value, policy.trainable_variables))

    for _ in range(iterations):
        distance = x[:, None, None] - component_means(means)
        train(-0.5 * tf.reduce_sum(tf.square(distance / STD), axis=-1)
              - np.log(2 * np.pi * STD**2) - np.log(n_superclusters * n_petals))
        i, j = sample_posterior(policy, x)
        q = tf.one_hot(i, n_superclusters)[:, :, None] * tf.one_hot(j, n_petals)[:, None, :]
        used = np.asarray(tf.reduce_sum(q, axis=[0, 2])) > 0
        means = np.where(used[:, None], np.asarray(exact_m_step(x, q)), means)
    return means
