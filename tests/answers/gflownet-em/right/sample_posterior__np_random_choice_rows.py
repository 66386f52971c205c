def sample_posterior(policy, x):
    n = len(x)
    logits_i = policy(x, np.zeros((n, 4), np.float32))[0]
    p_i = tf.nn.softmax(logits_i).numpy().astype("float64")
    C = p_i.shape[1]
    i = np.array([np.random.choice(C, p=row / row.sum()) for row in p_i])
    logits_j = policy(x, tf.one_hot(i, C))[1]
    p_j = tf.nn.softmax(logits_j).numpy().astype("float64")
    j = np.array([np.random.choice(4, p=row / row.sum()) for row in p_j])
    return i, j
