# mistake: exact EM, without a policy
# expect: wrong
# credit: 0-0
# finding: no-policy
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    means = np.array(init_means, dtype="float32")
    for _ in range(iterations):
        means = np.asarray(exact_m_step(x, exact_posterior(x, means)))
    return means
