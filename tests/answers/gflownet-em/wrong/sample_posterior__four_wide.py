# mistake: one-hot of width four
# expect: partial
# credit: 4-4
# finding: four-superclusters
def sample_posterior(policy, x):
    a = policy(x, tf.zeros((len(x), 4)))[0]
    i = tf.random.categorical(a, 1)[:, 0]
    return i, tf.random.categorical(policy(x, tf.one_hot(i, 4))[1], 1)[:, 0]
