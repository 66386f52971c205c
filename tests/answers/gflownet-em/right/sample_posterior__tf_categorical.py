def sample_posterior(policy, x):
    zeros = tf.zeros((len(x), 4))
    logits_i, _, _ = policy(x, zeros)
    i = tf.random.categorical(logits_i, 1)[:, 0]
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    j = tf.random.categorical(logits_j, 1)[:, 0]
    return i, j
