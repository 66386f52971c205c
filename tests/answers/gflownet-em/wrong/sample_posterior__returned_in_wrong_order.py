# mistake: returns (j, i) instead of (i, j)
# credit: 4-8
# keywords: order|swap|first|(i, j)
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros((len(x), 4)))
    i = tf.random.categorical(logits_i, 1)[:, 0]
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    return tf.random.categorical(logits_j, 1)[:, 0], i
