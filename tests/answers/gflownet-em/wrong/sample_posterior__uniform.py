# mistake: uniform draws
# expect: wrong
# credit: 0-0
# finding: uniform
def sample_posterior(policy, x):
    a, b, _ = policy(x, tf.zeros((len(x), 4)))
    return np.random.randint(0, a.shape[1], len(x)), np.random.randint(0, b.shape[1], len(x))
