# mistake: j is drawn from the first call with zeros, not given the drawn i
# credit: 4-7
# keywords: one-hot|one_hot|zeros|drawn i|given|second|follow|supercluster
def sample_posterior(policy, x):
    logits_i, logits_j, _ = policy(x, tf.zeros((len(x), 4)))
    i = tf.random.categorical(logits_i, 1)[:, 0]
    j = tf.random.categorical(logits_j, 1)[:, 0]
    return i, j
