# mistake: shape (N, 1)
# expect: partial
# credit: 7.5-7.5
# finding: wrong-shape
def sample_posterior(policy, x):
    a = policy(x, tf.zeros((len(x), 4)))[0]
    i = tf.random.categorical(a, 1)
    return i, tf.random.categorical(policy(x, tf.one_hot(i[:, 0], a.shape[1]))[1], 1)
