# mistake: N draws are made from the first row's probabilities instead of one from each row
# credit: 3-4
# keywords: row|each point|first|all points|every
def sample_posterior(policy, x):
    n = len(x)
    logits_i, _, _ = policy(x, tf.zeros((n, 4)))
    i = tf.random.categorical(logits_i, n)[0]
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    j = tf.random.categorical(logits_j, n)[0]
    return i, j
