def sample_posterior(policy, x):
    """Rejection sampling: propose an option uniformly, accept it with its probability relative to the likeliest one."""

    def draw(logits):
        logits = np.asarray(logits, dtype="float64")
        accept = np.exp(logits - logits.max(axis=1, keepdims=True))
        choice = np.zeros(len(logits), dtype=int)
        waiting = np.arange(len(logits))
        while waiting.size:
            choice[waiting] = np.random.randint(logits.shape[1], size=waiting.size)
            rejected = np.random.random(waiting.size) >= accept[waiting, choice[waiting]]
            waiting = waiting[rejected]
        return choice

    logits, _, _ = policy(x, tf.zeros((len(x), len(TRUE_MEANS))))
    i = draw(logits)
    one_hot = tf.one_hot(i, logits.shape[1])
    _, logits, _ = policy(x, one_hot)
    j = draw(logits)
    return [i, j]
