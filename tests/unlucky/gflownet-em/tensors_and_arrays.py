# unlucky: Results come back as tensors and arrays, in float32, float64, int32 and uint8, as the libraries happen to make them.
# expect: full
# %% cell sample_data
generator = tf.random.Generator.from_non_deterministic_state()


def sample_data(n, means):
    i = generator.uniform([n], maxval=len(means), dtype=tf.int32)
    j = generator.uniform([n], maxval=len(OFFSETS), dtype=tf.int32)
    return tf.gather(tf.constant(means), i) + tf.gather(OFFSETS, j) + generator.normal([n, 2], stddev=STD)
# %% cell component_means
def component_means(means):
    return tf.constant(means)[:, tf.newaxis, :] + tf.constant(OFFSETS)[tf.newaxis]
# %% cell exact_posterior
def exact_posterior(x, means):
    table = -0.5 * tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1) / STD**2
    return tf.keras.layers.Softmax(axis=[1, 2])(table)
# %% cell mean_field_step
def mean_field_step(x, means, q_j):
    x, means, q_j, offsets = (np.asarray(v, "float64") for v in (x, means, q_j, OFFSETS))
    i_logits = -((x - q_j @ offsets)[:, None] - means).__pow__(2).sum(2) / (2 * STD**2)
    q_i = tf.nn.softmax(i_logits).numpy()
    j_logits = -((x - q_i @ means)[:, None] - offsets).__pow__(2).sum(2) / (2 * STD**2)
    return q_i, tf.nn.softmax(j_logits)
# %% cell sample_posterior
def sample_posterior(policy, x):
    x = tf.convert_to_tensor(x)
    gumbel = lambda shape: -tf.math.log(-tf.math.log(tf.random.uniform(shape, minval=1e-7, maxval=1.0)))
    logits_i = policy(x, tf.zeros((len(x), 4)))[0]
    i = tf.argmax(logits_i + gumbel(logits_i.shape), axis=1, output_type=tf.int32)
    logits_j = policy(x, tf.one_hot(i, logits_i.shape[-1]))[1]
    j = tf.argmax(logits_j + gumbel(logits_j.shape), axis=1)
    return i, j.numpy().astype("uint8")
