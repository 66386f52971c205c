# mistake: a fixed seed: every call draws the same
# expect: partial
# credit: 6-6
# finding: same-draws-again
def sample_posterior(policy, x):
    logits_i, _, _ = policy(x, tf.zeros((len(x), len(TRUE_MEANS))))
    i = tf.random.stateless_categorical(logits_i, 1, seed=[0, 1])[:, 0]
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    j = tf.random.stateless_categorical(logits_j, 1, seed=[2, 3])[:, 0]
    return i, j
