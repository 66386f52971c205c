# mistake: petal after the likeliest supercluster
# expect: partial
# credit: 4-4
# finding: petal-after-the-likeliest
def sample_posterior(policy, x):
    a = policy(x, tf.zeros((len(x), 4)))[0]
    b = policy(x, tf.one_hot(tf.argmax(a, 1), a.shape[1]))[1]
    return tf.random.categorical(a, 1)[:, 0], tf.random.categorical(b, 1)[:, 0]
