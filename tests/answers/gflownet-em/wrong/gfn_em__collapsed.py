# mistake: the posterior is not used
# expect: wrong
# credit: 0-0
# finding: no-policy
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    q = np.full((len(x), len(init_means), 4), 1 / (4 * len(init_means)), np.float32)
    return exact_m_step(x, q)
