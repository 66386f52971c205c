def sample_posterior(policy, x):
    rng = np.random.default_rng()

    def draw(logits):
        p = np.exp(tf.nn.log_softmax(tf.cast(logits, tf.float64)).numpy())
        p /= p.sum(axis=1, keepdims=True)
        return rng.multinomial(1, p).argmax(axis=1)  # one ball for each row: in which box is it?

    logits_i = policy(x, tf.zeros((len(x), len(TRUE_MEANS))))[0]
    i = draw(logits_i)
    logits_j = policy(x, tf.one_hot(i, logits_i.shape[1]))[1]
    j = draw(logits_j)
    return i, j
