# style: a loop over rows, each a batch of one
def sample_posterior(policy, x):
    i, j = [], []
    for row in np.asarray(x):
        logits_i, _, _ = policy(row[None], tf.zeros((1, 4)))
        i.append(int(tf.random.categorical(logits_i, 1)[0, 0]))
        _, logits_j, _ = policy(row[None], tf.one_hot([i[-1]], logits_i.shape[1]))
        j.append(int(tf.random.categorical(logits_j, 1)[0, 0]))
    return np.array(i), np.array(j)
