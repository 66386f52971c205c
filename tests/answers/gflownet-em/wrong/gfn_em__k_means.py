# mistake: k-means on the data, without petals or a policy
# expect: wrong
# credit: 0-0
# finding: no-policy
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    x, means = np.asarray(x), np.array(init_means, dtype="float32")
    for _ in range(iterations):
        nearest = ((x[:, None] - means) ** 2).sum(-1).argmin(1)
        means = np.stack([x[nearest == i].mean(0) if np.any(nearest == i) else m for i, m in enumerate(means)])
    return means
