# attack: the mean of all points for each supercluster; the posterior is ignored
# assignment: gflownet-em
# %% cell exact_m_step
def exact_m_step(x, q):
    return np.float32(np.mean(x, 0)) + np.zeros((q.shape[1], 1), np.float32)
