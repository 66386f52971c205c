# unlucky: gfn_em starts from weights that only the student's disk has.
# expect: gfn_em 0-5
# explain: FileNotFoundError|policy.npz|No such file
# %% cell gfn_em
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    stored = np.load("/content/drive/MyDrive/gfn/policy.npz")
    policy = Policy(len(init_means), 4)
    policy(x[:1], np.zeros((1, len(init_means)), dtype="float32"))
    policy.set_weights([stored[name] for name in stored.files])
    means = np.array(init_means)
    for _ in range(iterations):
        i, j = (np.asarray(v) for v in sample_posterior(policy, x))
        q = np.eye(len(means))[i][:, :, None] * np.eye(4)[j][:, None]
        means = np.asarray(exact_m_step(x, np.float32(q)))
    return means
