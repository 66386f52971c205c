def sample_posterior(policy, x):
    seed_i, seed_j = tf.unstack(tf.random.uniform([2, 2], maxval=2**31 - 1, dtype=tf.int32))  # new in each call
    nothing = tf.zeros((len(x), len(TRUE_MEANS)))
    logits_i, *_ = policy(x, nothing)
    i = tf.random.stateless_categorical(logits_i, 1, seed=seed_i)[:, 0]
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    j = tf.random.stateless_categorical(logits_j, 1, seed=seed_j)[:, 0]
    return i, j
