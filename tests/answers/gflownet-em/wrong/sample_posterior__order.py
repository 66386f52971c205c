# mistake: j first
# expect: partial
# credit: 4-4
# finding: wrong-order
def sample_posterior(policy, x):
    a = policy(x, tf.zeros((len(x), 4)))[0]
    i = tf.random.categorical(a, 1)[:, 0]
    return tf.random.categorical(policy(x, tf.one_hot(i, a.shape[1]))[1], 1)[:, 0], i
