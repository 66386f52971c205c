def component_means(means):
    C, P = len(means), len(OFFSETS)
    return np.einsum("cd,p->cpd", means, np.ones(P)) + np.einsum("pd,c->cpd", OFFSETS, np.ones(C))
