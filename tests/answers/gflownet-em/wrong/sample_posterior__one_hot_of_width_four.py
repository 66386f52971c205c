# mistake: the one-hot is always four wide, wrong for other numbers of superclusters
# credit: 4-8
# keywords: width|four|one-hot|one_hot|number of superclusters|shape|wide
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros((len(x), 4)))
    i = tf.random.categorical(logits_i, 1)[:, 0]
    _, logits_j, _ = policy(x, tf.one_hot(i, 4))
    return i, tf.random.categorical(logits_j, 1)[:, 0]
