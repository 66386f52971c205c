# mistake: the policy is not trained
# expect: partial
# credit: 1-1
# finding: policy-not-trained
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    means = init_means
    policy = Policy(len(init_means), 4)
    for _ in range(iterations):
        i, j = sample_posterior(policy, x)
        q = np.eye(len(init_means))[np.asarray(i)][:, :, None] * np.eye(4)[np.asarray(j)][:, None]
        means = exact_m_step(x, np.float32(q))
    return means
