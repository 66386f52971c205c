# mistake: ones where zeros belong, so that the superclusters' logits are those of another state
# expect: wrong|error
# credit: 0-0
# finding: not-a-known-mistake|raised
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.ones([len(x), 4]))
    i = tf.random.categorical(logits_i, 1)[:, 0]
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    return i, tf.random.categorical(logits_j, 1)[:, 0]
