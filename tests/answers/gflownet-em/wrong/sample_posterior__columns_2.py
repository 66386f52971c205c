# mistake: returns shape (N, 1) for both instead of (N,)
# credit: 7-8
# keywords: shape|(N,)|(N, 1)|squeeze|column
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros((len(x), 4)))
    i = tf.random.categorical(logits_i, 1)
    _, logits_j, _ = policy(x, tf.one_hot(i[:, 0], logits_i.shape[1]))
    return i, tf.random.categorical(logits_j, 1)
