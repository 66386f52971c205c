# mistake: returns one-hot rows instead of indices
# credit: 4-8
# keywords: one-hot|one_hot|index|indices|shape|(N,)|integer
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros((len(x), 4)))
    i = tf.one_hot(tf.random.categorical(logits_i, 1)[:, 0], logits_i.shape[1])
    _, logits_j, _ = policy(x, i)
    j = tf.one_hot(tf.random.categorical(logits_j, 1)[:, 0], logits_j.shape[1])
    return i, j
