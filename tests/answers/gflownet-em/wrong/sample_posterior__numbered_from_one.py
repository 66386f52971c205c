# mistake: i and j are numbered from 1
# credit: 4-8
# keywords: from 1|from one|zero|off by one|0 to|index|range
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros((len(x), 4)))
    i = tf.random.categorical(logits_i, 1)[:, 0]
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    return i + 1, tf.random.categorical(logits_j, 1)[:, 0] + 1
