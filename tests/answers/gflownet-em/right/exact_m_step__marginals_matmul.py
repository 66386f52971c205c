def exact_m_step(x, q):
    # sum_n r_nc x_n  -  sum_p w_cp o_p, all over w_c
    r = q.sum(2)                                            # (N, C)
    w = q.sum(0)                                            # (C, P)
    s = r.T @ x - w @ OFFSETS
    n_c = w.sum(1, keepdims=True)
    return np.where(n_c > 0, s / np.where(n_c > 0, n_c, 1), 0)
