def mstep(x, posterior):
    r = np.array(posterior, dtype=np.float32); x = np.array(x, dtype=np.float32)
    w = r / r.sum(0, keepdims=True)
    mu = (w * x).sum(0, keepdims=True)
    var = np.einsum("nk,nk->k", w, (x - mu) ** 2)[None]
    return np.log(r.mean(0, keepdims=True)), mu, np.log(var) / 2
