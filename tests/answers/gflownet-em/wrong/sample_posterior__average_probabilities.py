# mistake: probabilities are averaged over the rows before drawing, so draws do not depend on the point
# credit: 3-4
# keywords: row|each point|average|mean|depend|all points
def sample_posterior(policy, x):
    n = len(x)
    logits_i, _, _ = policy(x, np.zeros((n, 4), "float32"))
    C = logits_i.shape[1]
    p = tf.nn.softmax(logits_i).numpy().astype("float64").mean(0)
    i = np.random.choice(C, size=n, p=p / p.sum())
    p = tf.nn.softmax(policy(x, tf.one_hot(i, C))[1]).numpy().astype("float64").mean(0)
    j = np.random.choice(4, size=n, p=p / p.sum())
    return i, j
