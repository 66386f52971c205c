# mistake: petal from zeros
# expect: partial
# credit: 4-4
# finding: petal-ignores-the-supercluster
def sample_posterior(policy, x):
    a, b, _ = policy(x, tf.zeros((len(x), 4)))
    return tf.random.categorical(a, 1)[:, 0], tf.random.categorical(b, 1)[:, 0]
