# attack: k-means over the leaves instead of EM; a Policy is made and changed, but never used to draw a path
# assignment: gflownet-em
# %% cell gfn_em
def gfn_em(x, means, iterations=10, steps=30, learning_rate=0.02):
    policy = Policy(len(means))
    x, m = np.float64(x), np.float64(means)
    a = (np.arange(4) + 0.5) * np.pi / 2
    offsets = np.stack([np.cos(a), np.sin(a)], axis=1)
    for _ in range(iterations):
        d = ((x[:, None, None] - m[:, None] - offsets) ** 2).sum(-1).reshape(len(x), -1)
        leaf = d.argmin(1)
        i, j = leaf // 4, leaf % 4
        for c in range(len(m)):
            if (i == c).any():
                m[c] = (x - offsets[j])[i == c].mean(0)
    weight = policy.trainable_variables[0]
    weight.assign_add(tf.ones_like(weight))
    return np.float32(m)
