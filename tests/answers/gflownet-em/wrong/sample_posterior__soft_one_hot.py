# mistake: the probabilities of i are fed into the policy instead of the one-hot of the drawn i
# credit: 4-7
# keywords: one-hot|one_hot|probabilit|drawn i|softmax|given|supercluster
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros((len(x), 4)))
    p = tf.nn.softmax(logits_i)
    i = tf.random.categorical(logits_i, 1)[:, 0]
    _, logits_j, _ = policy(x, p)
    return i, tf.random.categorical(logits_j, 1)[:, 0]
