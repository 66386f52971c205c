def sample_posterior(policy, x):
    def draw(logits):
        logits = np.asarray(logits)
        return np.argmax(logits + np.random.gumbel(size=logits.shape), axis=1)

    logits_i = policy(x, np.zeros((len(x), 4), dtype="float32"))[0]
    i = draw(logits_i)
    one_hot = np.eye(logits_i.shape[-1], dtype=np.float32)[i]
    return i, draw(policy(x, one_hot)[1])
