# unlucky: Everything that can be compiled is compiled, with XLA where that goes.
# expect: full
# %% cell exact_posterior
@tf.function(jit_compile=True)
def exact_posterior(x, means):
    c, p = tf.shape(means)[0], len(OFFSETS)
    squared = tf.reduce_sum((x[:, None, None] - means[:, None] - OFFSETS) ** 2, axis=-1)
    return tf.reshape(tf.nn.softmax(tf.reshape(-squared / (2 * STD**2), [-1, c * p])), [-1, c, p])
# %% cell mean_field_step
@tf.function(reduce_retracing=True)
def mean_field_step(x, means, q_j):
    table = -0.5 * tf.reduce_sum(((x[:, None, None] - means[:, None] - OFFSETS) / STD) ** 2, axis=-1)
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", table, q_j))
    q_j = tf.nn.softmax(tf.einsum("ncp,nc->np", table, q_i))
    return q_i, q_j
# %% cell trajectory_balance_loss
@tf.function(input_signature=[tf.TensorSpec([None], tf.float32)] * 3)
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.keras.losses.MeanSquaredError()(log_reward, log_z + log_pf)
# %% cell sample_posterior
@tf.autograph.experimental.do_not_convert
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros([tf.shape(x)[0], 4]))
    i = tf.cast(tf.squeeze(tf.random.categorical(logits_i, 1, dtype=tf.int32), 1), tf.int64)
    _, logits_j, _ = policy(x, tf.one_hot(i, tf.shape(logits_i)[1]))
    return i, tf.squeeze(tf.random.categorical(logits_j, 1, dtype=tf.int32), 1)
