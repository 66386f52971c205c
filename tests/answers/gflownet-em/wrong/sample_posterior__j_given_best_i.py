# mistake: j is drawn given the most probable i, not the drawn one
# credit: 4-7
# keywords: drawn i|one-hot|one_hot|argmax|most probable|likel|given|supercluster
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros((len(x), 4)))
    i = tf.random.categorical(logits_i, 1)[:, 0]
    best = tf.one_hot(tf.argmax(logits_i, axis=1), logits_i.shape[1])
    _, logits_j, _ = policy(x, best)
    return i, tf.random.categorical(logits_j, 1)[:, 0]
