def _inverse_cdf(logits):
    p = tf.nn.softmax(tf.cast(logits, tf.float64)).numpy()
    u = np.random.uniform(size=(len(p), 1))
    return np.minimum((p.cumsum(axis=1) < u).sum(axis=1), p.shape[1] - 1)

def sample_posterior(policy, x):
    i = policy(x, tf.zeros([x.shape[0], 4]))[0]
    C = i.shape[1]
    i = _inverse_cdf(i)
    j = _inverse_cdf(policy(x, tf.one_hot(i, C))[1])
    return i, j
